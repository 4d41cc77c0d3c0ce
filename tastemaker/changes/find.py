"""The changes of a project against an account: the one thing that others ask this room for."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from tastemaker.changes.account import Deployed, read_deployed, read_values
from tastemaker.changes.compare import Comparison
from tastemaker.changes.drift import History
from tastemaker.changes.dry_run import run_dry
from tastemaker.changes.prices import IdlePrices
from tastemaker.changes.reader import PERSONALIZE, AccountReader
from tastemaker.changes.records import Changes, Verb
from tastemaker.changes.wanted import read_wanted
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tastemaker.changes.dry_run import DryRun
    from tastemaker.changes.records import Change
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

    Raises:
        UnreadableAccountError: a read was refused or could not be made.
        TastemakerError: `ensure` would fail at something that is no single resource.
    """
    deployed = Deployed() if states is None else read_deployed(plan, states)
    ledger = None if deployed.definition is None else dynamodb
    given = {PERSONALIZE: personalize, "ssm": ssm, "dynamodb": ledger}
    reader = AccountReader({service: client for service, client in given.items() if client is not None}, sleep)
    values = read_values(plan, reader, personalize.meta.region_name, deployed)
    resources = resolve_tokens(plan.resources, values)
    run = run_dry(resolve_tokens(plan.machine("ensure").definition, values), resources, reader, _START)
    run = run if ssm is not None else run.without("ssm")
    ensured = deployed.ensured
    looked_at = 1 if run.undeclared is None else None  # the dataset group comes first
    comparison = Comparison(
        resources,
        tuple(islice(read_wanted(resources, reader), looked_at)),
        run,
        reader,
        History(None if ensured is None else ensured.resources),
        _prices(plan, resources, values, reader),
    )
    found = (*comparison.changes(), *comparison.undeclared())
    order = list(Verb)
    return Changes(
        dataset_group=resources["DatasetGroups"][0]["Create"]["Name"],
        resources=tuple(sorted(found, key=lambda change: order.index(change.verb))),
        calls=run.calls,
        notes=tuple(_notes(plan, given, deployed, run, found)),
        ensured_at=None if ensured is None else ensured.at,
    )


def _prices(plan: Plan, resources: Mapping[str, Any], values: Mapping[str, str], reader: AccountReader) -> IdlePrices:
    trained = plan.maintenance["FULL"]["Solutions"]
    solutions = {job["CampaignArn"]: one["Train"]["SolutionArn"] for one in trained for job in one["Campaigns"]}
    recipes = {one["Arn"]: one["Create"]["RecipeArn"] for one in resources["Solutions"]}
    return IdlePrices(resolve_tokens(solutions, values), recipes, reader)


def _notes(
    plan: Plan, given: Mapping[str, Any], deployed: Deployed, run: DryRun, found: Sequence[Change]
) -> Iterator[str]:
    if run.undeclared is None:
        yield "The dataset group itself is refused, so nothing beyond it was compared."
    if deployed.ensured is None and any(change.verb not in {Verb.CREATE, Verb.LATER} for change in found):
        yield "No execution of ensure that succeeded is known here, so nothing tells drift from edits of the project."
    if given["ssm"] is None and plan.resources["EventTrackers"]:
        yield "The published tracking id was not compared: there is no Systems Manager here."
    if given["dynamodb"] is None and plan.resources["Recommenders"]:
        yield "The ledger was not read: a recommender that is missing is taken to wait for its first import."
