"""`tastemaker plan`: what will exist, what each scheduled run does, and what differs from an account."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tastemaker.cli.experiment_screen import show_experiments
from tastemaker.cli.options import (
    endpoint_url_option,
    environment_option,
    json_option,
    project_option,
    region_option,
    states_endpoint_url_option,
)
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import out, show_plan
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan

if TYPE_CHECKING:
    from tastemaker.changes.records import Changes
    from tastemaker.cli.account_clients import Source
    from tastemaker.plan.specs import Plan

EXIT_CODES = {"NO_CHANGES": 0, "CHANGES": 5, "FORBIDDEN": 6}
"""With `--detailed-exitcode`; 1 to 4 are errors, see `errors.py`."""


@click.command("plan")
@project_option
@environment_option
@click.option("--account", is_flag=True, help="Compare with the AWS account that your AWS configuration finds.")
@region_option
@endpoint_url_option
@states_endpoint_url_option
@click.option(
    "--state",
    "state_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Compare with the folder that `tastemaker simulator --state` keeps.",
)
@click.option(
    "--detailed-exitcode", is_flag=True, help="0 for no changes, 5 for changes, 6 for what ensure or a quota forbids."
)
@click.option("--markdown", "as_markdown", is_flag=True, help="A comment for a pull request on stdout, nothing else.")
@json_option
def command(
    project_path: Path,
    environment: str,
    detailed_exitcode: bool,
    as_markdown: bool,
    as_json: bool,
    **source: Any,
) -> None:
    """Show what will exist, or with --account, --endpoint-url or --state what differs from what there is."""
    from tastemaker.cli.account_clients import Source

    where = Source(**source)
    if as_json and as_markdown:
        raise click.UsageError("Give --json or --markdown, not both.")
    if not where.is_given and (detailed_exitcode or as_markdown):
        raise click.UsageError("There is nothing to compare with: give --account, --endpoint-url or --state.")
    plan = build_plan(load_project(project_path), environment)
    if not where.is_given:
        _show_whole(plan, as_json=as_json)
        return
    changes = _compare(plan, where)
    _show(changes, as_json=as_json, as_markdown=as_markdown)
    if detailed_exitcode:
        from tastemaker.cli.changes_report import tell_status

        sys.exit(EXIT_CODES[tell_status(changes)])


def _show_whole(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json({**asdict(plan), "deploy": plan.deploy.model_dump(mode="json", by_alias=True)})
    else:
        show_plan(out(), plan)
        show_experiments(out(), plan)


def _compare(plan: Plan, source: Source) -> Changes:
    from tastemaker.changes.find import find_changes
    from tastemaker.cli.account_clients import open_clients
    from tastemaker.cli.progress import step

    with open_clients(source) as clients, step("reading the account, one request a second"):
        return find_changes(plan, **clients)


def _show(changes: Changes, *, as_json: bool, as_markdown: bool) -> None:
    from tastemaker.cli.changes_report import build_changes_report, build_markdown
    from tastemaker.cli.changes_screen import show_changes

    if as_json:
        print_json(build_changes_report(changes))
    elif as_markdown:
        click.echo(build_markdown(changes))
    else:
        show_changes(out(), changes)
