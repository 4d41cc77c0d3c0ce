"""The outcome of a run, as data and as a screen."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from tastemaker.cli.screen import duration, show_cost, show_metrics, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from tastemaker.cli.journey import Run
    from tastemaker.errors import WorkflowFailedError


def print_json(value: Any, *, escaped: bool = True) -> None:
    """One JSON object, the only thing on stdout; every verb's `--json` comes through here.

    Args:
        escaped: letters beyond ASCII are written as escapes.
    """
    click.echo(json.dumps(_as_json(value), indent=2, ensure_ascii=escaped, allow_nan=False))


def _as_json(value: Any) -> Any:
    """JSON has no word for a number that is none, such as a metric that nobody has a value of: null (RFC 8259)."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _as_json(part) for key, part in value.items()}
    return [_as_json(part) for part in value] if isinstance(value, (list, tuple)) else value


Announcement = Callable[[list[str]], None]
"""Takes the URLs of servers in their order."""


def announcing(show: Announcement, names: Sequence[str], *, as_json: bool) -> Announcement:
    """How a server tells where it answers: by `show`, or as one JSON object with a URL for each name."""

    def tell(urls: list[str]) -> None:
        print_json({"status": "SERVING", **dict(zip(names, urls, strict=False))})
        sys.stdout.flush()  # a program that reads a pipe waits for it

    return tell if as_json else show


def build_run_report(run: Run, failure: WorkflowFailedError | None) -> dict[str, Any]:
    """What `run --json` prints; the same seed and data give the same report but for `real_seconds`."""
    engine = run.local.engine
    report: dict[str, Any] = {
        "status": "SUCCEEDED" if failure is None else "FAILED",
        "virtual_seconds": round(engine.now() - run.start_time, 3),
        "real_seconds": round(run.real_seconds(), 3),
        "executions": [
            {
                "machine": execution.machine,
                "name": execution.name,
                "status": execution.status,
                "virtual_seconds": round((execution.stopped_at or engine.now()) - execution.started_at, 3),
                "transitions": execution.transitions,
            }
            for execution in engine.executions
        ],
        "campaigns": run.campaigns(),
        "metrics": run.metrics(),
        "cost": run.local.simulator.meter.report(engine.now()),
    }
    if run.local.athena is not None:
        report["athena_usd"] = run.local.athena.report_usd()
    if failure is not None:
        report["error"] = {"machine": failure.machine, "error": failure.error, "cause": failure.cause}
    return report


def show_run_report(console: Console, report: dict[str, Any]) -> None:
    """Executions, campaigns, metrics and cost, one table each."""
    rows = [
        (entry["machine"], entry["name"], entry["status"], duration(entry["virtual_seconds"]), entry["transitions"])
        for entry in report["executions"]
    ]
    console.print(table(("machine", "execution", "status", "virtual time", "transitions"), rows, right=(4,)))
    if report["campaigns"]:
        console.print()
        serving = [(entry["name"], entry["solution_version_arn"]) for entry in report["campaigns"]]
        console.print(table(("campaign", "serves"), serving))
    if report["metrics"]:
        console.print()
        show_metrics(console, report["metrics"])
    console.print()
    show_cost(console, {line: amount for line, amount in report["cost"].items() if amount or line == "total"})
    console.print(
        f"\n{duration(report['virtual_seconds'])} of virtual time in {report['real_seconds']:.1f} s of real time."
    )
