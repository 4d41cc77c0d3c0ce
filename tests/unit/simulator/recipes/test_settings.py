"""What each hyperparameter of the service does here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.simulator.featurization import keep_percentiles
from tastemaker.simulator.recipes.affinity import AffinityRecipe
from tastemaker.simulator.recipes.base import MetadataTable
from tastemaker.simulator.recipes.factors import build_factors, reduce_vectors
from tastemaker.simulator.recipes.fitting import SETTINGS
from tastemaker.simulator.recipes.personalization import PersonalizationModel, PersonalizationRecipe
from tastemaker.simulator.recipes.settings import build_settings
from tastemaker.simulator.recipes.similar_items import SimilarItemsRecipe
from tests.support.recipe_data import build_input, build_table
from tests.support.recipes import START, ask, best, checkerboard

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, Model, TrainingInput

DAY = 86_400


def train(data: TrainingInput, **hyperparameters: str) -> Model:
    return PersonalizationRecipe().train(replace(data, hyperparameters=hyperparameters))


def fashion() -> TrainingInput:
    """100 users took old hits a year ago, 20 users took new ones today; everybody has five items of ten."""
    rows = [(f"a{u:03}", f"old{(u + k) % 10}", START + u + 10 * k) for u in range(100) for k in range(5)]
    late = START + 365 * DAY
    rows += [(f"b{u:03}", f"new{(u + k) % 10}", late + u + 10 * k) for u in range(20) for k in range(5)]
    return build_input(rows)


def test_defaults_change_nothing() -> None:
    assert build_settings({}) == SETTINGS
    assert build_settings({"apply_recency_bias": "true"}) == SETTINGS
    assert build_settings({"bptt": "32", "recency_mask": "true"}) == SETTINGS


def test_bptt_is_how_far_an_item_reaches() -> None:
    assert (build_settings({"bptt": "4"}).window, build_settings({"bptt": "4"}).transition_window) == (4, 4)
    assert (build_settings({"bptt": "16"}).window, build_settings({"bptt": "16"}).transition_window) == (16, 8)


def test_a_short_bptt_forgets_what_is_far_apart() -> None:
    # "far" follows "start" after ten others, which no two users share
    rows = [
        (f"u{u:02}", item, START + 1000 * u + place)
        for u in range(60)
        for place, item in enumerate(["start", *(f"x{u % 12}{k}" for k in range(10)), "far"])
    ]
    far, near = (train(build_input(rows), bptt=bptt) for bptt in ("32", "2"))
    assert follows(far, "start", "far") > 0.01
    assert follows(near, "start", "far") < 0.001


def follows(model: Model, earlier: str, later: str) -> float:
    """How much one item leads to another in the transition part."""
    assert isinstance(model, PersonalizationModel)
    row, column = np.searchsorted(model.item_ids, np.array([earlier, later], object))
    assert "session" in [name for name, _ in model.engine.layers[0].signals]  # the first layer of the table
    return float(model.engine.table[row, column])


def cold(model: Model) -> list[str]:
    return best(model, ask(model, [], now=START + 366 * DAY), 10)


@pytest.mark.parametrize("name", ["recency_mask", "apply_recency_bias"])
def test_without_recency_a_cold_user_gets_what_was_popular_over_all_time(name: str) -> None:
    assert {item[:3] for item in cold(train(fashion()))} == {"new"}
    assert {item[:3] for item in cold(train(fashion(), **{name: "false"}))} == {"old"}


def test_without_recency_bias_the_order_of_the_history_does_not_matter() -> None:
    there, back = ["i00", "i02", "i05", "i07"], ["i07", "i05", "i02", "i00"]
    biased, even = train(checkerboard()), train(checkerboard(), apply_recency_bias="false")
    assert not np.allclose(ask(biased, there), ask(biased, back), atol=1e-3)
    assert np.allclose(ask(even, there), ask(even, back), atol=1e-3)


def test_hidden_dimension_is_the_rank_of_a_factor_part() -> None:
    plain, small, large = (
        train(checkerboard(), **given) for given in ({}, {"hidden_dimension": "32"}, {"hidden_dimension": "39"})
    )
    answers = [ask(model, ["i00", "i02", "i04"]) for model in (plain, small, large)]
    assert not np.array_equal(answers[0], answers[1])
    assert not np.array_equal(answers[1], answers[2])
    assert {int(item[1:]) % 2 for item in best(small, answers[1], 10)} == {0}


def test_a_loaded_factor_part_answers_the_same_and_takes_in_new_items(tmp_path: Path) -> None:
    model = PersonalizationRecipe().train(replace(checkerboard(), hyperparameters={"hidden_dimension": "32"}))
    assert "factors" in model.engine.names
    model.save(tmp_path)
    loaded = PersonalizationRecipe().load(tmp_path)
    history = ["i00", "i02", "i04"]
    assert np.array_equal(ask(loaded, history), ask(model, history))
    larger = loaded.extended(np.sort(np.append(model.item_ids, "new")), None)
    answer = best(larger, ask(larger, history), 10)
    assert {int(item[1:]) % 2 for item in answer} == {0}


def test_segments_have_a_factor_part_too() -> None:
    plain, factored = (
        AffinityRecipe().train(replace(checkerboard(), hyperparameters=given))
        for given in ({}, {"hidden_dimension": "32"})
    )
    wanted = np.array([0], np.int32)
    before, after = plain.user_affinity(wanted), factored.user_affinity(wanted)
    assert not np.array_equal(before, after)
    # even users take even items
    assert min(after[0::2]) > max(after[1::2])


def items_of_blocks() -> MetadataTable:
    ids = np.array([f"i{i:02}" for i in range(40)], object)
    words = np.array(
        [f"{'red' if i % 2 else 'blue'} {'round' if i % 3 else 'square'} thing" for i in range(40)], object
    )
    return MetadataTable(ids, {"TEXT": words}, textual=frozenset({"TEXT"}))


@pytest.mark.parametrize("name", ["item_id_hidden_dim", "item_metadata_hidden_dim"])
def test_the_ranks_of_similar_items_change_its_scores(name: str) -> None:
    data = replace(checkerboard(), items=items_of_blocks())
    plain = SimilarItemsRecipe().train(data)
    ranked = SimilarItemsRecipe().train(replace(data, hyperparameters={name: "2"}))
    assert not np.array_equal(ask(plain, [], "i03"), ask(ranked, [], "i03"))
    assert {int(item[1:]) % 2 for item in best(ranked, ask(ranked, [], "i03"), 10)} == {1}


def test_factors_of_full_rank_are_the_whole_and_those_of_rank_one_a_line() -> None:
    rng = np.random.default_rng(3)
    taken = (rng.random((200, 12)) < 0.3).astype(np.float32)
    whole = taken.T @ taken
    one = build_factors(whole, 1)
    assert np.array_equal(one.diagonal(), np.zeros(12))
    assert np.allclose(one * one.T, one * one.T, atol=1e-6)
    assert np.linalg.matrix_rank(one + np.diag(line_diagonal(one)), tol=1e-3) == 1
    assert np.array_equal(build_factors(whole, 3), build_factors(whole, 3))


def line_diagonal(matrix: FloatArray) -> FloatArray:
    """What stood on the diagonal of a matrix of rank one: m[i, j] m[k, i] / m[k, j]."""
    first, second = [(1, 2) if i == 0 else (0, 2) if i == 1 else (0, 1) for i in range(len(matrix))], range(len(matrix))
    values: FloatArray = np.array(
        [matrix[i, j] * matrix[k, i] / matrix[k, j] for (j, k), i in zip(first, second, strict=True)], np.float32
    )
    return values


def test_nothing_to_reduce_stays_as_it_is() -> None:
    assert reduce_vectors(None, 3) is None


def lengths(parameters: dict[str, str]) -> list[int]:
    """Users with 1, 2 … 10 interactions: how many each has left."""
    table = build_table([(f"u{user}", f"i{k}", START + k) for user in range(10) for k in range(user + 1)])
    kept = keep_percentiles(table, parameters)
    assert kept.user_ids.size == 10
    assert kept.item_ids.size == 10
    return [int(count) for count in np.bincount(kept.user, minlength=10)]


def test_users_outside_the_percentiles_of_history_length_are_not_trained_on() -> None:
    assert lengths({}) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert lengths({"max_user_history_length_percentile": "0.9"}) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
    assert lengths({"min_user_history_length_percentile": "0.5"}) == [0, 0, 0, 0, 0, 6, 7, 8, 9, 10]


def test_items_outside_the_percentiles_of_interactions_are_not_trained_on() -> None:
    # item i0 has ten interactions, i9 one
    assert lengths({"max_item_interaction_count_percentile": "0.9"}) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_where_all_are_equal_no_percentile_leaves_anybody_out() -> None:
    table = build_table([(f"u{user}", f"i{k}", START + k) for user in range(10) for k in range(3)])
    both = {"min_user_history_length_percentile": "0.4", "max_user_history_length_percentile": "0.6"}
    assert keep_percentiles(table, both) is table
