"""`tastemaker init`: a project file to begin with, from raw files or from a template."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import duckdb
from rich.text import Text

from tastemaker.cli.estimating import Overrides, estimate_project
from tastemaker.cli.options import PROJECT_FILE, json_option
from tastemaker.cli.progress import step
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import out
from tastemaker.cli.starting import TEMPLATES, build_project, make_name, write_files
from tastemaker.data.infer import infer_file
from tastemaker.errors import DataError, Finding
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan

if TYPE_CHECKING:
    from tastemaker.data.infer import RawFile


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option(
    "--data",
    "data_files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV, gzipped CSV or Parquet with interactions, items or users; up to one of each.",
)
@click.option("--template", type=click.Choice(TEMPLATES), default="retail", show_default=True, help="Which recipes.")
@click.option("--name", help="Of the project; the folder's if absent.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@json_option
def command(
    folder: Path, data_files: tuple[Path, ...], template: str, name: str | None, force: bool, as_json: bool
) -> None:
    """Write a project file, from raw data files or from a template."""
    raw_files = [_infer(path) for path in data_files]
    _refuse_doubles(raw_files)
    if raw_files and all(file.kind != "interactions" for file in raw_files):
        message = "none of the files says who did what with which item, and when"
        hint = "Give a file with columns like user_id, item_id and timestamp, too; every recipe here learns from it."
        raise DataError([Finding(str(file.path), 1, 1, "no-interactions", message, hint) for file in raw_files])
    title = make_name(folder.resolve().name if name is None else name)
    texts = build_project(title, template, raw_files, folder)
    write_files(folder, texts, force=force)
    project = load_project(folder / PROJECT_FILE)
    rows = next((file.rows for file in raw_files if file.kind == "interactions"), None)
    estimate = estimate_project(project, build_plan(project), Overrides(interactions=rows))
    if as_json:
        print_json({"status": "OK", "files": [str(folder / path) for path in texts], "idle_usd": estimate.idle})
        return
    console = out()
    for path in texts:
        console.print(Text.assemble(("  wrote  ", "green"), str(folder / path)))
    console.print(
        f"\nDeployed, it would cost about ${estimate.idle:,.0f} a month before anybody asks: tastemaker cost says why."
        f"\nNext: tastemaker check --project {folder}, then tastemaker run --project {folder}, which costs nothing."
    )


def _infer(path: Path) -> RawFile:
    try:
        with step(f"reading {path}"):
            file = infer_file(path)
    except duckdb.Error as error:
        message = f"cannot be read: {str(error).splitlines()[0]}"
        raise DataError(
            [Finding(str(path), 0, 0, "source-unreadable", message, "Give a CSV or Parquet file.")]
        ) from error
    if file.kind is None:
        names = ", ".join(column.name for column in file.columns)
        message = f"no column looks like a user's or an item's id: {names}"
        hint = "Rename the columns to user_id, item_id and timestamp, or begin with a template."
        raise DataError([Finding(str(path), 1, 1, "columns-unknown", message, hint)])
    return file


def _refuse_doubles(files: list[RawFile]) -> None:
    for at, file in enumerate(files):
        other = next((one for one in files[:at] if one.kind == file.kind), None)
        if other is not None:
            message = f"{other.path} and this file both look like {file.kind}"
            raise DataError([Finding(str(file.path), 1, 1, "kind-twice", message, "Give one file of each kind.")])
