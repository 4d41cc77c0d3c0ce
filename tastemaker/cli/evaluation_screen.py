"""An evaluation as tables: the few metrics that decide, with intervals; `--json` has all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from tastemaker.cli.screen import table
from tastemaker.evaluation.report import FOUND, HEADLINE
from tastemaker.evaluation.solutions import BASELINE
from tastemaker.evaluation.wording import show_figure, show_range

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = {
    "nDCG@10": HEADLINE,
    "MRR@25": "mean_reciprocal_rank_at_25",
    "precision@10": "precision_at_10",
    "recall@25": "recall_at_25",
    "hit rate@10": "hit_rate_at_10",
    "coverage": "coverage",
    "popularity percentile": "popularity_percentile_at_10",
}


def show_evaluation(console: Console, report: dict[str, Any]) -> None:
    """Metrics, differences to popularity and slices."""
    if "solutions" not in report:
        _show_metrics(console, {"recommendations": report["metrics"]})
        _show_slices(console, "recommendations", report)
        console.print(
            f"\n{report['users']:,} users, {report['users_without_list']:,} of them without a list; "
            f"{report['items_outside_catalogue']:,} recommended items are not in the catalogue."
        )
        return
    solutions = report["solutions"]
    baselines = {f"{BASELINE} for {name}": found[BASELINE] for name, found in solutions.items()}
    if all(figures == next(iter(baselines.values())) for figures in baselines.values()):
        baselines = {BASELINE: next(iter(baselines.values()))}
    _show_metrics(console, baselines | {name: found["metrics"] for name, found in solutions.items()})
    for name, found in solutions.items():
        _show_slices(console, name, found)
    for name, found in solutions.items():
        difference = found[f"difference_to_{BASELINE}"][HEADLINE]
        console.print(
            Text(f"\n{name} minus {BASELINE}, nDCG@10: {show_figure(difference)}"), _verdict(difference), end=""
        )
    console.print()
    for name, reason in report["skipped"].items():
        console.print(f"{name} is not judged: {reason}.")
    rules, users = report["protocol"], next(iter(solutions.values()))["users"]
    what = "with repeats" if rules["repeats"] else "new items only"
    console.print(f"\n{rules['name']}, {what}, {users:,} users; intervals: 95 %, bootstrap over users.")


def _show_metrics(console: Console, figures: dict[str, dict[str, Any]]) -> None:
    rows = [(name, *(show_figure(metrics[key]) for key in SHOWN.values())) for name, metrics in figures.items()]
    console.print(table(("", *SHOWN), rows))


def _show_slices(console: Console, name: str, found: dict[str, Any]) -> None:
    console.print()
    rows = [
        (show_range(entry), f"{entry['users']:,}", show_figure(entry[HEADLINE]))
        for entry in found["users_by_input_length"]
    ]
    console.print(table((f"{name}: events of the user", "users", "nDCG@10"), rows, right=(1,)))
    rows = [
        (show_range(entry), f"{entry['pairs']:,}", show_figure(entry[FOUND]))
        for entry in found["truth_by_item_interactions"]
    ]
    console.print(table((f"{name}: interactions of the true item", "pairs", "found in 25"), rows, right=(1,)))


def _verdict(difference: dict[str, float]) -> str:
    if difference["low"] > 0:
        return "better"
    return "worse" if difference["high"] < 0 else "no difference is shown"
