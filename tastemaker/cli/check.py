"""`tastemaker check`: the project file and its data, every finding at once."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tastemaker.cli.inspecting import accept, inspect_project, show_checked
from tastemaker.cli.options import environment_option, json_option, project_option
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import err, out

if TYPE_CHECKING:
    from tastemaker.cli.inspecting import Inspection


@click.command("check")
@project_option
@environment_option
@click.option("--fix", is_flag=True, help="Write files that would be accepted into .tastemaker/fixed; change no other.")
@click.option(
    "--html",
    "html_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report with plots of the data, findings or not.",
)
@json_option
def command(project_path: Path, environment: str, fix: bool, html_file: Path | None, as_json: bool) -> None:
    """Check the project file and its data; report every finding at once."""
    if fix:
        from tastemaker.cli.fixing import fix_files

        sys.exit(fix_files(project_path, environment, as_json=as_json))
    inspection = inspect_project(project_path, environment, with_figures=html_file is not None)
    if html_file is not None:
        _write_page(inspection, html_file)
    checked = accept(inspection, environment)
    if as_json:
        print_json(
            {
                "status": "OK",
                "findings": _as_facts(checked.data.warnings),
                "silenced": _as_facts(checked.data.silenced),
                "datasets": checked.facts(),
            }
        )
    else:
        show_checked(out(), checked)


def _as_facts(findings: Any) -> list[dict[str, Any]]:
    return [asdict(finding) for finding in findings]


def _write_page(inspection: Inspection, file: Path) -> None:
    from tastemaker.data.page import build_page
    from tastemaker.pages.render import write_page

    write_page(file, build_page(inspection.project.project, inspection.findings, inspection.data))
    err().print(f"Report: {file}")
