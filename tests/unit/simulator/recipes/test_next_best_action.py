"""Next-Best-Action: what counts as an answer, when an action has a propensity, and what the model is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.simulator.recipes.action_examples import build_examples, find_scored, read_events
from tastemaker.simulator.recipes.base import ActionHistory, MetadataTable, Request, TrainingFailedError, TrainingInput
from tastemaker.simulator.recipes.logistic import area_under_curve, fit_logistic
from tastemaker.simulator.recipes.next_best_action import NextBestActionModel, NextBestActionRecipe
from tests.support.planted_actions import DAY, START, build_actions, plant
from tests.support.recipe_data import build_input

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray
    from tests.support.planted_actions import Planted

pytestmark = pytest.mark.xdist_group("planted actions")  # one model for all of them

METRICS = {
    "coverage",
    "normalized_discounted_cumulative_gain_at_5",
    "normalized_discounted_cumulative_gain_at_10",
    "normalized_discounted_cumulative_gain_at_25",
    "precision",
    "recall",
    "area_under_curve",
}
NOW = START + 80 * DAY
TAKEN, NOT_TAKEN, VIEWED = range(3)


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant()


@pytest.fixture(scope="module")
def model(planted: Planted) -> NextBestActionModel:
    return NextBestActionRecipe().train(planted.data)


def ask(
    model: NextBestActionModel,
    items: tuple[str, ...] = (),
    done: tuple[tuple[str, int], ...] = (),
    user: str = "nobody",
) -> FloatArray:
    """Propensities of a user whose events happened one a day before `NOW`."""
    codes = np.searchsorted(model.taste_ids, np.array(items, object)).astype(np.int32)
    actions = np.searchsorted(model.item_ids, np.array([action for action, _ in done], object)).astype(np.int32)
    history = ActionHistory(actions, np.array([kind for _, kind in done], np.int32), days(len(done)))
    return model.score(Request(codes, days(len(items)), NOW, user_id=user, actions=history))


def days(count: int) -> np.ndarray:
    return NOW - DAY * np.arange(count, 0, -1, dtype=np.int64)


def examples(rows: list[tuple[str, int]], period_days: int = 14) -> list[tuple[int, float]]:
    """Day and label of each question about one action of one user, whose events come as (type, day)."""
    table = build_actions(("u", "a", kind, START + day * DAY) for kind, day in rows)
    events = read_events(table, np.array(["u"], object), np.array(["a"], object))
    found = build_examples(events, period_days * DAY)
    return [(int(time - START) // DAY, float(label)) for time, label in zip(found.times, found.labels, strict=True)]


def test_an_action_that_is_shown_and_taken_within_the_period_is_a_yes() -> None:
    assert examples([("VIEWED", 0), ("TAKEN", 14)]) == [(0, 1.0)]


def test_one_that_is_taken_later_is_a_no_and_a_yes() -> None:
    assert examples([("VIEWED", 0), ("TAKEN", 15)]) == [(0, 0.0), (15, 1.0)]


def test_the_period_is_a_parameter() -> None:
    assert examples([("VIEWED", 0), ("TAKEN", 15)], period_days=28) == [(0, 1.0)]


def test_one_that_is_never_taken_is_a_no_each_time() -> None:
    assert examples([("NOT_TAKEN", 0), ("VIEWED", 3)]) == [(0, 0.0), (3, 0.0)]


def test_a_showing_and_its_answer_at_one_moment_are_one_question() -> None:
    assert examples([("TAKEN", 5), ("VIEWED", 5)]) == [(5, 1.0)]


@pytest.mark.parametrize(("taken", "other", "scored"), [(50, 50, [0]), (49, 50, []), (50, 49, []), (200, 0, [])])
def test_an_action_needs_fifty_of_both_answers(taken: int, other: int, scored: list[int]) -> None:
    rows = [(f"u{n}", "a", "TAKEN", START + n) for n in range(taken)]
    rows += [(f"v{n}", "a", "NOT_TAKEN" if n % 2 else "VIEWED", START + n) for n in range(other)]
    table = build_actions(rows)
    assert find_scored(read_events(table, table.user_ids, table.item_ids), 1).tolist() == scored


def test_answers_from_more_than_six_weeks_before_the_newest_do_not_count() -> None:
    rows = [(f"u{n}", "a", kind, START + n) for n in range(60) for kind in ("TAKEN", "VIEWED")]
    table = build_actions([*rows, ("w", "b", "VIEWED", START + 43 * DAY)])
    assert find_scored(read_events(table, table.user_ids, table.item_ids), 2).tolist() == []


def test_event_types_are_read_in_every_spelling_of_the_guide() -> None:
    table = build_actions([("u", "a", "TAKEN", START), ("u", "a", "NOT_TAKEN", START + 1)])
    spelt = replace(table, event_types=("taken", "Not Taken", "Viewed"))
    assert read_events(spelt, table.user_ids, table.item_ids).kinds.tolist() == [TAKEN, NOT_TAKEN]


def test_without_action_interactions_every_propensity_is_zero(planted: Planted) -> None:
    model = NextBestActionRecipe().train(replace(planted.data, action_interactions=build_actions([])))
    assert ask(model, ("i00",)).tolist() == [0.0] * 6
    assert set(model.metrics) == METRICS


def test_propensities_lie_between_0_and_1_and_do_not_sum_to_1(model: NextBestActionModel) -> None:
    scores = ask(model, ("i00", "i04"))
    assert scores.dtype == np.dtype(np.float32)
    assert scores.min() > 0
    assert scores.max() < 1
    assert abs(float(scores.sum()) - 1.0) > 0.1


def test_metrics_have_the_names_of_the_service(model: NextBestActionModel) -> None:
    assert set(model.metrics) == METRICS
    assert model.metrics["area_under_curve"] >= 0.75
    assert model.metrics["coverage"] == 1.0


def test_an_item_event_changes_the_propensities(model: NextBestActionModel) -> None:
    assert not np.array_equal(ask(model, ("i00", "i04")), ask(model, ("i00", "i04", "i01")))


def test_an_action_event_changes_the_propensities(model: NextBestActionModel) -> None:
    refused = ask(model, ("i00",), (("a00", NOT_TAKEN), ("a00", NOT_TAKEN)))
    assert not np.array_equal(ask(model, ("i00",)), refused)


def test_a_users_metadata_count_and_an_unknown_user_is_answered(model: NextBestActionModel) -> None:
    assert not np.array_equal(ask(model, ("i00",), user="u0000"), ask(model, ("i00",)))
    assert np.isfinite(ask(model, user="nobody at all")).all()


def test_same_seed_same_model_bit_for_bit(planted: Planted, model: NextBestActionModel) -> None:
    again = NextBestActionRecipe().train(planted.data)
    assert np.array_equal(ask(again, ("i00", "i05"), user="u0001"), ask(model, ("i00", "i05"), user="u0001"))
    assert again.metrics == model.metrics


def test_a_saved_and_loaded_model_answers_the_same(model: NextBestActionModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    loaded = NextBestActionRecipe().load(tmp_path)
    done = (("a02", VIEWED), ("a03", TAKEN))
    assert np.array_equal(ask(loaded, ("i00", "i05"), done, "u0001"), ask(model, ("i00", "i05"), done, "u0001"))
    assert loaded.metrics == model.metrics
    assert isinstance(loaded.weights.table, np.memmap)


def test_a_new_action_joins_without_a_propensity_and_changes_no_other(model: NextBestActionModel) -> None:
    ids = np.array(["a00", "a005", *model.item_ids[1:]], object)
    extended = model.extended(ids, None)
    done = (("a03", TAKEN), ("a01", NOT_TAKEN))
    scores = ask(extended, ("i00",), (("a005", VIEWED), *done))
    assert scores[1] == 0.0
    assert np.array_equal(np.delete(scores, 1), ask(model, ("i00",), done))


def test_hold_out_metrics_do_not_see_the_held_out_users(planted: Planted) -> None:
    # labels drawn by a coin cannot be predicted: only a leak would lift the area above chance
    table = planted.data.action_interactions
    assert table is not None
    coin = np.random.default_rng(9).integers(0, 2, table.event_type.size).astype(np.int32)
    days_apart = replace(table, event_type=coin, timestamp=START + np.arange(coin.size) * DAY)
    model = NextBestActionRecipe().train(replace(planted.data, action_interactions=days_apart))
    assert model.metrics["area_under_curve"] <= 0.6


def test_of_more_than_a_thousand_actions_the_newest_and_those_met_last_are_considered() -> None:
    ids = np.array([f"a{n:04}" for n in range(1_002)], object)
    born = np.full(1_002, float(START))
    born[0] = born[1] = START - DAY
    actions = MetadataTable(ids, {"CREATION_TIMESTAMP": born})
    met = build_actions([("u", "a0000", "VIEWED", START + DAY)])
    data = build_input([("u", "i", START)])
    model = NextBestActionRecipe().train(replace(data, actions=actions, action_interactions=met))
    assert model.item_ids.size == 1_000
    assert model.item_ids[:2].tolist() == ["a0000", "a0002"]


def _odd(planted: Planted, kind: str) -> TrainingInput:
    data, table = planted.data, planted.data.action_interactions
    assert table is not None
    assert data.users is not None
    if kind == "only taken":
        return replace(data, action_interactions=replace(table, event_type=np.zeros_like(table.event_type)))
    if kind == "never taken":
        return replace(data, action_interactions=replace(table, event_type=np.full_like(table.event_type, VIEWED)))
    if kind == "constant timestamps":
        return replace(data, action_interactions=replace(table, timestamp=np.full_like(table.timestamp, START)))
    if kind == "NaN and null metadata":
        nothing = {"AGE": np.full(600, np.nan), "PLAN": np.full(600, None, object)}
        return replace(data, users=replace(data.users, columns=nothing))
    if kind == "an unknown event type":
        return replace(data, action_interactions=replace(table, event_types=("CLICKED", "NOT_TAKEN", "VIEWED")))
    if kind == "no metadata":
        return replace(data, users=None, items=None)
    if kind == "actions that nobody met":
        return replace(data, actions=MetadataTable(np.array(["x", "y"], object), {}))
    return replace(data, interactions=build_input([("stranger", "i00", START)]).interactions)


@pytest.mark.parametrize(
    "kind",
    [
        "only taken",
        "never taken",
        "constant timestamps",
        "NaN and null metadata",
        "an unknown event type",
        "no metadata",
        "actions that nobody met",
        "users without items",
    ],
)
def test_odd_data_trains(planted: Planted, kind: str) -> None:
    model = NextBestActionRecipe().train(_odd(planted, kind))
    scores = ask(model, ("i00",), user="u0000")
    assert scores.size == model.item_ids.size
    assert np.isfinite(scores).all()
    assert all(np.isfinite(value) for value in model.metrics.values())


def test_without_actions_the_training_fails_with_a_reason() -> None:
    with pytest.raises(TrainingFailedError, match="Dataset of type ACTIONS is empty"):
        NextBestActionRecipe().train(build_input([("u", "i", START)]))


def test_the_area_under_the_curve_counts_pairs_in_the_right_order() -> None:
    # positives 0.9 and 0.5, negatives 0.5 and 0.1: three of the four pairs are right, one is a tie
    assert area_under_curve(np.array([0.9, 0.5, 0.5, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])) == 0.875
    assert area_under_curve(np.array([0.9, 0.5]), np.array([1.0, 1.0])) is None


def test_the_logistic_fit_finds_the_share_of_yes() -> None:
    from scipy import sparse

    labels = np.repeat([1.0, 0.0], [3_000, 1_000])
    _, intercept = fit_logistic(sparse.csr_array((4_000, 1)), labels, np.zeros(4_000), 1.0)
    assert intercept == pytest.approx(np.log(3), abs=1e-3)
