"""Recipes against baselines on the MovieLens example; the ratios hold on any machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tastemaker.simulator.metrics import mark_hits, ndcg_at
from tastemaker.simulator.recipes.base import TrainingInput
from tastemaker.simulator.recipes.counts import user_item
from tastemaker.simulator.recipes.evaluation import BatchScorer, Split, rank_new_items, split_documented
from tastemaker.simulator.recipes.histories import Moments, build_corpus
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tastemaker.simulator.recipes.popularity_count import PopularityCountRecipe
from tastemaker.simulator.recipes.similar_items import SimilarItemsRecipe, ask_last_item
from tests.support.recipe_data import read_interactions, read_items, take_rows

pytestmark = pytest.mark.slow
DATA = Path("examples/movielens/data")
FOLDS = 10  # every user is judged once: on a few folds the ratio to popularity moves by a tenth either way


def ndcg(scorer: BatchScorer, split: Split, items: int) -> float:
    ranked = rank_new_items(scorer, split.moments, items, 10)
    hits = mark_hits(ranked, split.truth_rows, split.truth_items, items)
    return float(ndcg_at(hits, np.bincount(split.truth_rows, minlength=ranked.shape[0]), 10).mean())


@pytest.fixture(scope="module")
def folds() -> list[tuple[TrainingInput, Split]]:
    table = read_interactions(DATA / "ratings.csv", "userId", "movieId", "timestamp")
    data = TrainingInput(table, read_items(DATA / "movies.csv", "movieId", categorical=["genres"]), None, {}, 1)
    corpus = build_corpus(data)
    shuffled = np.random.default_rng(5).permutation(corpus.histories.users)
    found = []
    for fold in range(FOLDS):
        held_out = np.sort(shuffled[fold::10])
        kept = take_rows(table, ~np.isin(table.user, held_out))
        split = split_documented(corpus.histories.take(held_out), corpus.item_ids.size)
        found.append((replace(data, interactions=kept), split))
    return found


def catalogue_size(data: TrainingInput) -> int:
    return build_corpus(data).item_ids.size


class CosineOfTheLastItem:
    """The baseline: cosine of the users of two items."""

    def __init__(self, data: TrainingInput) -> None:
        corpus = build_corpus(data)
        matrix = user_item(corpus.histories, corpus.item_ids.size)
        both = (matrix.T @ matrix).toarray()
        sizes = np.sqrt(np.maximum(both.diagonal(), 1))
        self.cosine = (both / sizes / sizes[:, None]).astype(np.float32)

    def score_batch(self, moments: Moments) -> np.ndarray:
        scores: np.ndarray = self.cosine[ask_last_item(moments).histories.items]
        return scores


def test_user_personalization_beats_popularity_by_two_and_a_half(folds: list[tuple[TrainingInput, Split]]) -> None:
    ours, popular = [], []
    for data, split in folds:
        ours.append(ndcg(PersonalizationRecipe().train(data), split, catalogue_size(data)))
        popular.append(ndcg(PopularityCountRecipe().train(data), split, catalogue_size(data)))
    assert np.mean(ours) >= 2.5 * np.mean(popular)


def test_similar_items_beats_cosine_on_what_follows_an_item(folds: list[tuple[TrainingInput, Split]]) -> None:
    ours, cosine = [], []
    for data, split in folds[:3]:
        ours.append(ndcg(SimilarItemsRecipe().train(data), split, catalogue_size(data)))
        cosine.append(ndcg(CosineOfTheLastItem(data), split, catalogue_size(data)))
    assert np.mean(ours) > np.mean(cosine)
