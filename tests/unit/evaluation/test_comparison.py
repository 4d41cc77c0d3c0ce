"""Who is best, who cannot be told apart, and what is recommended for which reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tastemaker.evaluation.comparison import build_comparison
from tastemaker.evaluation.report import HEADLINE
from tests.support.comparisons import USERS, compare, make_candidate, make_judged

if TYPE_CHECKING:
    from tastemaker.simulator.metrics import Values

FEED, SIMILAR, POPULAR = "aws-user-personalization-v2", "aws-similar-items", "aws-popularity-count"


def draw(mean: float, seed: int) -> Values:
    """Values of users whose mean is this one."""
    noise = np.random.default_rng(seed).normal(0, 0.1, USERS)
    values: Values = noise - noise.mean() + mean
    return values


def sample(seed: int) -> Values:
    """Values of users from one and the same population."""
    return np.random.default_rng(seed).normal(0.2, 0.1, USERS)


def three(feed: Values, similar: Values, popular: Values, feed_usd: float = 390.0) -> dict[str, Any]:
    candidates = {
        "popularity": make_candidate(POPULAR),
        "feed": make_candidate(FEED, feed_usd),
        "similar": make_candidate(SIMILAR),
    }
    return compare({"popularity": popular, "feed": feed, "similar": similar}, candidates)


def standings(report: dict[str, Any]) -> dict[str, str]:
    return {name: str(one["standing"]) for name, one in report["candidates"].items()}


def test_one_that_is_better_for_nearly_everybody_wins_whatever_it_costs() -> None:
    report = three(draw(0.30, 1), draw(0.20, 2), draw(0.10, 3))
    assert standings(report) == {"popularity": "worse", "feed": "best", "similar": "worse"}
    advice = report["recommendation"]
    assert (advice["candidate"], advice["recipe"], advice["verdict"]) == ("feed", FEED, "better than all others")
    assert advice["headline"] == "Take feed: better than all others."
    assert advice["not_told_apart"] == []
    assert advice["reasons"][0].startswith("It is better than popularity: nDCG@10 +0.2000 [")
    assert "the next, similar, has 0.2000, a difference of -0.1000 [" in advice["reasons"][1]


def test_of_those_within_the_noise_the_cheapest_is_recommended() -> None:
    shared = draw(0.30, 1)
    report = three(shared + 0.001 + draw(0, 4), shared, draw(0.10, 3))
    assert standings(report)["similar"] == "not told apart"
    advice = report["recommendation"]
    assert (advice["candidate"], advice["not_told_apart"]) == ("similar", ["feed"])
    assert advice["verdict"] == "cheapest of those that cannot be told apart"
    difference = report["candidates"]["similar"]["difference_to_best"]
    text = f"{difference['value']:+.4f} [{difference['low']:+.4f}, {difference['high']:+.4f}]"
    assert "It is within the noise of feed and costs $100 a month, feed $390: nDCG@10" in advice["reasons"][1]
    assert advice["reasons"][1].endswith(f"a difference of {text}.")
    assert f"400 users leave differences of up to {-difference['low']:.4f} open" in advice["reasons"][2]


def test_at_equal_cost_the_highest_mean_is_recommended() -> None:
    shared = draw(0.30, 1)
    report = three(shared + 0.001 + draw(0, 4), shared, draw(0.10, 3), feed_usd=100.0)
    advice = report["recommendation"]
    assert advice["candidate"] == max(
        ("feed", "similar"), key=lambda name: report["candidates"][name]["metrics"][HEADLINE]["value"]
    )
    assert "but cannot be told apart from" in advice["reasons"][1]
    assert advice["reasons"][1].endswith("none of them costs less.")


def test_candidates_that_are_the_same_cannot_be_told_apart() -> None:
    report = three(sample(1), sample(2), sample(3))
    assert sorted(standings(report).values()) == ["best", "not told apart", "not told apart"]
    advice = report["recommendation"]
    assert advice["verdict"] == "cannot be told apart from popularity"
    assert advice["headline"].startswith("The data do not decide")
    assert advice["reasons"][0].startswith("These data do not show that anything is better than giving everybody")


def test_a_difference_that_only_one_comparison_would_show_is_not_called_one() -> None:
    """Twenty equal candidates: some single interval of 95 % always leaves out zero, the joint ones do not."""
    values = {f"c{at:02}": sample(at) for at in range(19)} | {"popularity": sample(99)}
    report = compare(values, {name: make_candidate(POPULAR) for name in values})
    best = next(name for name, one in report["candidates"].items() if one["standing"] == "best")
    single = [values[name] - values[best] for name in values if name != best]
    assert any(one.mean() + 1.96 * one.std() / np.sqrt(USERS) < 0 for one in single)
    assert set(standings(report).values()) == {"best", "not told apart"}


def test_popularity_is_recommended_where_it_is_best() -> None:
    advice = three(draw(0.1, 1), draw(0.1, 2), draw(0.3, 3))["recommendation"]
    assert (advice["candidate"], advice["verdict"]) == ("popularity", "better than all others")
    assert "It gives everybody the same list." in advice["reasons"]
    assert "It does not react to a user's events before the next training." in advice["reasons"]


def test_recipes_that_are_one_algorithm_here_are_named_together() -> None:
    feed = draw(0.3, 1)
    candidates = {
        "popularity": make_candidate(POPULAR),
        "new": make_candidate(FEED, 390.0, "engine"),
        "old": make_candidate("aws-user-personalization", 146.0, "engine"),
    }
    advice = compare({"popularity": draw(0.1, 3), "new": feed, "old": feed}, candidates)["recommendation"]
    assert (advice["candidate"], advice["same_here"], advice["verdict"]) == ("old", ["new"], "better than all others")
    assert advice["headline"] == "Take old or new: better than all others."
    (reason,) = [one for one in advice["reasons"] if "one algorithm" in one]
    assert "nothing here tells how: only their prices were compared" in reason
    assert "old costs $146 a month and new costs $390 a month" in reason


def test_settings_are_compared_where_the_recipes_cannot_be() -> None:
    candidates = {
        "popularity": make_candidate(POPULAR),
        "new": make_candidate(FEED, 390.0, "engine"),
        "old": make_candidate("aws-user-personalization", 146.0, "engine"),
    }
    shared = draw(0.3, 1)
    values = {"popularity": draw(0.1, 3), "new": shared + 0.001 + draw(0, 4), "old": shared}
    advice = compare(values, candidates)["recommendation"]
    assert (advice["candidate"], advice["same_here"], advice["not_told_apart"]) == ("old", [], ["new"])
    (reason,) = [one for one in advice["reasons"] if "one algorithm" in one]
    assert reason == (
        "old and new are different recipes on AWS and one algorithm here: their settings were compared, the recipes "
        "were not."
    )


def test_reasons_tell_range_popularity_and_cold_start() -> None:
    reasons = three(draw(0.30, 1), draw(0.20, 2), draw(0.10, 3))["recommendation"]["reasons"]
    assert (
        "It shows 25.0% of the catalogue (popularity 25.0%). What it recommends is more popular than what users then "
        "took: popularity percentile 0.90 against 0.70. Gini of what it shows 0.85, of the interactions 0.60."
        in reasons
    )
    assert any(one.startswith("For the 100 users with 1 to 4 events it has nDCG@10 0.3") for one in reasons)
    assert "Of 2 choices of an item that nobody had touched before, it foresaw 50.0%." in reasons
    assert "Of 100 choices of an item less than a week old it foresaw 25.0%, the most of all." in reasons


def test_who_foresees_new_items_better_is_named() -> None:
    judged = {
        "popularity": [make_judged(draw(0.1, 3), young_found=2)],
        "feed": [make_judged(draw(0.3, 1), young_found=5)],
        "trend": [make_judged(draw(0.2, 2), young_found=60)],
    }
    recipes = {"popularity": POPULAR, "feed": FEED, "trend": "aws-trending-now"}
    candidates = {name: make_candidate(recipe) for name, recipe in recipes.items()}
    reasons = build_comparison(judged, candidates, HEADLINE, 0)["recommendation"]["reasons"]
    assert "Of 100 choices of an item less than a week old it foresaw 5.0%; trend the most, 60.0%." in reasons


def test_the_same_seed_gives_the_same_report() -> None:
    assert three(draw(0.3, 1), draw(0.3, 2), draw(0.1, 3)) == three(draw(0.3, 1), draw(0.3, 2), draw(0.1, 3))


@pytest.mark.parametrize("recipe", [SIMILAR, "aws-personalized-ranking-v2"])
def test_what_a_recipe_asks_of_the_application_is_said(recipe: str) -> None:
    candidates = {"popularity": make_candidate(POPULAR), "it": make_candidate(recipe)}
    reasons = compare({"popularity": draw(0.1, 3), "it": draw(0.3, 1)}, candidates)["recommendation"]["reasons"]
    words = "A request names an item" if recipe == SIMILAR else "It orders a list that the request brings"
    assert any(one.startswith(words) for one in reasons)
