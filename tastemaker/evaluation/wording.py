"""Reports in words and rows, for the terminal and for pages alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.evaluation.report import FOUND, HEADLINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_METRICS = {
    "normalized_discounted_cumulative_gain_at_": "nDCG@", "mean_reciprocal_rank_at_": "MRR@",
    "precision_at_": "precision@", "recall_at_": "recall@", "hit_rate_at_": "hit rate@",
}  # fmt: skip
"""How the service names its metrics, and how people do."""


@dataclass(frozen=True)
class SliceTable:
    """One row for each candidate, one column for each slice."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def shorten(metric: str) -> str:
    """`nDCG@10` for the service's long name."""
    start = next(one for one in _METRICS if metric.startswith(one))
    return _METRICS[start] + metric.removeprefix(start)


def show_figure(figure: Mapping[str, float]) -> str:
    """Value and interval, where there is one."""
    interval = f" [{figure['low']:.4f}, {figure['high']:.4f}]" if "low" in figure else ""
    return f"{figure['value']:.4f}{interval}"


def show_difference(figure: Mapping[str, float]) -> str:
    """The same with signs."""
    return f"{figure['value']:+.4f} [{figure['low']:+.4f}, {figure['high']:+.4f}]"


def show_range(entry: Mapping[str, Any]) -> str:
    """`5 to 19`, `100 or more`, `none yet`."""
    low, high = entry["from"], entry["to"]
    if high is None:
        return f"{low} or more"
    if high < 0:
        return "none yet"
    return str(low) if low == high else f"{low} to {high}"


def join_names(names: Sequence[str]) -> str:
    """`one, two and three`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def list_by_value(report: Mapping[str, Any]) -> list[str]:
    """Candidates of a comparison, the highest mean first; equal ones by name."""
    found, metric = report["candidates"], report["metric"]
    return sorted(found, key=lambda name: (-found[name]["metrics"][metric]["value"], name))


@dataclass(frozen=True)
class Column:
    """Of a table; `right` where it holds numbers."""

    title: str
    right: bool = False


def build_rows(report: Mapping[str, Any]) -> tuple[tuple[Column, ...], list[tuple[str, ...]]]:
    """Columns, and one row for each candidate with its place, the highest mean first."""
    metric = report["metric"]
    columns = (
        Column("candidate"), Column(shorten(metric)), Column("minus the best"), Column("standing"),
        Column("coverage", right=True), Column("popularity percentile", right=True),
        Column("seconds of a training", right=True), Column("USD a month", right=True),
    )  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for place, name in enumerate(list_by_value(report), 1):
        found = report["candidates"][name]
        values, difference = found["metrics"], found["difference_to_best"]
        rows.append((
            f"{place} {name}", show_figure(values[metric]),
            "" if difference["candidate"] == name else show_difference(difference),
            str(found["standing"]), f"{values['coverage']['value']:.1%}",
            f"{values['popularity_percentile_at_10']['value']:.3f}", f"{found['training_seconds']:.1f}",
            f"{found['monthly_usd']['total']:,.0f}",
        ))  # fmt: skip
    return columns, rows


def build_slice_tables(report: Mapping[str, Any]) -> tuple[SliceTable, ...]:
    """Cold start in figures: users by their events, true items by interactions and by age."""
    return (
        _build_table(report, "users_by_input_length", f"By events of the user: {shorten(HEADLINE)}"),
        _build_table(report, "truth_by_item_interactions", "By interactions of the true item: found in 25"),
        _build_table(report, "truth_by_item_age_in_days", "By days since its first interaction: found in 25"),
    )


def _build_table(report: Mapping[str, Any], part: str, title: str) -> SliceTable:
    names, found = list_by_value(report), report["candidates"]
    columns = (f"{show_range(one)} ({one.get('pairs', one['users']):,})" for one in found[names[0]][part])
    return SliceTable(title, tuple(columns), tuple((name, *map(_show_slice, found[name][part])) for name in names))


def _show_slice(entry: Mapping[str, Any]) -> str:
    return show_figure(entry[HEADLINE] if HEADLINE in entry else entry[FOUND])


def list_left_out(report: Mapping[str, Any]) -> list[str]:
    """A sentence for each candidate whose training failed, then for each recipe that was not compared."""
    failed = (
        f"{name} failed, its training at {one['case']} ended with: {one['reason']}"
        for name, one in report["failed"].items()
    )
    return [*failed, *(f"{name} is not compared: it {reason}." for name, reason in report["skipped"].items())]


def describe_judgement(report: Mapping[str, Any]) -> str:
    """How it was judged, in a line."""
    rules, cases = report["protocol"], report["cases"]
    what = "with repeats" if rules["repeats"] else "new items only"
    what += f", events of type {rules['truth']} only" if rules["truth"] is not None else ""
    times = "once" if cases == 1 else f"{cases} times"
    return (
        f"{rules['name']}: trained and judged {times}, {what}; {report['users']:,} users, {report['requests']:,} "
        "requests. Intervals: 95 %, bootstrap over users; those of differences to the best hold all together."
    )


def describe_cost(report: Mapping[str, Any]) -> str:
    """What the prices assume."""
    facts = [f"{one['value']:,.0f} {one['name']}" for one in report["assumptions"]]
    return (
        "Cost: one campaign for all requests with a minimum of one a second, trained weekly; "
        f"{', '.join(facts)}; prices of {report['prices_as_of']}, unconfirmed."
    )


_STAND_IN = (
    "Local algorithms stand in for the service's (docs/fidelity.md). The order of the candidates says what to try "
    "first; the figures are not those that AWS will show."
)
_PAST = (
    "The past judges: users took what they were shown, and what nobody showed them counts as a miss. Filters, "
    "promotions and exploration are left out."
)
LIMITS = (_STAND_IN, _PAST, "Only an experiment on live traffic decides: see `tastemaker experiment`.")
"""What the figures are not."""
