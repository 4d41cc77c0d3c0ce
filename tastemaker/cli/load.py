"""`tastemaker load`: how an API holds under a steady rate of requests."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from tastemaker.cli.inspecting import check_project
from tastemaker.cli.options import FiniteRange, environment_option, json_option, parse_url, project_option
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import out, table
from tastemaker.errors import TastemakerError
from tastemaker.runner.load import run_load

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.cli.inspecting import Checked
    from tastemaker.runner.load import LoadReport

MAX_IDS = 10_000


@click.command("load")
@project_option
@environment_option
@json_option
@click.option(
    "--url", callback=parse_url, default="http://127.0.0.1:8080", show_default=True, help="Where the API answers."
)
@click.option("--rate", type=FiniteRange(min=0.1), default=100, show_default=True, help="Requests per second.")
@click.option("--seconds", type=FiniteRange(min=1), default=10, show_default=True, help="How long.")
@click.option("--route", default=None, help="Path of a GET route of the project; the first one for a user if absent.")
@click.option("--api-key", default=None, help="Value for the header x-api-key.")
@click.option("--token", default=None, help="Of the user pool, for the header Authorization.")
def command(
    project_path: Path,
    environment: str,
    as_json: bool,
    url: str,
    rate: float,
    seconds: float,
    route: str | None,
    api_key: str | None,
    token: str | None,
) -> None:
    """Send requests at a steady rate to the local or deployed API and show times, errors and sources."""
    checked = check_project(project_path, environment)
    given = {"x-api-key": api_key, "Authorization": None if token is None else f"Bearer {token}"}
    headers = [(name, value) for name, value in given.items() if value is not None]
    path = _route_path(checked, route)
    report = run_load(url, _paths(checked, path), rate=rate, seconds=seconds, headers=headers)
    figures = build_figures(report, rate)
    if as_json:
        print_json({"route": path, **figures})
    else:
        _show(path, figures)


def build_figures(report: LoadReport, rate: float) -> dict[str, Any]:
    """The report as data; times in milliseconds."""
    sent = sum(report.statuses.values())
    times = {f"p{share:g}_ms": round(report.percentile(share / 100) * 1000, 1) for share in (50, 90, 99, 100)}
    return {
        "requests": sent,
        "wanted_per_second": rate,
        "answered_per_second": round(len(report.seconds) / report.duration_seconds, 1) if sent else 0.0,
        **times,
        "errors": report.errors,
        "statuses": dict(sorted(report.statuses.items())),
        "sources": dict(sorted(report.sources.items())),
    }


def _route_path(checked: Checked, wanted: str | None) -> str:
    paths = [route.path for route in checked.plan.routes if route.method == "GET"]
    if wanted is not None and wanted not in paths:
        raise TastemakerError(f"The project has no route GET {wanted}. Its routes: {', '.join(paths)}.")
    if not paths:
        raise TastemakerError("The project declares no endpoints, so there is nothing to ask.")
    return wanted or next((path for path in paths if "{userId}" in path), paths[0])


def _paths(checked: Checked, path: str) -> list[str]:
    """The route's path for each of the first users or items of the interactions."""
    column = {"{userId}": "USER_ID", "{itemId}": "ITEM_ID"}
    placeholder = next((name for name in column if name in path), None)
    if placeholder is None:
        return [path]
    with checked.files["INTERACTIONS"].open(encoding="utf-8", newline="") as file:
        ids = dict.fromkeys(row[column[placeholder]] for row in csv.DictReader(file))
    return [path.replace(placeholder, quote(one, safe="")) for one in islice(ids, MAX_IDS)]


def _show(path: str, figures: dict[str, Any]) -> None:
    console = out()
    rows = [(name.replace("_", " "), value) for name, value in figures.items() if not isinstance(value, dict)]
    rows += [(f"status {status}", count) for status, count in figures["statuses"].items()]
    rows += [(f"source {source}", count) for source, count in figures["sources"].items()]
    console.print(table(("GET " + path, ""), rows, right=(1,)))
