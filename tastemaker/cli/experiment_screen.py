"""What a person sees of an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.cli.screen import out, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from tastemaker.plan.specs import Plan


def show_experiments(console: Console, plan: Plan) -> None:
    """Who meets what: a row for each variant with its share of the callers; nothing without experiments."""
    rows = [
        (experiment["name"], route.key, experiment["mode"], variant["name"], _share(experiment, variant), _who(variant))
        for route in plan.routes
        if (experiment := route.settings.get("experiment")) is not None
        for variant in experiment["variants"]
    ]
    if rows:
        console.print()
        console.print(table(("experiment", "route", "mode", "variant", "callers", "answers"), rows, right=(4,)))


def _share(experiment: Mapping[str, Any], variant: Mapping[str, Any]) -> str:
    """Of the callers; interleaved answers hold both variants."""
    if experiment["mode"] == "interleave":
        return "all"
    return _percent(variant["weight"] / sum(one["weight"] for one in experiment["variants"]))


def _who(variant: Mapping[str, Any]) -> str:
    if "items" in variant:
        return f"{len(variant['items'])} fixed items"
    kind, arn = next(iter(variant["owner"].items()))
    return f"{kind.removesuffix('Arn')} {arn.rpartition('/')[2]}"


def show_split(figures: Mapping[str, Any]) -> None:
    console = out()
    rows = [
        (one["name"], one["weight"], one["units"], one["conversions"], _percent(one["rate"]))
        for one in figures["variants"]
    ]
    console.print(table(("variant", "weight", "units", "conversions", "rate"), rows, right=(1, 2, 3, 4)))
    lifts = [
        (
            one["variant"],
            _signed(one["lift"]),
            f"{_signed(one['low'])} to {_signed(one['high'])}",
            f"{_signed(one['always_low'])} to {_signed(one['always_high'])}",
            f"{one['p_value']:.4f}",
        )
        for one in figures["lifts"]
    ]
    columns = (f"lift over {figures['control']}", "", "95 %, one look", "95 %, any look", "p, any look")
    console.print()
    console.print(table(columns, lifts, right=(1, 2, 3, 4)))
    ratio = figures["sampleRatio"]
    said = "differ from the weights: find out why before you read on" if ratio["mismatch"] else "fit the weights"
    console.print(f"\nUnits {said} (p = {ratio['p_value']:.4f}).")
    _show_ignored(console, figures["ignored"])


def show_teams(figures: Mapping[str, Any]) -> None:
    console = out()
    rows = [(team, figures["credits"][team], figures["wins"][team]) for team in figures["teams"]]
    console.print(table(("variant", "outcomes", "units that prefer it"), rows, right=(1, 2)))
    console.print(f"\n{figures['units']} units, {figures['ties']} with outcomes of both alike.")
    if figures["share"] is not None:
        ends = f"{_percent(figures['low'])} to {_percent(figures['high'])}"
        console.print(f"{figures['teams'][1]} is preferred by {_percent(figures['share'])} (95 %: {ends}).")
    p_values = f"p = {figures['p_value']:.4f} for one look, {figures['always_p_value']:.4f} for any number of looks"
    console.print(f"Sign test: {p_values}.")
    _show_ignored(console, figures["ignored"])


def show_size(figures: Mapping[str, int]) -> None:
    console = out()
    console.print(table(("", "users and sessions"), figures.items(), right=(1,)))


def _show_ignored(console: Console, ignored: Mapping[str, int]) -> None:
    for name, count in ignored.items():
        if count:
            console.print(f"Left out: {count} {name.replace('_', ' ')}.")


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _signed(value: float | None) -> str:
    return "∞" if value is None else f"{value:+.1%}"
