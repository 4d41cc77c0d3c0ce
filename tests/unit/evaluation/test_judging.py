from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.evaluation.judging import Asked, Catalogue, Judged, join_judged, judge
from tastemaker.evaluation.report import build_difference, build_report

CATALOGUE = Catalogue(np.array([9, 5, 5, 1, 0, 0]), np.array([True, True, True, True, True, False]))


def judged(lists: list[list[int]], truth: list[list[int]], catalogue: Catalogue = CATALOGUE) -> Judged:
    ranked = np.full((len(lists), 6), -1, np.int32)
    for row, items in enumerate(lists):
        ranked[row, : len(items)] = items
    rows = [row for row, items in enumerate(truth) for _ in items]
    codes = np.array([item for items in truth for item in items], np.int32)
    return judge(ranked, Asked(np.arange(1, len(lists) + 1), np.array(rows, np.int64), codes), catalogue)


def test_hits_at_ranks_two_and_five_have_the_published_values() -> None:
    values = judged([[0, 3, 1, 2, 4]], [[3, 4]]).per_user
    assert values["mean_reciprocal_rank_at_25"][0] == 0.5
    assert round(values["normalized_discounted_cumulative_gain_at_5"][0], 4) == 0.6241
    assert values["precision_at_5"][0] == 0.4
    assert values["recall_at_5"][0] == 1.0
    assert values["hit_rate_at_5"][0] == 1.0


def test_recall_counts_all_true_items_also_where_they_are_more_than_places() -> None:
    values = judged([[0]], [[0, 1, 2, 3]]).per_user
    assert values["recall_at_25"][0] == 0.25


def test_a_user_without_a_list_counts_as_nothing_found() -> None:
    values = judged([[], [3]], [[0], [3]]).per_user
    assert values["hit_rate_at_10"].tolist() == [0.0, 1.0]
    assert math.isnan(values["popularity_at_10"][0])


def test_coverage_counts_recommendable_items_only() -> None:
    assert judged([[0, 5], [0, 1]], [[0], [1]]).whole["coverage"] == 2 / 5


def test_popularity_is_the_mean_of_the_listed_items() -> None:
    values = judged([[0, 3]], [[0]]).per_user
    assert values["popularity_at_10"][0] == 5.0
    # item 0 is above the four others and half of itself, item 3 above one and half of itself, of five
    assert values["popularity_percentile_at_10"][0] == pytest.approx((4.5 + 1.5) / 2 / 5)


def test_the_same_list_for_everybody_is_unequal_and_all_items_alike_are_equal() -> None:
    name = "gini_of_exposure_at_10"
    assert judged([[0], [0], [0]], [[1], [1], [1]]).whole[name] == pytest.approx(0.8)
    assert judged([[0, 1, 2, 3, 4]], [[0]]).whole[name] == 0.0


def test_folds_join_requests_and_average_what_is_of_the_whole() -> None:
    joined = join_judged([judged([[0]], [[0]]), judged([[1, 2]], [[0]])])
    assert (joined.requests, joined.users) == (2, 1)
    assert joined.per_user["hit_rate_at_5"].tolist() == [1.0, 0.0]
    assert joined.whole["coverage"] == pytest.approx((1 / 5 + 2 / 5) / 2)


def test_slices_tell_short_histories_and_cold_items_apart() -> None:
    report = build_report(judged([[0]] * 5, [[0], [0], [4], [3], [0, 5]]), seed=0)
    assert [(part["from"], part["to"], part["users"]) for part in report["users_by_input_length"]] == [
        (1, 4, 4),
        (5, 19, 1),
    ]
    slices = report["truth_by_item_interactions"]
    assert [(part["from"], part["pairs"], part["found_at_25"]["value"]) for part in slices] == [
        (0, 2, 0.0),
        (1, 1, 0.0),
        (5, 3, 1.0),
    ]


