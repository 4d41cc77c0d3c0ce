"""`tastemaker cost`: what the plan would cost in a month, before anything is deployed."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tastemaker.cli.estimating import DAYS, Overrides, estimate_project
from tastemaker.cli.options import FiniteRange, environment_option, json_option, project_option
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import out, table
from tastemaker.cost.compare import compare_options
from tastemaker.facts.prices import PRICES, Prices
from tastemaker.model.load import load_project
from tastemaker.model.suggest import build_hint
from tastemaker.plan.build import build_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from tastemaker.cost.compare import Option
    from tastemaker.cost.estimate import Estimate

_LEAST_SHOWN_USD = 0.005


def parse_prices(_context: click.Context, _option: click.Parameter, value: Path | None) -> Prices:
    """A YAML mapping of entries of the price table to numbers; what it leaves out stays as it is."""
    if value is None:
        return PRICES
    try:
        given = YAML(typ="safe").load(value)
    except (OSError, YAMLError) as error:
        raise click.BadParameter(str(error)) from error
    known = [one.name for one in fields(Prices)]
    if not isinstance(given, dict):
        raise click.BadParameter(f"{value} is no mapping of {', '.join(known)}")
    for name, price in given.items():
        if name not in known:
            raise click.BadParameter(f"{value} has an unknown price {name}. {build_hint(str(name), known, 'Possible')}")
        if name != "as_of" and not _is_price(name, price):
            raise click.BadParameter(f"{value}: {name} must be like {getattr(PRICES, name)}, not {price!r}")
    tiers = {
        name: tuple((float(end), float(price)) for end, price in given[name])
        for name in given
        if name.endswith("_tiers")
    }
    return replace(PRICES, **{**given, **tiers})


def _is_price(name: str, price: Any) -> bool:
    if not name.endswith("_tiers"):
        return isinstance(price, (int, float)) and not isinstance(price, bool) and price >= 0
    return isinstance(price, list) and all(isinstance(tier, list) and len(tier) == 2 for tier in price)


@click.command("cost")
@project_option
@environment_option
@click.option("--requests-per-day", type=FiniteRange(0), help="Of each route that asks a campaign.")
@click.option("--events-per-day", type=FiniteRange(0), help="Through the API.")
@click.option("--interactions", type=click.IntRange(0, 10**12), help="Rows that trainings learn from.")
@click.option("--users", type=click.IntRange(0, 10**12), help="With interactions; recommenders are billed by them.")
@click.option(
    "--prices",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=parse_prices,
    help="YAML with prices that differ from the built-in table, by the names that --json prints.",
)
@click.option("--days", type=FiniteRange(1), default=DAYS, show_default=True, help="Length of the month.")
@json_option
def command(
    project_path: Path,
    environment: str,
    requests_per_day: float | None,
    events_per_day: float | None,
    interactions: int | None,
    users: int | None,
    prices: Prices,
    days: float,
    as_json: bool,
) -> None:
    """Estimate what the plan costs in a month, idle and with traffic, and compare recipes."""
    loaded = load_project(project_path)
    plan, project = build_plan(loaded, environment), loaded.in_environment(environment)
    overrides = Overrides(requests_per_day, events_per_day, interactions, users)
    estimate = estimate_project(project, plan, overrides, prices, days)
    options = compare_options(estimate.traffic, prices)
    if as_json:
        print_json(_build_facts(estimate, options, project.budget))
    else:
        _show(out(), estimate, options, project.budget)


def _build_facts(estimate: Estimate, options: tuple[Option, ...], budget: float | None) -> dict[str, Any]:
    prices = {
        name: [[None if end == float("inf") else end, price] for end, price in value]
        if isinstance(value, tuple)
        else value
        for name, value in asdict(estimate.prices).items()
    }
    return {
        "status": "OK" if budget is None or estimate.total <= budget else "OVER_BUDGET",
        "environment": estimate.environment,
        "days": estimate.traffic.days,
        "total_usd": round(estimate.total, 4),
        "idle_usd": round(estimate.idle, 4),
        "budget_usd": budget,
        "lines": [asdict(line) for line in estimate.lines],
        "assumptions": [asdict(assumption) for assumption in estimate.traffic.assumptions],
        "runs": dict(estimate.traffic.runs),
        "options": [{**asdict(option), "total_usd": option.total} for option in options],
        "prices": prices,
    }


def _show(console: Console, estimate: Estimate, options: tuple[Option, ...], budget: float | None) -> None:
    console.print(table(("service", "what", "how much", "USD", "of it idle"), _build_rows(estimate), right=(3, 4)))
    if budget is not None:
        left = budget - estimate.total
        words, style = ("left of", "green") if left >= 0 else ("over", "bold red")
        console.print(Text(f"${abs(left):,.2f} {words} the budget of ${budget:,.2f}", style=style))
    console.print()
    facts = [(one.name, f"{one.value:,.0f}", one.origin) for one in estimate.traffic.assumptions]
    console.print(table(("assumed", "", "by"), facts, right=(1,)))
    console.print()
    console.print(table(("the same for users, otherwise", "USD", "of it idle", ""), map(_row, options), right=(1, 2)))
    as_of = estimate.prices.as_of
    console.print(f"\nPrices of {as_of} for us-east-1, without taxes and free tiers; unconfirmed, see docs/cost.md.")


def _build_rows(estimate: Estimate) -> Iterator[tuple[str, ...]]:
    shown = [line for line in estimate.lines if line.usd >= _LEAST_SHOWN_USD or "not known" in line.quantity]
    for line in shown:
        yield line.service, line.what, line.quantity, f"{line.usd:,.2f}", f"{line.idle_usd:,.2f}"
    rest = estimate.total - sum(line.usd for line in shown)
    yield "", "less than a cent each", "", f"{rest:,.2f}", ""
    days = f"{estimate.traffic.days:g} days"
    yield "total", f"environment {estimate.environment}", days, f"{estimate.total:,.2f}", f"{estimate.idle:,.2f}"


def _row(option: Option) -> tuple[str, ...]:
    return option.name, f"{option.total:,.2f}", f"{option.idle_usd:,.2f}", option.remark
