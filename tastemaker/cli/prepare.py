"""`tastemaker prepare`: raw sources to the CSVs that Amazon Personalize imports, by the project's SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from tastemaker.cli.options import environment_option, json_option, parse_moment, project_option
from tastemaker.cli.progress import step
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import out
from tastemaker.data.check import PREPARED_FOLDER
from tastemaker.data.prepare import Window, prepare
from tastemaker.model.load import load_project

if TYPE_CHECKING:
    from rich.console import Console

    from tastemaker.data.prepare import Prepared

INCREMENTAL_FOLDER = ".tastemaker/incremental"


@click.command("prepare")
@project_option
@environment_option
@click.option(
    "--since",
    callback=parse_moment,
    metavar="MOMENT",
    help="First moment to prepare, ISO 8601; needs $since in the SQL.",
)
@click.option("--until", callback=parse_moment, metavar="MOMENT", help="Moment before which it ends; needs --since.")
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"Folder for the files; by default {PREPARED_FOLDER}, or {INCREMENTAL_FOLDER} with --since.",
)
@json_option
def command(
    project_path: Path, environment: str, since: float | None, until: float | None, folder: Path | None, as_json: bool
) -> None:
    """Write the dataset files from the sources, by the SQL of the project file."""
    if since is None and until is not None:
        raise click.UsageError("--until needs --since.")
    project = load_project(project_path).in_environment(environment)
    window = None if since is None else _build_window(since, until)
    default = PREPARED_FOLDER if window is None else INCREMENTAL_FOLDER
    with step("preparing the data"):
        prepared = prepare(project, folder or project.root / default, window, counts_sources=True)
    print_json(_as_facts(prepared)) if as_json else _show(out(), prepared)


def _build_window(since: float, until: float | None) -> Window:
    window = Window(int(since)) if until is None else Window(int(since), int(until))
    if window.since >= window.until:
        raise click.UsageError("--until must come after --since.")
    return window


def _as_facts(prepared: Prepared) -> dict[str, object]:
    return {
        "status": "OK",
        "sources": {name: {"rows": rows} for name, rows in prepared.source_rows.items()},
        "datasets": {
            name: {"path": str(path), "rows": prepared.rows.get(name)} for name, path in prepared.files.items()
        },
    }


def _show(console: Console, prepared: Prepared) -> None:
    for name, rows in prepared.source_rows.items():
        console.print(Text.assemble(("  in   ", "cyan"), f"{name}: {rows:,} rows"))
    for name, path in prepared.files.items():
        what = f"{prepared.rows[name]:,} rows in" if name in prepared.rows else "as given,"
        console.print(Text.assemble(("  out  ", "green"), f"{name}: {what} {path}"))
    if not prepared.files:
        console.print("No dataset's SQL says $since, so there is nothing to prepare for a window.")
