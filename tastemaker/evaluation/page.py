"""A comparison as one HTML page: advice and reasons, the table, intervals, accuracy against coverage and cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tastemaker.evaluation.candidates import Standing
from tastemaker.evaluation.plots import draw_scatter, draw_whiskers
from tastemaker.evaluation.reasons import Verdict
from tastemaker.evaluation.wording import (
    LIMITS,
    build_rows,
    build_slice_tables,
    describe_cost,
    describe_judgement,
    list_by_value,
    list_left_out,
    shorten,
    show_difference,
    show_figure,
)
from tastemaker.pages.render import render_page

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS = {Standing.BEST: "best", Standing.NOT_TOLD_APART: "open", Standing.WORSE: "worse"}


def build_page(report: Mapping[str, Any]) -> str:
    """The page of a comparison as `compare --json` prints it. Ids of users and items do not appear in it."""
    metric, names = shorten(report["metric"]), list_by_value(report)
    found = [report["candidates"][name] for name in names]
    labels = [f"{place} {name}" for place, name in enumerate(names, 1)]
    values = [one["metrics"][report["metric"]] for one in found]
    differences = [one["difference_to_best"] for one in found]
    coverage = [100 * one["metrics"]["coverage"]["value"] for one in found]
    usd = [one["monthly_usd"]["total"] for one in found]
    kinds = [_KINDS[Standing(one["standing"])] for one in found]
    advice, (columns, rows) = report["recommendation"], build_rows(report)
    return render_page(
        "evaluation/page.html",
        title=report["project"],
        subject="comparison",
        advice=advice,
        tone="open" if advice["verdict"] == Verdict.UNDECIDED else "ok",
        columns=columns,
        rows=rows,
        values=draw_whiskers(f"{metric} with 95 % intervals", labels, kinds, values, show_figure),
        differences=draw_whiskers(f"{metric} minus the best", labels, kinds, differences, show_difference),
        by_coverage=draw_scatter(metric, ("coverage", "% of the catalogue"), kinds, coverage, values),
        by_cost=draw_scatter(metric, ("cost", "USD a month"), kinds, usd, values),
        slices=build_slice_tables(report),
        judgement=describe_judgement(report),
        cost=describe_cost(report),
        settings=[
            (name, json.dumps(one["settings"])) for name, one in zip(names, found, strict=True) if one["settings"]
        ],
        left_out=list_left_out(report),
        limits=LIMITS,
    )
