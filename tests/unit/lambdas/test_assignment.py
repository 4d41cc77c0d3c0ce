"""Who meets which variant, and who picks which item of an interleaved list."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from lambdas.shared.assignment import assigned_variant, team_draft, unit_key

UNITS = [f"user-{number}" for number in range(20_000)]
LIST = [{"itemId": item} for item in "abcdefgh"]
OTHER = [{"itemId": item} for item in "hgxyabzw"]


def _variants(**weights: float) -> list[dict[str, Any]]:
    return [{"name": name, "weight": weight} for name, weight in weights.items()]


def _assigned(variants: list[dict[str, Any]], salt: str = "s") -> list[str]:
    return [assigned_variant(variants, salt, unit)["name"] for unit in UNITS]


@pytest.mark.parametrize("weights", [{"a": 1, "b": 1}, {"a": 1, "b": 2, "c": 7}, {"a": 0.01, "b": 0.03}])
def test_units_are_spread_by_the_weights(weights: dict[str, float]) -> None:
    counts = Counter(_assigned(_variants(**weights)))
    expected = [len(UNITS) * weight / sum(weights.values()) for weight in weights.values()]
    assert chisquare([counts[name] for name in weights], expected).pvalue > 0.001


def test_a_salt_assigns_anew_and_independently() -> None:
    variants = _variants(a=1, b=1)
    pairs = Counter(zip(_assigned(variants, "one"), _assigned(variants, "two"), strict=True))
    assert chisquare([pairs[pair] for pair in (("a", "a"), ("a", "b"), ("b", "a"), ("b", "b"))]).pvalue > 0.001


@given(st.text(min_size=1), st.permutations(_variants(a=1, b=2, c=3)))
def test_any_id_stays_where_it_is_whatever_the_order_of_the_variants(unit: str, variants: list[dict[str, Any]]) -> None:
    found = assigned_variant(variants, "s", unit)
    assert found == assigned_variant(_variants(a=1, b=2, c=3), "s", unit)
    assert len(unit_key("s", "home", unit)) == 64


@pytest.mark.parametrize("unit", ["\ud800", "👩‍👩‍👧", "é", "e\u0301", "\x00", "a" * 256])
def test_ids_of_any_characters_are_assigned(unit: str) -> None:
    assert assigned_variant(_variants(a=1, b=1), "s", unit)["name"] in {"a", "b"}


def test_more_weight_takes_over_what_it_needs_and_moves_nobody_else() -> None:
    before, after = _assigned(_variants(a=1, b=1, c=1)), _assigned(_variants(a=2, b=1, c=1))
    moves = Counter((old, new) for old, new in zip(before, after, strict=True) if old != new)
    assert {new for _, new in moves} == {"a"}
    assert binomtest(sum(moves.values()), len(UNITS), 1 / 2 - 1 / 3).pvalue > 0.001


def test_a_further_variant_takes_its_share_from_the_others_alone() -> None:
    before, after = _assigned(_variants(a=1, b=1)), _assigned(_variants(a=1, b=1, new=2))
    assert all(new in (old, "new") for old, new in zip(before, after, strict=True))


def test_the_key_of_a_unit_differs_between_experiments_and_hides_the_id() -> None:
    keys = {unit_key(salt, name, "user-1") for salt in ("s", "t") for name in ("home", "beside")}
    assert len(keys) == 4
    assert not any("user-1" in key for key in keys)


def _draft(request: int, count: int = 6) -> list[dict[str, Any]]:
    return team_draft({"one": LIST, "two": OTHER}, count, "s", f"request-{request}")


def test_a_draft_holds_no_item_twice_and_is_the_same_for_the_same_request() -> None:
    for request in range(200):
        items = [item["itemId"] for item in _draft(request)]
        assert len(items) == len(set(items)) == 6
        assert _draft(request) == _draft(request)
    assert len({tuple(item["itemId"] for item in _draft(request)) for request in range(50)}) > 5


def test_in_every_round_each_team_picks_its_best_item_that_is_left() -> None:
    for request in range(200):
        drafted = _draft(request, 12)
        for first in range(0, 6, 2):
            assert {item["variant"] for item in drafted[first : first + 2]} == {"one", "two"}
        for team, wanted in (("one", LIST), ("two", OTHER)):
            own = [item["itemId"] for item in drafted if item["variant"] == team]
            assert own == [item["itemId"] for item in wanted if item["itemId"] in own]


def test_both_teams_begin_equally_often() -> None:
    firsts = sum(_draft(request)[0]["variant"] == "one" for request in range(5_000))
    assert binomtest(firsts, 5_000).pvalue > 0.001


def test_a_team_without_items_leaves_the_list_to_the_other() -> None:
    assert team_draft({"one": [], "two": OTHER}, 3, "s", "r") == [{**item, "variant": "two"} for item in OTHER[:3]]
