"""From figures to advice: which candidate to take, and why, in plain words.

The rule: of the candidates that the data cannot tell apart from the best one, the cheapest; at equal cost, the one with
the highest mean. What the data do not show is said.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tastemaker.evaluation.candidates import Standing
from tastemaker.evaluation.report import HEADLINE
from tastemaker.evaluation.solutions import BASELINE
from tastemaker.evaluation.wording import shorten, show_difference, show_figure
from tastemaker.facts.recipes import RecipeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.evaluation.candidates import Candidate


LEAST_USERS = 20
"""Of a slice that is worth a sentence."""


class Verdict(StrEnum):
    """How sure the recommendation is: one better than all others, several as good, nothing shown to beat popularity."""

    BEST = "best"
    SEVERAL = "several as good"
    UNDECIDED = "undecided"


def recommend(report: Mapping[str, Any], candidates: Mapping[str, Candidate]) -> dict[str, Any]:
    """Candidate, verdict and reasons, the most important one first.

    Args:
        report: what `build_comparison` found.
    """
    found = report["candidates"]
    equals = [name for name, one in found.items() if one["standing"] != Standing.WORSE]
    chosen = min(equals, key=lambda name: (_usd(found[name]), -_value(report, name), name))
    verdict = _judge(equals)
    reasons = (
        *_compare_with_baseline(report, chosen, verdict),
        *(_explain_best(report, chosen) if verdict is Verdict.BEST else _explain_equals(report, chosen, equals)),
        *_name_doubles(chosen, equals, candidates),
        _describe_range(report, chosen),
        *_describe_cold(report, chosen),
        *_describe_use(chosen, candidates),
    )
    return {
        "candidate": chosen,
        "recipe": found[chosen]["recipe"],
        "verdict": verdict,
        "headline": _HEADLINES[verdict].format(chosen),
        "not_told_apart": sorted(set(equals) - {chosen}),
        "reasons": list(reasons),
    }


_HEADLINES = {
    Verdict.BEST: "Take {}: it is better than all others.",
    Verdict.SEVERAL: "Take {}: the cheapest of those that cannot be told apart from the best.",
    Verdict.UNDECIDED: "The data do not decide: the best cannot be told apart from popularity. Until then, {}.",
}


def _judge(equals: list[str]) -> Verdict:
    if len(equals) == 1:
        return Verdict.BEST
    return Verdict.UNDECIDED if BASELINE in equals else Verdict.SEVERAL


def _usd(found: Mapping[str, Any]) -> float:
    return float(found["monthly_usd"]["total"])


def _value(report: Mapping[str, Any], name: str) -> float:
    return float(report["candidates"][name]["metrics"][report["metric"]]["value"])


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _explain_best(report: Mapping[str, Any], chosen: str) -> Iterator[str]:
    found = report["candidates"]
    second = max((name for name in found if name != chosen), key=lambda name: _value(report, name))
    own, other = (f"{_value(report, name):.4f}" for name in (chosen, second))
    yield (
        f"It is better than every other candidate: {shorten(report['metric'])} {own}; the next, {second}, has {other}, "
        f"a difference of {show_difference(found[second]['difference_to_best'])}."
    )


def _explain_equals(report: Mapping[str, Any], chosen: str, equals: list[str]) -> Iterator[str]:
    """Why this one of those that cannot be told apart."""
    found, metric = report["candidates"], shorten(report["metric"])
    difference = found[chosen]["difference_to_best"]
    best, others = difference["candidate"], [name for name in equals if name != chosen]
    own = f"{metric} {_value(report, chosen):.4f}"
    if chosen == best:
        yield f"It has the highest mean, {own}, but cannot be told apart from {_list(others)}; none of them costs less."
    else:
        yield (
            f"It is within the noise of {best} and costs ${_usd(found[chosen]):,.0f} a month, {best} "
            f"${_usd(found[best]):,.0f}: {own} against {_value(report, best):.4f}, a difference of "
            f"{show_difference(difference)}."
        )
    least = -min(found[name]["difference_to_best"]["low"] for name in equals)
    if least > 0:
        yield (
            f"Not shown to differ is not shown to be equal: {report['users']:,} users leave differences of up to "
            f"{least:.4f} open. More data, more folds or `--protocol documented` may tell."
        )


def _compare_with_baseline(report: Mapping[str, Any], chosen: str, verdict: Verdict) -> Iterator[str]:
    if verdict is Verdict.UNDECIDED:
        yield (
            "These data do not show that anything is better than giving everybody the most popular items: "
            f"{BASELINE} is among those that cannot be told apart."
        )
        return
    if chosen == BASELINE:
        return
    difference = report["candidates"][chosen][f"difference_to_{BASELINE}"][report["metric"]]
    base = _value(report, BASELINE)
    share = f", {difference['value'] / base:+.0%}" if base else ""
    word = "better than" if difference["low"] > 0 else "not shown to be better than"
    yield f"It is {word} {BASELINE}: {shorten(report['metric'])} {show_difference(difference)}{share}."


def _name_doubles(chosen: str, equals: list[str], candidates: Mapping[str, Candidate]) -> Iterator[str]:
    """Recipes that one algorithm stands in for."""
    own = candidates[chosen]
    doubles = [
        name
        for name in equals
        if candidates[name].algorithm == own.algorithm and candidates[name].recipe.name != own.recipe.name
    ]
    if doubles:
        yield (
            f"The local Amazon Personalize trains {_list([chosen, *doubles])} with one algorithm. On AWS they differ, "
            "and nothing here tells how: between them, only their prices were compared."
        )


def _describe_range(report: Mapping[str, Any], chosen: str) -> str:
    """Coverage and popularity bias, beside the baseline's and the data's."""
    own, base = (report["candidates"][name]["metrics"] for name in (chosen, BASELINE))
    percentile = own["popularity_percentile_at_10"]["value"]
    truth = report["data"]["popularity_percentile_of_truth"]
    shown, usual = own["coverage"]["value"], base["coverage"]["value"]
    bias = "more popular than" if percentile > truth else "no more popular than"
    return (
        f"It shows {shown:.1%} of the catalogue ({BASELINE} {usual:.1%}). What it recommends is {bias} what users then "
        f"took: popularity percentile {percentile:.2f} against {truth:.2f}."
    )


def _describe_cold(report: Mapping[str, Any], chosen: str) -> Iterator[str]:
    """Users with few events, and items that nobody had touched."""
    own, base = (report["candidates"][name] for name in (chosen, BASELINE))
    few, usual = own["users_by_input_length"][0], base["users_by_input_length"][0]
    if few["to"] is not None and few["users"] >= LEAST_USERS:
        figure, value = few[HEADLINE], usual[HEADLINE]["value"]
        yield (
            f"For the {few['users']:,} users with {few['from']} to {few['to']} events it has {shorten(HEADLINE)} "
            f"{show_figure(figure)}, {BASELINE} {value:.4f}."
        )
    new = own["truth_by_item_interactions"][0]
    if new["to"] == 0:
        foreseen = f"{new['found_at_25']:.1%}" if new["found_at_25"] else "none"
        yield f"Of {new['pairs']:,} choices of an item that nobody had touched before, it foresaw {foreseen}."


def _describe_use(chosen: str, candidates: Mapping[str, Candidate]) -> Iterator[str]:
    """What taking it means for the application."""
    recipe = candidates[chosen].recipe
    if recipe.type is RecipeType.RELATED_ITEMS:
        yield "A request names an item: here it was the newest one of the user's history."
    elif recipe.type is RecipeType.PERSONALIZED_RANKING:
        yield "It orders a list that the request brings, of 500 items at most; here it ordered the whole catalogue."
    elif recipe.type is RecipeType.POPULAR_ITEMS:
        yield "It gives everybody the same list."
    if not recipe.realtime:
        yield "It does not react to a user's events before the next training."
