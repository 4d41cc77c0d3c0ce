"""The changes of a project against an account: the one thing that others ask this room for."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tastemaker.changes.account import Deployed, read_deployed, read_key, read_values
from tastemaker.changes.compare import Comparison
from tastemaker.changes.drift import History
from tastemaker.changes.dry_run import run_dry
from tastemaker.changes.leftovers import list_leftovers
from tastemaker.changes.prices import IdlePrices
from tastemaker.changes.quotas import QUOTAS, Room, list_declared, list_names, read_quotas
from tastemaker.changes.reader import PERSONALIZE, AccountReader
from tastemaker.changes.records import Changes, Verb
from tastemaker.changes.wanted import read_wanted
from tastemaker.plan.specs import PAUSED_TAG
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tastemaker.changes.records import Change, Shortage
    from tastemaker.plan.specs import Plan

_START = 0.0
"""Where the dry run's virtual clock begins; nothing that it does depends on the date."""


def find_changes(
    plan: Plan,
    personalize: Any,
    *,
    ssm: Any = None,
    dynamodb: Any = None,
    states: Any = None,
    service_quotas: Any = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Changes:
    """Compare a plan with what an account holds. Only reads.

    Args:
        personalize: boto3 client of `personalize`, of AWS or of a local endpoint.
        ssm: the same of `ssm`, for the published tracking id; None leaves that out.
        dynamodb: for the ledger, which knows whether a recommender that does not exist has data; None takes it for not,
            and so does a machine that is not deployed, as it alone tells the ledger's name.
        sleep: waits real seconds between reads that come too fast.
        states: of `stepfunctions`, for what was ensured last; None leaves drift and edit untold.
        service_quotas: of `service-quotas`, for quotas that were raised; None takes the service's defaults.

    Raises:
        UnreadableAccountError: a read was refused or could not be made.
        TastemakerError: `ensure` would fail at something that is no single resource.
    """
    deployed = Deployed() if states is None else read_deployed(plan, states)
    asked = {PERSONALIZE: personalize, "ssm": ssm, "dynamodb": None if deployed.definition is None else dynamodb}
    reader = AccountReader({service: client for service, client in asked.items() if client is not None}, sleep)
    values = read_values(plan, reader, personalize.meta.region_name, deployed)
    key = read_key(resolve_tokens(plan.resources, values), reader)
    comparison = _compare(plan, reader, {**values, **key}, deployed, publishes=ssm is not None)
    found = (*comparison.changes(), *list_leftovers(comparison))
    shortages, quota_notes = _find_shortages(comparison, reader, service_quotas)
    notes = (*_note_comparison(comparison, deployed, found), *_note_reads(plan, asked, key), *quota_notes)
    return _build_changes(comparison, deployed, found, notes, shortages)


def _build_changes(
    comparison: Comparison,
    deployed: Deployed,
    found: Sequence[Change],
    notes: tuple[str, ...],
    shortages: tuple[Shortage, ...],
) -> Changes:
    """Resources in the order of the verbs."""
    return Changes(
        dataset_group=comparison.resources["DatasetGroups"][0]["Create"]["Name"],
        resources=tuple(change for verb in Verb for change in found if change.verb is verb),
        calls=comparison.run.calls,
        notes=notes,
        ensured_at=None if deployed.ensured is None else deployed.ensured.at,
        shortages=shortages,
    )


def _compare(
    plan: Plan, reader: AccountReader, values: Mapping[str, str], deployed: Deployed, *, publishes: bool
) -> Comparison:
    """`publishes`: whether the parameter with the tracking id was read."""
    resources = resolve_tokens(plan.resources, values)
    run = run_dry(resolve_tokens(plan.machine("ensure").definition, values), resources, reader, _START)
    looked_at = 1 if run.undeclared is None else None  # the dataset group comes first
    return Comparison(
        resources,
        tuple(islice(read_wanted(resources, reader), looked_at)),
        run if publishes else run.without("ssm"),
        reader,
        History(None if deployed.ensured is None else deployed.ensured.resources),
        _prices(plan, resources, values, reader),
    )


def _find_shortages(
    comparison: Comparison, reader: AccountReader, service_quotas: Any
) -> tuple[tuple[Shortage, ...], tuple[str, ...]]:
    """Shortages and notes. Only what something is created of is counted in the account."""
    calls = (*comparison.run.calls, *comparison.list_later())
    created = {call.operation for call in calls}
    quotas = [one for one in QUOTAS if f"Create{one.member}" in created]
    if not quotas:
        return (), ()
    applied, notes = _read_limits(service_quotas)
    group_arn = comparison.resources["DatasetGroups"][0]["Arn"]
    found = (
        Room(
            quota,
            list_names(quota, reader.list, group_arn),
            list_declared(quota, comparison.resources),
            quota.find_limit(applied),
        ).find_shortage(calls)
        for quota in quotas
    )
    return tuple(one for one in found if one is not None), notes


def _read_limits(service_quotas: Any) -> tuple[dict[str, float], tuple[str, ...]]:
    """Asking takes a right that nothing else needs, so a refusal leaves the defaults."""
    if service_quotas is None:
        return {}, ()
    try:
        return read_quotas(service_quotas), ()
    except (ClientError, BotoCoreError) as error:
        return {}, (f"Service Quotas could not be asked, so default quotas were taken: {error}",)


def _prices(plan: Plan, resources: Mapping[str, Any], values: Mapping[str, str], reader: AccountReader) -> IdlePrices:
    trained = plan.maintenance["FULL"]["Solutions"]
    solutions = {job["CampaignArn"]: one["Train"]["SolutionArn"] for one in trained for job in one["Campaigns"]}
    recipes = {one["Arn"]: one["Create"]["RecipeArn"] for one in resources["Solutions"]}
    return IdlePrices(resolve_tokens(solutions, values), recipes, reader)


def _note_comparison(comparison: Comparison, deployed: Deployed, found: Sequence[Change]) -> Iterator[str]:
    paused_since = _read_pause(comparison)
    if paused_since is not None:
        yield f"Serving is paused since {paused_since}: tastemaker resume makes what answers again."
    if comparison.run.undeclared is None:
        yield "The dataset group itself is refused, so nothing beyond it was compared."
    if deployed.ensured is None and any(change.verb not in {Verb.CREATE, Verb.LATER} for change in found):
        yield "No execution of ensure that succeeded is known here, so nothing tells drift from edits of the project."


def _read_pause(comparison: Comparison) -> str | None:
    """The moment as the dataset group's tag has it."""
    group = comparison.wanted[0]
    return None if group.description is None else comparison.read_tags(group.arn).get(PAUSED_TAG)


def _note_reads(plan: Plan, asked: Mapping[str, Any], key: Mapping[str, str]) -> Iterator[str]:
    if key:
        yield "Nothing tells the key of the stack; that of the dataset group is taken for it."
    if asked["ssm"] is None and plan.resources["EventTrackers"]:
        yield "The published tracking id was not compared: there is no Systems Manager here."
    if asked["dynamodb"] is None and plan.resources["Recommenders"]:
        yield "The ledger was not read: a recommender that is missing is taken to wait for its first import."
