"""`tastemaker pause`: stop the bill and keep what was learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tastemaker.cli.pausing import ask_consent, pausing_options, price_target
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import err, out, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from tastemaker.cli.pausing import Target
    from tastemaker.cost.lines import CostLine
    from tastemaker.plan.specs import Plan, RouteSpec


@click.command("pause")
@pausing_options
def command(target: Target, *, yes: bool, wait: bool, as_json: bool) -> None:
    """Delete campaigns and stop recommenders; keep data and solution versions; schedules do nothing meanwhile."""
    routes, lines = explain_routes(target.plan), price_target(target.project, target.plan)
    facts = {"routes": routes, "saves_usd_a_month": round(sum(line.idle_usd for line in lines), 2)}
    if target.paused_since and not target.serving:
        told: dict[str, Any] = {"status": "UNCHANGED", "execution": None, "serving": []}
        err().print(f"Serving is paused since {target.paused_since} already; nothing to do.")
    else:
        _show_consequences(err(), routes, lines, find_automatic(target.plan))
        ask_consent("Pause?", yes=yes, as_json=as_json)
        told = target.run("pause", wait=wait)
    if as_json:
        print_json({**told, "paused_since": target.paused_since, **facts})
    elif told["serving"]:
        show_outcomes(out(), told["serving"])


def explain_routes(plan: Plan) -> dict[str, str]:
    """Route to who answers while nothing serves; the order is the plan's."""
    return {route.key: _explain(route) for route in plan.routes if "owner" in route.settings}


def _explain(route: RouteSpec) -> str:
    """See `lambdas/shared/tiers.py`; a fallback's campaign is paused as well."""
    fallback = route.settings.get("fallback", {})
    if route.function == "rank":
        return "the caller's own order (input-order)"
    memory = "what was kept in memory (last-good), then " if "owner" in fallback else ""
    if "items" in fallback:
        return f"{memory}{len(fallback['items'])} fixed entries of its fallback (static)"
    return f"{memory}404 not-deployed, since it has no fallback.items"


def find_automatic(plan: Plan) -> list[str]:
    """Names of solutions that the service goes on training, and billing, by itself."""
    return [one["Create"]["Name"] for one in plan.resources["Solutions"] if one["Create"]["PerformAutoTraining"]]


def _show_consequences(
    console: Console, routes: dict[str, str], lines: tuple[CostLine, ...], automatic: list[str]
) -> None:
    if routes:
        console.print(table(("route", "answers meanwhile with"), routes.items()))
        console.print()
    rows = [(line.what, line.quantity, f"{line.idle_usd:,.2f}") for line in lines if line.idle_usd]
    console.print(table(("not billed meanwhile", "in a month", "USD"), rows, right=(2,)))
    total = sum(line.idle_usd for line in lines)
    console.print(Text(f"Saves about ${total:,.2f} a month, and the requests.", style="bold"))
    for name in automatic:
        console.print(f"The service goes on training {name} by itself: performAutoTraining is on.")


def show_outcomes(console: Console, serving: Iterable[dict[str, Any]]) -> None:
    """Each campaign and recommender with what became of it."""
    rows = [(one["Name"], one["Action"], one.get("Cause", one.get("SolutionVersionArn", ""))) for one in serving]
    console.print(table(("name", "", "version"), rows))
