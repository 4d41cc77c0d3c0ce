"""Semantic-Similarity keeps the contract of related items, and reads texts as the guide says."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.simulator.recipes.base import MetadataTable, Request, TrainingFailedError, TrainingInput
from tastemaker.simulator.recipes.semantic_similarity import SemanticSimilarityModel, SemanticSimilarityRecipe
from tastemaker.simulator.recipes.text_vectors import fit_space, read_terms
from tests.support.recipe_data import build_input
from tests.support.recipes import START, RelatedRecipeContract, ask, best

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = 86_400
WORDS = ("river boat water sail harbour", "engine road wheel truck driver")


def table(ids: Sequence[str], names: Sequence[str | None], texts: Sequence[str | None]) -> MetadataTable:
    columns = {"NAME": np.array(names, object), "TEXT": np.array(texts, object)}
    return MetadataTable(np.array(ids, object), columns, textual=frozenset({"TEXT"}), item_name="NAME")


def train(items: MetadataTable | None, rows: Sequence[tuple[str, str, int]] = ()) -> SemanticSimilarityModel:
    return SemanticSimilarityRecipe().train(build_input(rows, items))


class TestContract(RelatedRecipeContract):
    recipe = SemanticSimilarityRecipe()
    metrics = {"coverage", "item_popularity", "item_freshness", "item_similarity"}
    nothing = "Dataset of type ITEMS is empty"

    @classmethod
    def complete(cls, data: TrainingInput) -> TrainingInput:
        """Items of one block share some of five words."""
        ids: list[str] = data.interactions.item_ids.tolist()
        ids = ids if len(ids) > 1 else [*ids, "i1"]  # one text alone has no company
        blocks = [int(item[1:]) for item in ids]
        texts = [" ".join(np.roll(WORDS[code % 2].split(), code)[:3]) for code in blocks]
        return replace(data, items=table(ids, [f"number {item}" for item in ids], texts))

    def test_the_catalogue_is_sorted_and_holds_items_of_both_datasets(self) -> None:
        model = train(table(["i00", "new"], ["boat", "boat"], ["", ""]), [("u0", "i01", START), ("u1", "i00", START)])
        assert model.item_ids.tolist() == ["i00", "i01", "new"]

    def test_metadata_without_values_trains(self) -> None:
        with pytest.raises(TrainingFailedError, match="The columns NAME and TEXT have no word that two items share"):
            train(table(["a", "b"], [None, None], [None, None]))


CATALOGUE = table(
    ["a", "b", "c", "d", "e"],
    ["Red boat", "Blue boat", "Green truck", "Old truck", "Nothing"],
    ["<b>sails</b> the river", "sails the river", "has wheels", "has wheels", None],
)


def test_items_of_one_meaning_are_similar_also_without_interactions() -> None:
    model = train(CATALOGUE)
    assert best(model, ask(model, [], "a"), 1) == ["b"]
    assert best(model, ask(model, [], "d"), 1) == ["c"]


def test_an_item_without_a_text_is_never_similar_and_is_answered_with_popular_items() -> None:
    model = train(CATALOGUE, [("u", "c", START), ("v", "c", START), ("v", "d", START)])
    assert "e" not in best(model, ask(model, [], "a"), 5)
    assert best(model, ask(model, [], "e"), 2) == ["c", "d"]


def test_meaning_goes_by_the_company_of_words() -> None:
    # six topics of twelve words: each text has five words of one topic and three that say nothing
    rng = np.random.default_rng(0)
    topics = rng.integers(0, 6, 120)
    drawn = [[f"t{topic}w{word}" for word in rng.choice(12, 5, replace=False)] for topic in topics]
    texts = [" ".join([*words, *(f"n{word}" for word in rng.integers(0, 400, 3))]) for words in drawn]
    ids = [f"i{place:03}" for place in range(120)]
    model = train(table(ids, texts, [None] * 120))
    strangers = [
        (left, right)
        for left in range(120)
        for right in range(120)
        if topics[left] == topics[right] and not set(texts[left].split()) & set(texts[right].split())
    ]
    others = np.median(model.points @ model.points.T)
    assert len(strangers) > 20
    assert np.mean([model.points[left] @ model.points[right] for left, right in strangers]) > others + 0.1
    hits = [
        topics[int(other[1:])] == topics[int(item[1:])]
        for item in ids
        for other in best(model, ask(model, [], item), 10)
    ]
    assert np.mean(hits) > 0.99


def test_influence_raises_popular_and_fresh_items_among_similar_ones() -> None:
    rows = [(f"u{user}", "b", START) for user in range(9)] + [(f"u{user}", "x", START) for user in range(20)]
    items = table(["a", "b", "c", "x", "y"], ["tall ship"] * 3 + ["red car"] * 2, ["sea wind"] * 3 + ["red car"] * 2)
    columns = {**items.columns, "CREATION_TIMESTAMP": np.array([START, START, START + 90 * DAY, START, START], float)}
    model = train(replace(items, columns=columns), rows)

    def first(**influence: float) -> list[str]:
        empty = np.empty(0, np.int32)
        request = Request(empty, empty.astype(np.int64), START, item=0, ranking_influence=influence)
        return best(model, model.score(request), 2)

    assert first(POPULARITY=1.0)[0] == "b"
    assert first(FRESHNESS=1.0)[0] == "c"
    assert "x" not in first(POPULARITY=1.0)


def test_new_items_and_changed_texts_join_without_a_training() -> None:
    model = train(CATALOGUE, [("u", "a", START)])
    changed = table(["b", "f"], ["Old truck", "Red boat"], ["has wheels", "sails the river"])
    extended = model.extended(np.array([*"abcdef"], object), changed)
    assert best(extended, ask(extended, [], "a"), 1) == ["f"]
    assert best(extended, ask(extended, [], "b"), 2) == ["c", "d"]
    assert extended.popularity.tolist()[-1] == 0.0
    assert extended.metrics == model.metrics


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (replace(CATALOGUE, item_name=None), "The Items dataset has no column with itemName"),
        (replace(CATALOGUE, textual=frozenset()), "The Items dataset has no textual column"),
        (table(["a", "b"], ["", " "], ["...", "\n"]), "have no word that two items share"),
    ],
)
def test_a_catalogue_without_texts_fails_with_a_reason(items: MetadataTable, reason: str) -> None:
    with pytest.raises(TrainingFailedError, match=reason):
        train(items)


def test_two_items_are_enough() -> None:
    model = train(table(["a", "b"], ["boat", "boat"], [None, "boat"]))
    assert best(model, ask(model, [], "a"), 2) == ["b"]


def test_constant_and_missing_creation_times_train() -> None:
    for times in ([START] * 5, [np.nan] * 5, [START, np.nan, START, np.nan, START]):
        columns = {**CATALOGUE.columns, "CREATION_TIMESTAMP": np.array(times, float)}
        model = train(replace(CATALOGUE, columns=columns))
        assert model.freshness.tolist() == [1.0] * 5


def test_kana_and_han_are_read_in_pairs_of_characters() -> None:
    assert set(read_terms("東京湾 boat")) == {"東京", "京湾", "boat"}


@pytest.mark.slow
def test_the_space_does_not_depend_on_the_number_of_threads() -> None:
    script = (
        "import hashlib, numpy as np\n"
        "from threadpoolctl import threadpool_limits\n"
        "from tests.unit.simulator.recipes.test_semantic_similarity import big_space\n"
        "with threadpool_limits(1):\n"
        "    print(hashlib.sha256(big_space().directions.tobytes()).hexdigest())\n"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={"OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for threads in ("1", "4")
    }
    assert len(seen) == 1


def big_space():  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(2)
    texts = [read_terms(" ".join(f"w{word}" for word in rng.zipf(1.4, 12) % 900)) for _ in range(600)]
    return fit_space(texts, 5)
