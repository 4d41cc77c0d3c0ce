"""Options that several verbs share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

PROJECT_FILE = "tastemaker.yaml"


def find_project_file(path: Path) -> Path:
    """The project file itself, or `tastemaker.yaml` inside a folder."""
    return path / PROJECT_FILE if path.is_dir() else path


project_option = click.option(
    "-p",
    "--project",
    "project_path",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="the current folder",
    callback=lambda _context, _option, value: find_project_file(value),
    help=f"Project file, or the folder that holds {PROJECT_FILE}.",
)
environment_option = click.option(
    "-e", "--environment", default="dev", show_default=True, help="Part of every name on AWS."
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
seed_option = click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same output.")
host_option = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")


def parse_moment(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    """ISO 8601 to epoch seconds; without a zone it is UTC."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no ISO 8601 moment such as 2026-11-01T03:00:00") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


start_option = click.option(
    "--start",
    callback=parse_moment,
    metavar="MOMENT",
    show_default="the day after the newest interaction",
    help="Virtual time at which the run begins, ISO 8601.",
)
