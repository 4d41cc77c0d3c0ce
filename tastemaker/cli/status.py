"""`tastemaker status`: what serves where, trained on what, what runs, and why nothing happened."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from tastemaker.cli.account_clients import open_client
from tastemaker.cli.account_state import AccountState, read_account
from tastemaker.cli.options import (
    endpoint_url_option,
    environment_option,
    json_option,
    project_option,
    region_option,
    states_endpoint_url_option,
)
from tastemaker.cli.pausing import price_target
from tastemaker.cli.progress import step
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import moment, out, table
from tastemaker.errors import TastemakerError
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_names, build_plan

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from tastemaker.plan.specs import Plan

WATCH_SECONDS = 30
_SHOWN_METRICS = (
    "normalized_discounted_cumulative_gain_at_10", "precision_at_10", "mean_reciprocal_rank_at_25", "coverage",
)  # fmt: skip


@click.command("status")
@project_option
@environment_option
@region_option
@endpoint_url_option
@states_endpoint_url_option
@click.option("--watch", is_flag=True, help=f"Again every {WATCH_SECONDS} seconds, until Ctrl-C.")
@json_option
def command(
    project_path: Path,
    environment: str,
    region: str | None,
    endpoint_url: str | None,
    states_endpoint_url: str | None,
    watch: bool,
    as_json: bool,
) -> None:
    """Show what serves, its versions and data, what runs and what failed; exit code 3 when something needs you."""
    project = load_project(project_path)
    plan, names = build_plan(project, environment), build_names(project, environment)
    while True:
        try:
            personalize: Any = open_client("personalize", region, endpoint_url)
            states: Any = open_client("stepfunctions", region, states_endpoint_url)
            with step("reading the account"):
                state = read_account(personalize, states, names.dataset_group, names.prefix)
        except (BotoCoreError, ClientError) as error:
            raise TastemakerError(f"The account could not be read: {error}") from error
        lines = price_target(project.in_environment(environment), plan) if state.paused_since else ()
        saved = round(sum(line.idle_usd for line in lines), 2)
        if as_json:
            facts = {"status": _word(state), **asdict(state), "problems": state.problems}
            print_json({**facts, "pause_saves_usd_a_month": saved})
        else:
            _show_pause(out(), state.paused_since, saved)
            show_state(out(), state, plan)
        if not watch:
            sys.exit(3 if state.problems else 0)
        time.sleep(WATCH_SECONDS)


def _word(state: AccountState) -> str:
    if state.problems:
        return "PROBLEMS"
    if state.paused_since:
        return "PAUSED"
    return "OK" if state.found else "NOT_DEPLOYED"


def _show_pause(console: Console, since: str, saved_usd: float) -> None:
    if since == "":
        return
    console.print(Text(f"Serving is paused since {since}: nothing answers, schedules do nothing.", style="bold yellow"))
    console.print(f"That saves about ${saved_usd:,.2f} a month; tastemaker resume brings it back.\n")


def show_state(console: Console, state: AccountState, plan: Plan) -> None:
    """Problems first, then what serves, versions, data, runs and schedules."""
    for problem in state.problems:
        console.print(Text.assemble(("  problem  ", "bold red"), problem))
    if not state.found:
        where = "in this account and Region; deploy the project."
        console.print(f"There is no dataset group {state.dataset_group} {where}")
    if state.serving:
        rows = [
            (one.kind, one.name, one.update or one.status, one.version, moment(one.since), _when(one.trained_at))
            for one in state.serving
        ]
        console.print(table(("serves", "name", "status", "version", "since (UTC)", "trained"), rows))
    if state.versions:
        console.print()
        _show_versions(console, state)
    if state.imports:
        console.print()
        imports = [(one.dataset_type, one.mode, one.status, moment(one.at), one.job) for one in state.imports]
        console.print(table(("data", "mode", "status", "at (UTC)", "job"), imports))
    console.print()
    runs = [(one.machine, one.name, moment(one.started), _when(one.expected_end)) for one in state.running]
    console.print(table(("runs now", "execution", "since (UTC)", "ends about"), runs) if runs else "Nothing runs now.")
    if plan.schedules:
        schedules = [(one.name, one.expression, one.time_zone) for one in plan.schedules]
        console.print(table(("schedule", "when", "time zone"), schedules))


def _show_versions(console: Console, state: AccountState) -> None:
    known = [name for name in _SHOWN_METRICS if any(name in one.metrics for one in state.versions)]
    rows = [
        (
            *(one.solution, one.version, one.status, one.training_mode, moment(one.created)),
            *(_figure(one.metrics, name) for name in known),
        )
        for one in state.versions
    ]
    short = [name.replace("normalized_discounted_cumulative_gain", "ndcg") for name in known]
    columns = ("solution", "version", "status", "mode", "at (UTC)", *short)
    console.print(table(columns, rows, right=range(5, 5 + len(known))))


def _figure(metrics: dict[str, float], name: str) -> str:
    return f"{metrics[name]:.4f}" if name in metrics else ""


def _when(epoch: float | None) -> str:
    return "" if epoch is None else moment(epoch)
