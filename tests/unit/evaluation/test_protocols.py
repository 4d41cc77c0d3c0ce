from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.evaluation.protocols import PROTOCOLS, Case, Protocol, build_cases, join_catalogue
from tastemaker.simulator.recipes.base import InteractionTable, MetadataTable, TrainingInput
from tastemaker.simulator.recipes.histories import Moments
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tastemaker.simulator.recipes.popularity_count import PopularityCountRecipe
from tastemaker.simulator.recipes.similar_items import SimilarItemsRecipe
from tastemaker.simulator.training import take_rows
from tests.support.recipe_data import build_table

if TYPE_CHECKING:
    from collections.abc import Callable

USERS, EVENTS, ITEMS = 40, 20, 30


def shop() -> InteractionTable:
    """Users walk through neighbouring items; no two events of a user are simultaneous."""
    rng = np.random.default_rng(4)
    return build_table(
        (f"u{user:02}", f"i{(7 * user + place + int(rng.integers(0, 3))) % ITEMS:02}", 1000 * place + user)
        for user in range(USERS)
        for place in range(EVENTS)
    )


def cases(table: InteractionTable, protocol: str, **rules: object) -> list[Case]:
    return list(build_cases(table, table.item_ids, Protocol(protocol, **rules)))  # type: ignore[arg-type]


def pairs(table: InteractionTable, case: Case) -> set[tuple[str, str]]:
    """The truth as (user id, item id)."""
    split = case.split
    users, items = case.user_ids[split.truth_rows], table.item_ids[split.truth_items]
    return set(zip(users, items, strict=True))


def rows(table: InteractionTable, mask: np.ndarray) -> list[tuple[str, str, int]]:
    users, items = table.user_ids[table.user[mask]], table.item_ids[table.item[mask]]
    return list(zip(users, items, table.timestamp[mask].tolist(), strict=True))


def test_ten_folds_hold_out_every_user_once() -> None:
    table = shop()
    found = cases(table, "documented")
    assert [case.name for case in found] == [f"fold-{number:02}" for number in range(1, 11)]
    assert sorted(user for case in found for user in case.user_ids) == list(table.user_ids)


def test_held_out_users_are_not_in_the_training_at_all() -> None:
    table = shop()
    for case in cases(table, "documented", folds=2):
        assert not {user for user, _, _ in rows(table, case.kept)} & set(case.user_ids)


@pytest.mark.parametrize("protocol", ["loo", "global"])
def test_no_new_pair_of_the_truth_is_in_the_training(protocol: str) -> None:
    table = shop()
    (case,) = cases(table, protocol)
    assert not {(user, item) for user, item, _ in rows(table, case.kept)} & pairs(table, case)


def test_rolling_cuts_judge_each_of_the_last_tenths_of_the_events_once() -> None:
    table = shop()
    found = cases(table, "rolling", folds=3)
    assert [case.name for case in found] == ["cut-70", "cut-80", "cut-90"]
    ends = [int(np.quantile(table.timestamp, share)) for share in (0.7, 0.8, 0.9, 1.0)]
    for case, cut, end in zip(found, ends[:-1], ends[1:], strict=True):
        assert table.timestamp[case.kept].max() <= cut
        assert set(case.split.moments.now.tolist()) == {cut}
        window = rows(table, (table.timestamp > cut) & (table.timestamp <= end))
        before = {(user, item) for user, item, _ in rows(table, case.kept)}
        assert pairs(table, case) == {(user, item) for user, item, _ in window} - before


def test_the_last_of_the_rolling_cuts_is_the_global_one() -> None:
    table = shop()
    (last,), (one,) = cases(table, "rolling", folds=1), cases(table, "global")
    assert pairs(table, last) == pairs(table, one)
    assert np.array_equal(last.kept, one.kept)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_input_rows_are_the_events_of_the_inputs(protocol: str) -> None:
    table = shop()
    for case in cases(table, protocol, folds=2):
        histories = case.split.moments.histories
        assert np.array_equal(table.item[case.input_rows], histories.items)
        assert np.array_equal(table.timestamp[case.input_rows], histories.times)
        assert np.array_equal(table.user_ids[table.user[case.input_rows]], case.user_ids[histories.rows])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_only_events_of_the_wanted_type_are_truth(protocol: str) -> None:
    """One event in three is a buy; what a user also viewed after the end of a window is not bought in it."""
    plain = shop()
    bought = np.arange(plain.user.size) % 3 == 0
    table = replace(plain, event_types=("buy", "view"), event_type=np.where(bought, 0, 1).astype(np.int32))
    for whole, some in zip(cases(table, protocol, folds=2), cases(table, protocol, folds=2, truth="buy"), strict=True):
        assert np.array_equal(whole.kept, some.kept)
        inputs = np.zeros(bought.size, np.bool_)
        inputs[whole.input_rows] = True
        future = ~whole.kept & ~inputs & bought
        if protocol == "rolling":
            end = int(np.quantile(table.timestamp, (int(whole.name[4:]) + 10) / 100))
            future &= table.timestamp <= end
        did = {(user, item) for user, item, _ in rows(table, future)}
        assert pairs(table, some) == pairs(table, whole) & did
        assert set(some.user_ids) == {user for user, _ in pairs(table, some)}
        assert np.array_equal(table.item[some.input_rows], some.split.moments.histories.items)


