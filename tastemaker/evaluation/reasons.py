"""Why a candidate is recommended, in plain words; what the data do not show is said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tastemaker.evaluation.report import FOUND, HEADLINE
from tastemaker.evaluation.solutions import BASELINE
from tastemaker.evaluation.wording import join_names, shorten, show_difference, show_figure
from tastemaker.facts.recipes import RecipeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.evaluation.candidates import Candidate

LEAST_USERS, LEAST_CHOICES = 20, 100
"""Of a slice that is worth a sentence."""


class Verdict(StrEnum):
    """How sure the recommendation is."""

    BEST = "better than all others"
    SEVERAL = "cheapest of those that cannot be told apart"
    UNDECIDED = "cannot be told apart from popularity"


@dataclass(frozen=True)
class Choice:
    """The recommended candidate among the others.

    Attributes:
        report: what `build_comparison` found.
        doubles: other recipes that are the same here, algorithm and figures.
        rivals: the rest of those that the data cannot tell apart from the best one.
    """

    report: Mapping[str, Any]
    candidates: Mapping[str, Candidate]
    chosen: str
    doubles: tuple[str, ...]
    rivals: tuple[str, ...]
    verdict: Verdict

    @property
    def own(self) -> Mapping[str, Any]:
        return self.find(self.chosen)

    @property
    def metric(self) -> str:
        return shorten(self.report["metric"])

    def find(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.report["candidates"][name]
        return found

    def value(self, name: str) -> float:
        return float(self.find(name)["metrics"][self.report["metric"]]["value"])

    def usd(self, name: str) -> str:
        return f"${self.find(name)['monthly_usd']['total']:,.0f}"


def build_headline(choice: Choice) -> str:
    """The advice in a sentence."""
    names = " or ".join((choice.chosen, *choice.doubles))
    if choice.verdict is Verdict.BEST:
        return f"Take {names}: better than all others."
    if choice.verdict is Verdict.SEVERAL:
        return f"Take {names}: the cheapest of those that cannot be told apart from the best."
    return f"The data do not decide: nothing is shown to be better than popularity. To begin with, {names}."


def build_reasons(choice: Choice) -> list[str]:
    """The most important one first."""
    return [
        *_compare_with_baseline(choice),
        *(_explain_rivals(choice) if choice.rivals else _explain_lead(choice)),
        *_name_doubles(choice),
        *_name_stand_ins(choice),
        _describe_range(choice),
        *_describe_cold(choice),
        *_describe_use(choice.candidates[choice.chosen]),
    ]


def _compare_with_baseline(choice: Choice) -> Iterator[str]:
    if choice.verdict is Verdict.UNDECIDED:
        yield (
            "These data do not show that anything is better than giving everybody the most popular items: "
            f"{BASELINE} is among those that cannot be told apart from the best."
        )
    elif choice.chosen != BASELINE:
        difference = choice.own[f"difference_to_{BASELINE}"][choice.report["metric"]]
        base = choice.value(BASELINE)
        share = f", {difference['value'] / base:+.0%}" if base else ""
        word = "better than" if difference["low"] > 0 else "not shown to be better than"
        yield f"It is {word} {BASELINE}: {choice.metric} {show_difference(difference)}{share}."


def _explain_lead(choice: Choice) -> Iterator[str]:
    others = set(choice.report["candidates"]) - {choice.chosen, *choice.doubles}
    if others:
        second = max(sorted(others), key=choice.value)
        yield (
            f"It is better than every other candidate: {choice.metric} {choice.value(choice.chosen):.4f}; the next, "
            f"{second}, has {choice.value(second):.4f}, a difference of "
            f"{show_difference(choice.find(second)['difference_to_best'])}."
        )


def _explain_rivals(choice: Choice) -> Iterator[str]:
    """Why this one of those that cannot be told apart, and how much that leaves open."""
    difference = choice.own["difference_to_best"]
    best, value = difference["candidate"], choice.value(choice.chosen)
    if choice.chosen == best or best in choice.doubles:
        yield (
            f"It has the highest mean, {choice.metric} {value:.4f}, but cannot be told apart from "
            f"{join_names(choice.rivals)}; none of them costs less."
        )
    else:
        yield (
            f"It is within the noise of {best} and costs {choice.usd(choice.chosen)} a month, {best} "
            f"{choice.usd(best)}: {choice.metric} {value:.4f} against {choice.value(best):.4f}, a difference of "
            f"{show_difference(difference)}."
        )
    open_to = -min(choice.find(name)["difference_to_best"]["low"] for name in (choice.chosen, *choice.rivals))
    if open_to > 0:
        yield (
            f"Not shown to differ is not shown to be equal: {choice.report['users']:,} users leave differences of up "
            f"to {open_to:.4f} open. More data, more folds or `--protocol documented` may tell."
        )


def _name_doubles(choice: Choice) -> Iterator[str]:
    """Recipes that one algorithm stands in for."""
    if choice.doubles:
        names = (choice.chosen, *choice.doubles)
        prices = join_names([f"{name} costs {choice.usd(name)} a month" for name in names])
        yield (
            f"The local Amazon Personalize trains {join_names(names)} with one algorithm. On AWS they differ, and "
            f"nothing here tells how: only their prices were compared. {prices}."
        )


def _name_stand_ins(choice: Choice) -> Iterator[str]:
    """Other recipes that the same algorithm stands in for, with settings of their own."""
    own = choice.candidates[choice.chosen]
    others = [
        name
        for name in choice.rivals
        if choice.candidates[name].algorithm == own.algorithm and choice.candidates[name].recipe.name != own.recipe.name
    ]
    if others:
        yield (
            f"{join_names((choice.chosen, *others))} are different recipes on AWS and one algorithm here: their "
            "settings were compared, the recipes were not."
        )


def _describe_range(choice: Choice) -> str:
    """Coverage and popularity bias, beside the baseline's and the data's."""
    own, base = choice.own["metrics"], choice.find(BASELINE)["metrics"]
    percentile = own["popularity_percentile_at_10"]["value"]
    truth = choice.report["data"]["popularity_percentile_of_truth"]
    gini = own["gini_of_exposure_at_10"]["value"]
    shown, usual = own["coverage"]["value"], base["coverage"]["value"]
    bias = "more popular than" if percentile > truth else "no more popular than"
    return (
        f"It shows {shown:.1%} of the catalogue ({BASELINE} {usual:.1%}). What it recommends is {bias} what users then "
        f"took: popularity percentile {percentile:.2f} against {truth:.2f}. Gini of what it shows {gini:.2f}, of the "
        f"interactions {choice.report['data']['gini_of_interactions']:.2f}."
    )


def _describe_cold(choice: Choice) -> Iterator[str]:
    """Users with few events, and items that nobody had touched."""
    few, usual = (choice.find(name)["users_by_input_length"][0] for name in (choice.chosen, BASELINE))
    if few["to"] is not None and few["users"] >= LEAST_USERS:
        yield (
            f"For the {few['users']:,} users with {few['from']} to {few['to']} events it has {shorten(HEADLINE)} "
            f"{show_figure(few[HEADLINE])}, {BASELINE} {usual[HEADLINE]['value']:.4f}."
        )
    yield from _describe_new_items(choice)


def _describe_new_items(choice: Choice) -> Iterator[str]:
    untouched = choice.own["truth_by_item_interactions"][0]
    if untouched["to"] == 0:
        share = untouched[FOUND]["value"]
        foreseen = f"{share:.1%}" if share else "none"
        yield f"Of {untouched['pairs']:,} choices of an item that nobody had touched before, it foresaw {foreseen}."
    young = {
        name: part
        for name, found in choice.report["candidates"].items()
        for part in found["truth_by_item_age_in_days"]
        if part["from"] == 0 and part["pairs"] >= LEAST_CHOICES
    }
    if young:
        shares = {name: part[FOUND]["value"] for name, part in young.items()}
        own, most = shares[choice.chosen], max(sorted(shares), key=lambda name: shares[name])
        other = f"; {most} the most, {shares[most]:.1%}" if shares[most] > own else ", the most of all"
        pairs = young[choice.chosen]["pairs"]
        yield f"Of {pairs:,} choices of an item less than a week old it foresaw {own:.1%}{other}."


def _describe_use(candidate: Candidate) -> Iterator[str]:
    """What taking it means for the application."""
    recipe = candidate.recipe
    if recipe.type is RecipeType.RELATED_ITEMS:
        yield "A request names an item: here it was the newest one of the user's history."
    elif recipe.type is RecipeType.PERSONALIZED_RANKING:
        yield "It orders a list that the request brings, of 500 items at most; here it ordered the whole catalogue."
    elif recipe.type is RecipeType.POPULAR_ITEMS:
        yield "It gives everybody the same list."
    if not recipe.realtime:
        yield "It does not react to a user's events before the next training."
