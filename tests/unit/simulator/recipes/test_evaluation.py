from __future__ import annotations

import numpy as np
import pytest

from tastemaker.simulator.recipes.evaluation import (
    hold_out_users,
    rank_new_items,
    split_documented,
    split_global,
    split_last_event,
    split_share,
)
from tastemaker.simulator.recipes.histories import Histories, Moments


def histories(*users: list[int]) -> Histories:
    """One list of items per user; the event at place p of every user happens at second 10 * p."""
    lengths = [len(items) for items in users]
    return Histories(
        np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        np.array([item for items in users for item in items], np.int32),
        np.array([10 * place for items in users for place in range(len(items))], np.int64),
    )


class FixedScorer:
    def __init__(self, scores: list[float]) -> None:
        self.scores = np.array(scores, np.float32)

    def score_batch(self, moments: Moments) -> np.ndarray:
        return np.tile(self.scores, (moments.histories.users, 1))


@pytest.mark.parametrize(("events", "truth"), [(2, 1), (9, 1), (10, 1), (11, 2), (20, 2), (21, 3)])
def test_the_newest_tenth_is_the_truth(events: int, truth: int) -> None:
    split = split_documented(histories(list(range(events))), 30)
    assert split.truth_items.tolist() == list(range(events - truth, events))
    assert split.moments.histories.items.tolist() == list(range(events - truth))


def test_items_of_the_input_are_no_truth_and_such_users_are_not_judged() -> None:
    split = split_documented(histories([1, 2, 1], [3, 4]), 10)
    assert split.moments.histories.users == 1
    assert (split.truth_rows.tolist(), split.truth_items.tolist()) == ([0], [4])


def test_users_with_one_event_are_not_judged() -> None:
    assert split_documented(histories([1], [2]), 10).moments.histories.users == 0


def test_now_is_the_newest_input_event() -> None:
    assert split_documented(histories([1, 2, 3]), 10).moments.now.tolist() == [10]


def test_an_earlier_cut_has_a_truth_in_proportion() -> None:
    split = split_share(histories(list(range(20))), 30, 0.5)
    assert split.moments.histories.items.tolist() == list(range(10))
    assert split.truth_items.tolist() == [10, 11]


def test_leave_one_out_trains_without_the_last_event() -> None:
    training, split = split_last_event(histories([1, 2, 3], [4]), 10)
    assert training.items.tolist() == [1, 2]
    assert split.truth_items.tolist() == [3]


def test_the_global_cut_hides_the_future_of_everybody() -> None:
    training, split = split_global(histories([1, 2, 3, 4, 5], [6, 7, 8, 9]), 10, quantile=0.6)
    assert training.times.max() == 20
    assert split.moments.now.tolist() == [20, 20]
    assert split.truth_items.tolist() == [4, 5, 9]


def test_held_out_users_follow_the_seed() -> None:
    kept, held_out = hold_out_users(50, 0.1, seed=3)
    assert held_out.size == 5
    assert np.array_equal(np.sort(np.concatenate((kept, held_out))), np.arange(50))
    assert np.array_equal(hold_out_users(50, 0.1, seed=3)[1], held_out)
    assert not np.array_equal(hold_out_users(50, 0.1, seed=4)[1], held_out)


def test_ranking_leaves_out_the_history_and_breaks_ties_by_code() -> None:
    split = split_documented(histories([1, 4]), 5)
    ranked = rank_new_items(FixedScorer([1, 9, 1, 2, -np.inf]), split.moments, 5, depth=4)
    assert ranked.tolist() == [[3, 0, 2, -1]]
