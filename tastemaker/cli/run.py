"""`tastemaker run`: the whole workflow offline, in virtual time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tastemaker.cli.journey import check_project, deployed
from tastemaker.cli.options import environment_option, json_option, project_option, seed_option, start_option
from tastemaker.cli.report import build_run_report, print_json, show_run_report
from tastemaker.cli.screen import out
from tastemaker.errors import WorkflowFailedError

if TYPE_CHECKING:
    from pathlib import Path


@click.command("run")
@project_option
@environment_option
@seed_option
@start_option
@json_option
def command(project_path: Path, environment: str, seed: int, start: float | None, as_json: bool) -> None:
    """Run the whole workflow offline, in virtual time, against the local Personalize."""
    checked = check_project(project_path, environment)
    failure: WorkflowFailedError | None = None
    with deployed(checked, seed=seed, start=start) as run:
        try:
            run.deploy()
        except WorkflowFailedError as error:
            failure = error
        report = build_run_report(run, failure)
    if as_json:
        print_json(report)
    else:
        show_run_report(out(), report)
    if failure is not None:
        click.echo(str(failure), err=True)
        sys.exit(failure.exit_code)
