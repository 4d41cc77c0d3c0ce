"""A comparison on the terminal: figures of every candidate, the recommendation, its reasons and limits."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from rich.text import Text

from tastemaker.cli.screen import table
from tastemaker.evaluation.wording import (
    LIMITS,
    build_rows,
    build_slice_tables,
    describe_cost,
    describe_judgement,
    list_left_out,
)

if TYPE_CHECKING:
    from rich.console import Console

_LINE = 110


def show_comparison(console: Console, report: dict[str, Any]) -> None:
    """One row for each candidate, the best first; slices; advice."""
    columns, rows = build_rows(report)
    right = [place for place, column in enumerate(columns) if column.right]
    console.print(table([column.title for column in columns], rows, right=right))
    for part in build_slice_tables(report):
        console.print()
        console.print(table((part.title, *part.columns), part.rows, right=range(1, len(part.columns) + 1)))
    console.print()
    for sentence in list_left_out(report):
        console.print(Text(sentence, style="dim"))
    console.print(fill(describe_judgement(report), _LINE))
    console.print(fill(describe_cost(report), _LINE))
    _show_advice(console, report["recommendation"])


def _show_advice(console: Console, advice: dict[str, Any]) -> None:
    console.print()
    console.print(Text(advice["headline"], style="bold"))
    for reason in advice["reasons"]:
        console.print(fill(reason, _LINE, initial_indent="  - ", subsequent_indent="    "))
    console.print()
    console.print("What these figures are not:")
    for limit in LIMITS:
        console.print(fill(limit, _LINE, initial_indent="  - ", subsequent_indent="    "))
