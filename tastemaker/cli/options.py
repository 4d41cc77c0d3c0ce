"""Options that several verbs share."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tastemaker.errors import TastemakerError

if TYPE_CHECKING:
    from tastemaker.simulator.faults import Faults

PROJECT_FILE = "tastemaker.yaml"


LONGEST_DAYS = 3_660
"""Ten years of virtual time."""


class FiniteRange(click.FloatRange):
    """Numbers of a range, neither NaN nor infinite: those pass click's own range and are no JSON."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number.", param, ctx)
        return number


def parse_url(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """As it is, when it is one of http or https."""
    if value is not None and not re.match(r"https?://[^/\s]", value):
        raise click.BadParameter(f"{value!r} is no URL such as http://127.0.0.1:8080")
    return value


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
region_option = click.option("--region", help="AWS Region; otherwise that of your AWS configuration.")
endpoint_url_option = click.option("--endpoint-url", callback=parse_url, help="Of a local Personalize.")
states_endpoint_url_option = click.option(
    "--states-endpoint-url", callback=parse_url, help="Of a local Step Functions."
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


_LENGTH = re.compile(r"(\d+(?:\.\d+)?)([mhdw])")
_UNIT_SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def parse_length(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    """`30d`, `12h`, `90m` or `2w` to seconds."""
    if value is None:
        return None
    match = _LENGTH.fullmatch(value)
    if match is None or float(match[1]) == 0:
        raise click.BadParameter(f"{value!r} is no stretch of time such as 30d, 12h, 90m or 2w")
    seconds = float(match[1]) * _UNIT_SECONDS[match[2]]
    if seconds > LONGEST_DAYS * _UNIT_SECONDS["d"]:
        raise click.BadParameter(f"{value!r} is longer than {LONGEST_DAYS} days")
    return seconds


start_option = click.option(
    "--start",
    callback=parse_moment,
    metavar="MOMENT",
    show_default="the day after the newest interaction, or --until before it",
    help="Virtual time at which the run begins, ISO 8601.",
)
until_option = click.option(
    "--until",
    "length_seconds",
    callback=parse_length,
    metavar="LENGTH",
    help="Play schedules, arriving data and users for so long: 30d, 12h, 2w. Without it the first deployment is all.",
)


def parse_faults(_context: click.Context, _option: click.Parameter, value: str) -> Faults:
    """A profile's name, or a YAML or JSON file as `load_faults` reads it."""
    from tastemaker.simulator.faults import load_faults

    path = Path(value)
    try:
        return load_faults(YAML(typ="safe").load(path) if path.suffix in {".yaml", ".yml", ".json"} else value)
    except (OSError, YAMLError, TastemakerError) as error:
        raise click.BadParameter(str(error)) from error


faults_option = click.option(
    "--faults",
    callback=parse_faults,
    default="none",
    show_default=True,
    metavar="NAME|FILE",
    help="What goes wrong in Amazon Personalize: none, throttled, mixed, outage, or a YAML file with faults.",
)
