"""The contract that every recipe keeps, as a class to inherit from in a test file.

class TestMyRecipe(PersonalRecipeContract):
    recipe = MyRecipe()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from tastemaker.simulator.recipes.base import MetadataTable, Request, TrainingFailedError, top_k
from tests.support.recipe_data import build_input

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, Model, Recipe, TrainingInput

START = 1_600_000_000
USERS, ITEMS, EVENTS = 60, 40, 12
METRICS = {
    "coverage",
    "mean_reciprocal_rank_at_25",
    *(f"{name}_at_{k}" for name in ("normalized_discounted_cumulative_gain", "precision") for k in (5, 10, 25)),
}


def checkerboard(seed: int = 7) -> TrainingInput:
    """60 users and 40 items in two blocks: even users take 12 of the 20 even items, odd users of the odd ones."""
    rng = np.random.default_rng(11)
    rows = []
    for user in range(USERS):
        for place, item in enumerate(rng.permutation(ITEMS // 2)[:EVENTS]):
            rows.append((f"u{user:02}", f"i{2 * item + user % 2:02}", START + 1000 * user + 10 * place))
    return build_input(rows, seed=seed)


def ask(model: Model, history: list[str], item: str | None = None, now: int = START + 90_000) -> FloatArray:
    """Scores for a history of item ids, one event a minute before `now`."""
    codes = np.searchsorted(model.item_ids, np.array(history, object)).astype(np.int32)
    times = np.arange(len(history), dtype=np.int64) * 60 + now - 60 * len(history)
    code = int(np.searchsorted(model.item_ids, item)) if item is not None else -1
    return model.score(Request(codes, times, now, item=code))


def best(model: Model, scores: FloatArray, k: int, leave_out: tuple[str, ...] = ()) -> list[str]:
    allowed = ~np.isin(model.item_ids, leave_out)
    return [str(model.item_ids[code]) for code in top_k(scores, k, allowed)]


ODD_INPUTS: dict[str, list[tuple[str, str, int]]] = {
    "constant timestamps": [(f"u{u}", f"i{i}", START) for u in range(30) for i in range(u % 5 + 2)],
    "one user with very many events": [("u0", f"i{i % 50}", START + i) for i in range(5000)],
    "duplicates": [("u0", "i0", START)] * 20 + [("u1", "i1", START)] * 20,
    "a catalogue of two items": [(f"u{u}", f"i{u % 2}", START + u) for u in range(40)],
    "users with a single event": [(f"u{u}", f"i{u % 9}", START + u) for u in range(40)],
    "everybody goes round a small catalogue": [
        (f"u{u}", f"i{(u + k) % 20}", START + 1000 * u + k) for u in range(50) for k in range(30)
    ],
    "a single event": [("u0", "i0", START)],
}


class RecipeContract:
    """What holds for every recipe."""

    recipe: ClassVar[Recipe]
    metrics: ClassVar[set[str]] = METRICS
    nothing: ClassVar[str] = "The Interactions dataset holds no interaction"

    @classmethod
    def complete(cls, data: TrainingInput) -> TrainingInput:
        """The data with what this recipe needs besides interactions."""
        return data

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls) -> Model:
        """One training for all tests of the class."""
        return cls.recipe.train(cls.complete(checkerboard()))

    def test_the_catalogue_is_sorted_and_holds_items_of_both_datasets(self) -> None:
        items = MetadataTable(np.array(["i00", "new"], object), {}, frozenset(), frozenset())
        data = build_input([("u0", "i01", START), ("u1", "i00", START + 1)], items)
        assert self.recipe.train(data).item_ids.tolist() == ["i00", "i01", "new"]

    def test_every_item_has_one_score(self, model: Model) -> None:
        scores = ask(model, ["i00"], item="i00")
        assert scores.shape == (ITEMS,)
        assert scores.dtype == np.dtype(np.float32)

    def test_scores_are_numbers(self, model: Model) -> None:
        assert not np.isnan(ask(model, ["i00", "i02"], item="i00")).any()

    def test_the_caller_may_write_on_the_scores(self, model: Model) -> None:
        ask(model, [])[:] = -np.inf
        assert np.isfinite(ask(model, [])).all()

    def test_metrics_have_the_names_of_the_service(self, model: Model) -> None:
        assert set(model.metrics) == self.metrics

    def test_same_seed_same_answer_bit_for_bit(self, model: Model) -> None:
        again = self.recipe.train(self.complete(checkerboard()))
        assert np.array_equal(ask(again, ["i00", "i02"], "i04"), ask(model, ["i00", "i02"], "i04"))
        assert again.metrics == model.metrics

    def test_a_saved_and_loaded_model_answers_the_same(self, model: Model, tmp_path: Path) -> None:
        model.save(tmp_path)
        loaded = self.recipe.load(tmp_path)
        assert np.array_equal(ask(loaded, ["i00", "i02"], "i04"), ask(model, ["i00", "i02"], "i04"))
        assert np.array_equal(ask(loaded, []), ask(model, []))
        assert loaded.metrics == model.metrics
        assert loaded.item_ids.tolist() == model.item_ids.tolist()
        assert loaded.gives_scores == model.gives_scores

    def test_an_empty_dataset_fails_with_a_reason(self) -> None:
        with pytest.raises(TrainingFailedError, match=self.nothing):
            self.recipe.train(build_input([]))

    @pytest.mark.parametrize("kind", ODD_INPUTS)
    def test_odd_data_trains(self, kind: str) -> None:
        model = self.recipe.train(self.complete(build_input(ODD_INPUTS[kind])))
        assert not np.isnan(ask(model, ["i0"], item="i0")).any()
        assert not np.isnan(ask(model, [])).any()

    def test_metadata_without_values_trains(self) -> None:
        ids = np.array([f"i{i:02}" for i in range(ITEMS)], object)
        columns = {"GENRE": np.full(ITEMS, None, object)}
        data = checkerboard()
        table = MetadataTable(ids, columns, frozenset({"GENRE"}))
        model = self.recipe.train(type(data)(data.interactions, table, None, {}, 7))
        assert not np.isnan(ask(model, ["i00"], item="i00")).any()

    def test_without_history_and_item_popular_items_come_first(self) -> None:
        rows = [(f"u{u:02}", f"i{i}", START + 100 * u + i) for u in range(40) for i in range(1 + u % 4)]
        model = self.recipe.train(self.complete(build_input(rows)))
        assert best(model, ask(model, []), 2) == ["i0", "i1"]


class PersonalRecipeContract(RecipeContract):
    """Recipes that answer from the user's history."""

    @pytest.mark.parametrize("block", [0, 1])
    def test_a_user_of_one_block_gets_items_of_that_block(self, model: Model, block: int) -> None:
        history = [f"i{2 * place + block:02}" for place in range(6)]
        answer = best(model, ask(model, history), 10, leave_out=tuple(history))
        assert {int(item[1:]) % 2 for item in answer} == {block}

    def test_an_event_changes_the_answer(self, model: Model) -> None:
        before, after = ask(model, ["i00", "i02"]), ask(model, ["i00", "i02", "i05"])
        assert not np.array_equal(before, after)

    def test_scores_are_given(self, model: Model) -> None:
        assert model.gives_scores is True

    def test_the_block_structure_shows_in_the_metrics(self, model: Model) -> None:
        # 8 or 9 of the 20 items of the block are new; knowing only the block gives about 0.4
        assert model.metrics["normalized_discounted_cumulative_gain_at_25"] >= 0.3


class RelatedRecipeContract(RecipeContract):
    """Recipes that answer from an item."""

    @pytest.mark.parametrize("item", ["i00", "i07"])
    def test_related_items_are_of_the_same_block(self, model: Model, item: str) -> None:
        answer = best(model, ask(model, [], item), 10)
        assert {int(other[1:]) % 2 for other in answer} == {int(item[1:]) % 2}

    def test_an_item_is_not_related_to_itself(self, model: Model) -> None:
        assert ask(model, [], "i03")[3] == -np.inf

    def test_the_history_does_not_matter(self, model: Model) -> None:
        assert np.array_equal(ask(model, ["i00"], "i03"), ask(model, [], "i03"))

    def test_no_scores_are_given(self, model: Model) -> None:
        assert model.gives_scores is False
