from __future__ import annotations

import numpy as np
import pytest

from tastemaker.simulator.metrics import mark_hits, measure, ndcg_at, precision_at, reciprocal_rank


def ranked(*lists: list[int]) -> np.ndarray:
    return np.array(lists, np.int32)


def test_the_check_value_of_the_developer_guide_holds() -> None:
    hits = mark_hits(ranked([9, 1, 8, 7, 2]), np.array([0, 0]), np.array([1, 2], np.int32), 10)
    assert reciprocal_rank(hits).tolist() == [0.5]
    assert round(float(ndcg_at(hits, np.array([2]), 5)[0]), 4) == 0.6241
    assert precision_at(hits, 5).tolist() == [0.4]


def test_no_hit_counts_zero_everywhere() -> None:
    metrics = measure(ranked([1, 2, 3]), np.array([0]), np.array([7], np.int32), 10)
    assert {name: value for name, value in metrics.items() if name != "coverage"} == dict.fromkeys(
        (
            "mean_reciprocal_rank_at_25",
            "normalized_discounted_cumulative_gain_at_5",
            "normalized_discounted_cumulative_gain_at_10",
            "normalized_discounted_cumulative_gain_at_25",
            "precision_at_5",
            "precision_at_10",
            "precision_at_25",
        ),
        0.0,
    )


def test_coverage_is_the_share_of_the_catalogue_that_is_shown() -> None:
    metrics = measure(ranked([1, 2], [2, -1]), np.array([0, 1]), np.array([1, 2], np.int32), 8)
    assert metrics["coverage"] == 0.25


def test_the_ideal_order_has_no_more_places_than_k() -> None:
    hits = mark_hits(ranked([0, 1, 2, 3, 4]), np.zeros(9, int), np.arange(9, dtype=np.int32), 10)
    assert ndcg_at(hits, np.array([9]), 5)[0] == pytest.approx(1.0)


def test_padding_is_never_a_hit() -> None:
    hits = mark_hits(ranked([-1, 3], [-1, -1]), np.array([0]), np.array([9], np.int32), 10)
    assert hits.tolist() == [[False, False], [False, False]]


def test_nobody_to_judge_gives_zeros() -> None:
    metrics = measure(np.empty((0, 25), np.int32), np.empty(0, int), np.empty(0, np.int32), 10)
    assert set(metrics.values()) == {0.0}