def test_a_type_that_nobody_uses_leaves_nobody_to_judge() -> None:
    assert cases(shop(), "rolling", truth="buy") == []


def test_leave_last_out_takes_one_event_from_everybody() -> None:
    table = shop()
    (case,) = cases(table, "loo")
    hidden = rows(table, ~case.kept)
    assert len(hidden) == USERS
    assert {time // 1000 for _, _, time in hidden} == {EVENTS - 1}


def test_the_global_cut_trains_on_nothing_later_than_it() -> None:
    table = shop()
    (case,) = cases(table, "global")
    cut = case.split.moments.now[0]
    assert table.timestamp[case.kept].max() <= cut < table.timestamp[~case.kept].min()
    assert int((~case.kept).sum()) == USERS * EVENTS // 10


def test_with_repeats_what_a_user_had_before_is_truth_again() -> None:
    table = build_table([("u", "a", 1), ("u", "b", 2), ("u", "a", 3)])
    assert cases(table, "loo") == []
    (case,) = cases(table, "loo", repeats=True)
    assert pairs(table, case) == {("u", "a")}


def test_simultaneous_events_are_not_judged_in_the_order_of_their_ids() -> None:
    table = build_table((f"u{user:03}", f"i{item:02}", 0) for user in range(100) for item in range(10))
    (case,) = cases(table, "loo")
    assert len({item for _, item in pairs(table, case)}) > 5


def test_the_same_seed_gives_the_same_cases_and_another_seed_others() -> None:
    table = shop()
    first, again, other = (cases(table, "documented", folds=1, seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first.kept, again.kept)
    assert not np.array_equal(first.kept, other.kept)


def put_markers(hidden: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    return [(user, f"poison-{number}", time) for number, (user, _, time) in enumerate(hidden)]


def turn_items(hidden: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Every hidden event gets the item of the next one."""
    items = [item for _, item, _ in hidden]
    return [(user, item, time) for (user, _, time), item in zip(hidden, items[1:] + items[:1], strict=True)]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("poison", [put_markers, turn_items])
@pytest.mark.parametrize("recipe", [PersonalizationRecipe(), SimilarItemsRecipe(), PopularityCountRecipe()])
def test_a_poisoned_truth_changes_no_bit_of_the_trained_scores(
    protocol: str,
    recipe: PersonalizationRecipe | SimilarItemsRecipe | PopularityCountRecipe,
    poison: Callable[[list[tuple[str, str, int]]], list[tuple[str, str, int]]],
) -> None:
    clean = shop()
    case = cases(clean, protocol, folds=1)[0]
    bad = build_table([*rows(clean, case.kept), *poison(rows(clean, ~case.kept))])
    bad_case = cases(bad, protocol, folds=1)[0]
    items = MetadataTable(clean.item_ids, {})
    models = [
        recipe.train(TrainingInput(take_rows(table, one.kept), items, None, {}, 1))
        for table, one in ((clean, case), (bad, bad_case))
    ]
    moments = Moments(case.split.moments.histories, case.split.moments.now)
    first, second = (model.score_batch(moments) for model in models)
    assert rows(bad, ~bad_case.kept) != rows(clean, ~case.kept)
    assert first.tobytes() == second.tobytes()
    assert dict(models[0].metrics) == dict(models[1].metrics)


def test_the_catalogue_joins_interactions_and_items() -> None:
    table = build_table([("u", "b", 1)])
    assert join_catalogue(table, np.array(["a", "b"], object)).tolist() == ["a", "b"]
    assert join_catalogue(replace(table), np.empty(0, object)).tolist() == ["b"]