def test_what_is_found_of_a_slice_has_the_interval_of_its_users() -> None:
    """Forty users with two cold items each, of whom ten find both: the share is that of users, not of pairs."""
    one = judged([[4, 5] if user < 10 else [0] for user in range(40)], [[4, 5]] * 40)
    (cold,) = build_report(one, seed=0)["truth_by_item_interactions"]
    error = math.sqrt(0.25 * 0.75 / 40)
    found = cold["found_at_25"]
    assert (cold["pairs"], cold["users"], found["value"]) == (80, 40, 0.25)
    assert (found["high"] - found["low"]) / error == pytest.approx(2 * 1.96, abs=0.5)


def test_true_items_stay_with_their_users_when_folds_are_joined() -> None:
    joined = join_judged([judged([[0]], [[0, 1]]), judged([[1], [2]], [[0], [3, 4]])])
    assert joined.pair_rows.tolist() == [0, 0, 1, 2, 2]


def test_users_are_numbered_in_the_order_in_which_they_first_ask() -> None:
    ids = np.array(["z", "a", "z", "b"], object)
    found = replace(judged([[0]] * 4, [[0]] * 4), user_ids=ids)
    assert found.people.tolist() == [0, 1, 0, 2]
    assert (found.users, found.requests) == (3, 4)


def test_the_truth_of_the_data_is_what_lists_are_held_against() -> None:
    data = judged([[0], [0]], [[0], [3]]).data
    assert data["popularity_of_truth"] == (9 + 1) / 2
    assert data["popularity_percentile_of_truth"] == pytest.approx((4.5 + 1.5) / 2 / 5)
    # five items with 0, 1, 5, 5, 9 interactions: (-4*0 - 2*1 + 0*5 + 2*5 + 4*9) / (5 * 20)
    assert data["gini_of_interactions"] == pytest.approx(0.44)


def test_items_are_new_by_days_since_their_first_interaction() -> None:
    one = judged([[0, 1]] * 4, [[0], [1], [3], [4]])
    day = 86_400
    ages = np.array([7 * day - 1, 7 * day, 400 * day, -1])
    slices = build_report(replace(one, pair_ages=ages), seed=0)["truth_by_item_age_in_days"]
    assert [(part["from"], part["to"], part["pairs"], part["found_at_25"]["value"]) for part in slices] == [
        (-1, -1, 1, 0.0),
        (0, 6, 1, 1.0),
        (7, 29, 1, 1.0),
        (30, None, 1, 0.0),
    ]
    assert "truth_by_item_age_in_days" not in build_report(one, seed=0)


def test_a_difference_to_itself_is_nothing() -> None:
    one = judged([[0], [1]], [[0], [0]])
    assert build_difference(one, one, 0)["hit_rate_at_5"] == {"value": 0.0, "low": 0.0, "high": 0.0}


@st.composite
def lists_and_truths(draw: st.DrawFn) -> tuple[list[list[int]], list[list[int]]]:
    users = draw(st.integers(1, 4))
    items = st.lists(st.integers(0, 5), unique=True, max_size=6)
    truths = st.lists(st.integers(0, 5), unique=True, min_size=1, max_size=6)
    return [draw(items) for _ in range(users)], [draw(truths) for _ in range(users)]


@given(lists_and_truths())
@settings(max_examples=60, deadline=None)
def test_every_metric_equals_the_definition_written_out(case: tuple[list[list[int]], list[list[int]]]) -> None:
    lists, truths = case
    values = judged(lists, truths).per_user
    for row, (listed, truth) in enumerate(zip(lists, truths, strict=True)):
        ranks = [rank for rank, item in enumerate(listed, 1) if item in truth]
        assert values["mean_reciprocal_rank_at_25"][row] == (1 / ranks[0] if ranks else 0)
        for k in (5, 10, 25):
            found = [rank for rank in ranks if rank <= k]
            ideal = sum(1 / math.log2(1 + rank) for rank in range(1, min(k, len(truth)) + 1))
            gain = sum(1 / math.log2(1 + rank) for rank in found)
            assert values[f"normalized_discounted_cumulative_gain_at_{k}"][row] == pytest.approx(gain / ideal)
            assert values[f"precision_at_{k}"][row] == pytest.approx(len(found) / k)
            assert values[f"recall_at_{k}"][row] == pytest.approx(len(found) / len(truth))
            assert values[f"hit_rate_at_{k}"][row] == float(bool(found))
