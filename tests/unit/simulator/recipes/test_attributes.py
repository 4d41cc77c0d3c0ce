"""Context and users' columns, on data in which they are planted."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.simulator.recipes.attribute_columns import build_columns
from tastemaker.simulator.recipes.attributes import build_ratios
from tastemaker.simulator.recipes.base import MetadataTable, Request, TrainingInput
from tastemaker.simulator.recipes.histories import Histories, Moments
from tastemaker.simulator.recipes.personalization import PersonalizationModel, PersonalizationRecipe
from tests.support.recipe_data import build_table
from tests.support.recipes import START, best

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, InteractionTable

USERS, EVENTS, ITEMS = 200, 12, 40
NOW = START + 10_000_000


@cache
def planted() -> InteractionTable:
    """On the phone users take p items, on television t items, both at random; a column of noise goes along."""
    rng = np.random.default_rng(5)
    rows, devices = [], {}
    for user in range(USERS):
        for place in range(EVENTS):
            device = "phone" if rng.random() < 0.5 else "tv"
            item = f"{device[0]}{rng.integers(ITEMS // 2):02}"
            rows.append((f"u{user:03}", item, START + 1000 * user + 10 * place))
            devices[rows[-1][2]] = device
    table = build_table(rows)
    where = np.array([devices[time] for time in table.timestamp.tolist()], object)
    noise = np.array([f"n{number}" for number in rng.integers(3, size=where.size)], object)
    return replace(table, context={"DEVICE": where, "NOISE": noise})


def training(table: InteractionTable, users: MetadataTable | None = None) -> TrainingInput:
    return TrainingInput(table, None, users, {}, 7)


@cache
def contextual() -> PersonalizationModel:
    return PersonalizationRecipe().train(training(planted()))


@cache
def plain() -> PersonalizationModel:
    return PersonalizationRecipe().train(training(replace(planted(), context={})))


def scores(
    model: PersonalizationModel, history: list[str], context: Mapping[str, str], user_id: str | None = None
) -> FloatArray:
    codes = np.searchsorted(model.item_ids, np.array(history, object)).astype(np.int32)
    times = np.arange(len(history), dtype=np.int64) + NOW - 100
    return model.score(Request(codes, times, NOW, user_id=user_id, context=context))


def kinds(model: PersonalizationModel, given: FloatArray, wanted: int = 10) -> set[str]:
    return {item[0] for item in best(model, given, wanted)}


@pytest.mark.parametrize(("device", "kind"), [("phone", "p"), ("tv", "t")])
def test_the_context_of_the_request_moves_what_belongs_to_it_to_the_front(device: str, kind: str) -> None:
    model = contextual()
    assert kinds(model, scores(model, ["p00", "t00", "p01", "t01"], {"DEVICE": device})) == {kind}


def test_a_new_user_gets_what_is_popular_in_that_context() -> None:
    model = contextual()
    assert kinds(model, scores(model, [], {"DEVICE": "tv"})) == {"t"}
    assert kinds(model, scores(model, [], {})) == {"p", "t"}


@pytest.mark.parametrize("history", [[], ["p00", "t00"]])
def test_an_unknown_value_has_no_effect(history: list[str]) -> None:
    model = contextual()
    assert np.array_equal(scores(model, history, {"DEVICE": "watch"}), scores(model, history, {}))


@pytest.mark.parametrize("history", [[], ["p00", "t00"]])
def test_without_context_the_answer_is_that_of_a_training_without_it(history: list[str]) -> None:
    assert np.array_equal(scores(contextual(), history, {}), scores(plain(), history, {}))


def test_a_request_with_context_scores_as_in_a_batch() -> None:
    model = contextual()
    histories = Histories(np.array([0, 2, 2, 5]), np.array([0, 20, 1, 3, 25], np.int32), np.arange(5) + NOW - 100)
    contexts: list[dict[str, str]] = [{"DEVICE": "tv"}, {"DEVICE": "phone", "NOISE": "n1"}, {}]
    parts = [histories.take(np.array([row])) for row in range(3)]
    requests = [
        Request(part.items, part.times, NOW, context=given) for part, given in zip(parts, contexts, strict=True)
    ]
    batch = model.score_batch(Moments(histories, np.full(3, NOW), model.values_of(requests)))
    assert [row.tobytes() for row in batch] == [model.score(request).tobytes() for request in requests]


def test_context_helps_the_metrics_and_noise_is_weighed_with_it() -> None:
    attributes = contextual().attributes
    assert attributes is not None
    assert attributes.weights.max() >= 0.5


def test_noise_alone_gets_no_weight() -> None:
    noisy = replace(planted(), context={"NOISE": planted().context["NOISE"]})
    model = PersonalizationRecipe().train(training(noisy))
    assert model.attributes is not None
    assert model.attributes.weights.tolist() == [0, 0, 0]


def test_a_loaded_model_knows_the_context(tmp_path: Path) -> None:
    contextual().save(tmp_path)
    loaded = PersonalizationRecipe().load(tmp_path)
    for history in ([], ["p00", "t00"]):
        given = {"DEVICE": "phone"}
        assert np.array_equal(scores(loaded, history, given), scores(contextual(), history, given))


def test_a_new_item_has_no_context_yet() -> None:
    model = contextual().extended(np.sort(np.append(contextual().item_ids, "new")), None)
    before, after = (scores(model, ["p00"], context) for context in ({}, {"DEVICE": "phone"}))
    code = int(np.searchsorted(model.item_ids, "new"))
    assert before[code] == after[code]
    assert kinds(model, scores(model, ["p00", "t00"], {"DEVICE": "tv"})) == {"t"}


def two_countries() -> tuple[InteractionTable, MetadataTable]:
    """Half of the users, and a new one, live in GB and take g items; the others take f items; ages say nothing."""
    rng = np.random.default_rng(6)
    rows = [
        (f"u{user:03}", f"{'g' if user % 2 else 'f'}{rng.integers(20):02}", START + 1000 * user + 10 * place)
        for user in range(USERS)
        for place in range(EVENTS)
    ]
    ids = np.array([f"u{user:03}" for user in range(USERS + 2)], object)
    country = np.array(["GB" if user % 2 else "FR" for user in range(USERS + 2)], object)
    age = rng.integers(18, 80, USERS + 2).astype(np.float64)
    return build_table(rows), MetadataTable(ids, {"COUNTRY": country, "AGE": age}, frozenset({"COUNTRY"}))


def test_a_new_user_with_metadata_gets_what_users_like_that_take() -> None:
    table, users = two_countries()
    model = PersonalizationRecipe().train(training(table, users))
    assert kinds(model, scores(model, [], {}, user_id="u201")) == {"g"}
    assert kinds(model, scores(model, [], {}, user_id="u200")) == {"f"}
    assert kinds(model, scores(model, [], {}, user_id="stranger")) == {"f", "g"}


def test_ratios_are_drawn_to_one_where_there_are_few_events() -> None:
    together = np.array([[1, 100], [0, 0]], np.float32)
    ratios = build_ratios(together, np.array([101, 0], np.float32), np.array([1, 201], np.float32))
    # item 0: one event where half of one is expected; item 1: 100 where half of 201 are
    assert np.exp(ratios[0]).tolist() == pytest.approx([6 / 5.5, 105 / 105.5], abs=0.01)
    assert ratios[1].tolist() == [0, 0]


def test_values_of_a_column_and_their_places() -> None:
    genre = np.array(["a|b"] * 10 + ["a"] * 10 + ["rare"] * 9 + [None], object)
    (column, matrix), *_ = build_columns({"GENRE": genre}, 3, 100)
    assert (column.first, column.labels) == (3, ("a", "b"))
    assert column.places("b|a|rare") == [4, 3]
    assert (column.places(None), column.places("rare")) == ([], [])
    assert matrix[[0, 10, 20, 29]].toarray().tolist() == [[0, 0, 0, 1, 1], [0, 0, 0, 1, 0], [0] * 5, [0] * 5]


def test_numbers_of_many_values_are_taken_in_five_ranges() -> None:
    (column, _), *_ = build_columns({"AGE": np.arange(100, dtype=np.float64)}, 0, 100)
    assert column.size == 5
    assert [column.places(str(age)) for age in (-5, 25, 99, "old")] == [[0], [1], [4], []]


def test_numbers_of_few_values_are_values() -> None:
    (column, _), *_ = build_columns({"STARS": np.array(["1", "2.0"] * 20, object)}, 0, 100)
    assert column.labels == ("1", "2")
    assert (column.places("1.0"), column.places("3")) == ([0], [])
