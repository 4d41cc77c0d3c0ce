"""What `pause` and `resume` share: look first, say what it means, ask, start the machine, tell what became of it."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from tastemaker.cli.account_clients import open_client
from tastemaker.cli.account_state import read_paused_since
from tastemaker.cli.estimating import Overrides, build_traffic
from tastemaker.cli.executions import find_machine, find_running, start, tokens_of, wait_for_output
from tastemaker.cli.options import (
    endpoint_url_option,
    environment_option,
    json_option,
    project_option,
    region_option,
    states_endpoint_url_option,
)
from tastemaker.cli.progress import step
from tastemaker.cli.screen import err
from tastemaker.cost.pausing import price_pause
from tastemaker.data.row_counts import ROW_COUNTS_FILE, load_row_counts
from tastemaker.errors import TastemakerError
from tastemaker.facts.prices import PRICES
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.plan.pausing import build_pausing_job
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tastemaker.cost.lines import CostLine
    from tastemaker.model.project import Project
    from tastemaker.plan.specs import Plan

_OTHER = {"pause": "resume", "resume": "pause"}


@dataclass(frozen=True)
class Target:
    """A deployed project.

    Attributes:
        job: input of both machines, with the account's own ARNs.
        paused_since: the moment as the tag has it; empty when serving is not paused.
        serving: names of the declared campaigns and recommenders that answer, or will soon.
    """

    project: Project
    plan: Plan
    states: Any
    job: dict[str, Any]
    paused_since: str
    serving: tuple[str, ...]

    def run(self, machine: str, *, wait: bool) -> dict[str, Any]:
        """Start it, or join the execution that is under way already.

        Returns:
            `status`, `execution`, and `serving`: each campaign and recommender with what became of it.

        Raises:
            TastemakerError: the machine that does the opposite is at work, or a call was refused.
            WorkflowFailedError: the execution failed; started again it does what is left.
        """
        try:
            return self._run(machine, wait=wait)
        except (BotoCoreError, ClientError) as error:
            raise TastemakerError(f"{machine} could not be carried out: {error}") from error

    def _run(self, machine: str, *, wait: bool) -> dict[str, Any]:
        other = find_running(self.states, find_machine(self.states, self.plan.prefix, _OTHER[machine]))
        if other is not None:
            raise TastemakerError(f"{_OTHER[machine]} is still at work: {other}. Wait for its end.")
        machine_arn = find_machine(self.states, self.plan.prefix, machine)
        execution = find_running(self.states, machine_arn) or start(self.states, machine_arn, self.job)
        err().print(f"started {execution}", soft_wrap=True)
        if not wait:
            return {"status": "STARTED", "execution": execution, "serving": []}
        output = wait_for_output(self.states, machine, execution)
        return {"status": output["Status"], "execution": execution, "serving": output["Serving"]}


def pausing_options(act: Callable[..., None]) -> Callable[..., None]:
    """The options of both verbs, which get `target`, `yes`, `wait` and `as_json`."""

    @functools.wraps(act)
    def verb(
        project_path: Path,
        environment: str,
        reason: str,
        region: str | None,
        endpoint_url: str | None,
        states_endpoint_url: str | None,
        **how: bool,
    ) -> None:
        act(find_target(project_path, environment, reason, region, (endpoint_url, states_endpoint_url)), **how)

    for option in reversed((
        project_option,
        environment_option,
        click.option("--reason", default="by hand", show_default=True, help="For the ledger."),
        region_option,
        endpoint_url_option,
        states_endpoint_url_option,
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--wait/--no-wait", default=True, show_default=True, help="Wait for the end of the execution."),
        json_option,
    )):  # fmt: skip
        verb = option(verb)
    return verb


def find_target(project_path: Path, environment: str, reason: str, region: str | None, urls: tuple[Any, Any]) -> Target:
    """Read what is there; nothing is changed.

    Args:
        urls: of a local Personalize and a local Step Functions; None for AWS.
    """
    loaded = load_project(project_path)
    plan, project = build_plan(loaded, environment), loaded.in_environment(environment)
    try:
        personalize: Any = open_client("personalize", region, urls[0])
        states: Any = open_client("stepfunctions", region, urls[1])
        with step("reading the account"):
            machine_arn = find_machine(states, plan.prefix, "pause")
            job = resolve_tokens(build_pausing_job(plan, reason), tokens_of(machine_arn))
            since = read_paused_since(personalize, job["DatasetGroupArn"])
            serving = tuple(_find_serving(personalize, job))
    except (BotoCoreError, ClientError) as error:
        raise TastemakerError(f"The account could not be read: {error}") from error
    return Target(project, plan, states, job, since, serving)


def _find_serving(client: Any, job: dict[str, Any]) -> list[str]:
    found = []
    for member in ("campaign", "recommender"):
        for entry in job[f"{member.capitalize()}s"]:
            try:
                one = getattr(client, f"describe_{member}")(**{f"{member}Arn": entry["Arn"]})[member]
            except client.exceptions.ResourceNotFoundException:
                continue
            if one["status"] != "INACTIVE" and "STOP" not in one["status"]:
                found.append(one["name"])
    return found


def price_target(project: Project, plan: Plan) -> tuple[CostLine, ...]:
    """What a pause saves in a month of the estimate; `project` as it is in the plan's environment."""
    counts = load_row_counts(project.root / ROW_COUNTS_FILE)
    return price_pause(plan, build_traffic(project, plan, Overrides(), counts), PRICES)


def ask_consent(question: str, *, yes: bool, as_json: bool) -> None:
    """Ends the command unless somebody agrees."""
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise click.UsageError("This needs your consent: --yes, or an answer at a terminal.")
    click.confirm(question, abort=True, err=True)
