"""`tastemaker run`: the whole workflow offline, in virtual time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tastemaker.aws import attempts_without_pause
from tastemaker.cli.inspecting import check_project
from tastemaker.cli.journey import deployed
from tastemaker.cli.options import (
    environment_option,
    faults_option,
    json_option,
    project_option,
    seed_option,
    start_option,
    until_option,
)
from tastemaker.cli.report import build_run_report, print_json, show_run_report
from tastemaker.cli.screen import err, out
from tastemaker.errors import WorkflowFailedError

if TYPE_CHECKING:
    from tastemaker.cli.inspecting import Checked
    from tastemaker.cli.journey import Run
    from tastemaker.rehearsal.play import Played
    from tastemaker.simulator.faults import Faults


@click.command("run")
@project_option
@environment_option
@seed_option
@start_option
@until_option
@faults_option
@click.option(
    "--timeline",
    "timeline_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write an HTML page that shows every execution on the virtual clock; needs --until.",
)
@json_option
def command(
    project_path: Path,
    environment: str,
    seed: int,
    start: float | None,
    length_seconds: float | None,
    faults: Faults,
    timeline_file: Path | None,
    as_json: bool,
) -> None:
    """Run the whole workflow offline, in virtual time, against the local Personalize."""
    if timeline_file is not None and length_seconds is None:
        raise click.UsageError("--timeline needs --until.")
    checked = check_project(project_path, environment)
    if length_seconds is not None:
        _run_months(checked, seed, start, length_seconds, faults, timeline_file, as_json=as_json)
        return
    failure: WorkflowFailedError | None = None
    with deployed(checked, seed=seed, start=start, faults=faults) as run, attempts_without_pause():
        try:
            run.deploy()
        except WorkflowFailedError as error:
            failure = error
        report = build_run_report(run, failure)
    print_json(report) if as_json else show_run_report(out(), report)
    _end(failure)


def _run_months(
    checked: Checked,
    seed: int,
    start: float | None,
    length_seconds: float,
    faults: Faults,
    timeline_file: Path | None,
    *,
    as_json: bool,
) -> None:
    from tastemaker.cli import months

    scenario = months.build_scenario(seed, length_seconds, faults)
    start = checked.day_after_newest_interaction() - length_seconds if start is None else start
    with deployed(checked, seed=seed, start=start, faults=scenario.faults) as run:
        told = months.tell_months(run, scenario)
        if as_json:
            print_json({**build_run_report(run, told.first_failure), **months.build_months_report(run, told)})
        else:
            months.show_months(out(), run, told)
        if timeline_file is not None:
            _write_timeline(run, told.played, timeline_file)
    if told.violations:
        click.echo("What must never happen did; please report it with the command above.", err=True)
        sys.exit(1)
    _end(None if faults.faults else told.first_failure)


def _end(failure: WorkflowFailedError | None) -> None:
    if failure is not None:
        click.echo(str(failure), err=True)
        sys.exit(failure.exit_code)


def _write_timeline(run: Run, played: Played, file: Path) -> None:
    from tastemaker.pages.render import write_page
    from tastemaker.rehearsal.timeline import build_timeline

    page = build_timeline(run.local.plan.prefix, run.local.engine.executions, played)
    write_page(file, page)
    err().print(f"Timeline: {file}")
