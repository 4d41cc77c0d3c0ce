"""A comparison on the terminal: figures of every candidate, the recommendation, its reasons and limits."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from rich.text import Text

from tastemaker.cli.screen import table
from tastemaker.evaluation.wording import (
    LIMITS,
    build_slice_tables,
    describe_cost,
    describe_judgement,
    list_by_value,
    shorten,
    show_difference,
    show_figure,
)

if TYPE_CHECKING:
    from rich.console import Console

_LINE = 110


def show_comparison(console: Console, report: dict[str, Any]) -> None:
    """One row for each candidate, the best first; slices; advice."""
    columns = (
        "", shorten(report["metric"]), "minus the best", "", "coverage", "popularity percentile", "training s",
        "USD a month",
    )  # fmt: skip
    rows = (_row(name, report["candidates"][name], report["metric"]) for name in list_by_value(report))
    console.print(table(columns, rows, right=(4, 5, 6, 7)))
    for part in build_slice_tables(report):
        console.print()
        console.print(table((part.title, *part.columns), part.rows, right=range(1, len(part.columns) + 1)))
    console.print()
    for name, reason in report["skipped"].items():
        console.print(Text(f"{name} is not compared: it {reason}.", style="dim"))
    console.print(fill(describe_judgement(report), _LINE))
    console.print(fill(describe_cost(report), _LINE))
    _show_advice(console, report["recommendation"])


def _row(name: str, found: dict[str, Any], metric: str) -> tuple[str, ...]:
    values = found["metrics"]
    return (
        name,
        show_figure(values[metric]),
        show_difference(found["difference_to_best"]),
        found["standing"],
        f"{values['coverage']['value']:.1%}",
        f"{values['popularity_percentile_at_10']['value']:.3f}",
        f"{found['training_seconds']:.1f}",
        f"{found['monthly_usd']['total']:,.0f}",
    )


def _show_advice(console: Console, advice: dict[str, Any]) -> None:
    console.print()
    console.print(
        Text.assemble((f"Take {advice['candidate']}", "bold"), f" ({advice['recipe']}): {advice['verdict']}.")
    )
    for reason in advice["reasons"]:
        console.print(fill(reason, _LINE, initial_indent="  - ", subsequent_indent="    "))
    console.print()
    console.print("What these figures are not:")
    for limit in LIMITS:
        console.print(fill(limit, _LINE, initial_indent="  - ", subsequent_indent="    "))
