"""`tastemaker check`: the project file and its data, every finding at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tastemaker.cli.journey import check_project, show_checked
from tastemaker.cli.options import environment_option, json_option, project_option
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import out

if TYPE_CHECKING:
    from pathlib import Path


@click.command("check")
@project_option
@environment_option
@json_option
def command(project_path: Path, environment: str, as_json: bool) -> None:
    """Check the project file and its data; report every finding at once."""
    checked = check_project(project_path, environment)
    if as_json:
        print_json({"status": "OK", "findings": [], "datasets": checked.facts()})
    else:
        show_checked(out(), checked)
