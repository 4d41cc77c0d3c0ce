"""`tastemaker run`: the whole workflow offline, in virtual time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tastemaker.aws import attempts_without_pause
from tastemaker.cli.journey import check_project, deployed
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
    from tastemaker.cli.journey import Checked, Run
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
    failure: WorkflowFailedError | None = None
    played: Played | None = None
    start = _start(checked, length_seconds) if start is None else start
    with deployed(checked, seed=seed, start=start, faults=faults) as run, attempts_without_pause():
        try:
            played = _run(run, length_seconds)
        except WorkflowFailedError as error:
            failure = error
        _report(run, failure, played, as_json=as_json)
        if played is not None and timeline_file is not None:
            _write_timeline(run, played, timeline_file)
    if failure is not None:
        click.echo(str(failure), err=True)
        sys.exit(failure.exit_code)


def _start(checked: Checked, length_seconds: float | None) -> float:
    """The end of the data, or so far before it that the played time ends there."""
    return checked.day_after_newest_interaction() - (length_seconds or 0)


def _run(run: Run, length_seconds: float | None) -> Played | None:
    if length_seconds is None:
        run.deploy()
        return None
    from tastemaker.cli.months import play_months

    return play_months(run, length_seconds)


def _report(run: Run, failure: WorkflowFailedError | None, played: Played | None, *, as_json: bool) -> None:
    report = build_run_report(run, failure)
    if played is None:
        print_json(report) if as_json else show_run_report(out(), report)
        return
    from tastemaker.cli.months import build_months_report, show_months

    if as_json:
        print_json({**report, **build_months_report(run, played)})
    else:
        show_months(out(), run, played)


def _write_timeline(run: Run, played: Played, file: Path) -> None:
    from tastemaker.rehearsal.timeline import build_timeline

    page = build_timeline(run.local.plan.prefix, run.local.engine.executions, played)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
    err().print(f"Timeline: {file}")
