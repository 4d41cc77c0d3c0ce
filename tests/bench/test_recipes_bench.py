"""Quality, seconds and memory of the recipes on public data; the tables of docs/benchmarks.md.

`TASTEMAKER_BENCH_DATA` names a folder that holds `ml-latest-small/` (GroupLens) and `online-retail-II/` (UCI). As a
script it prints the tables: `python -m tests.bench.test_recipes_bench movielens documented`.
"""

from __future__ import annotations

import itertools
import os
import resource
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.simulator.metrics import mark_hits, ndcg_at
from tastemaker.simulator.recipes.base import Request, TrainingInput
from tastemaker.simulator.recipes.evaluation import (
    rank_new_items,
    split_documented,
    split_global,
    split_last_event,
)
from tastemaker.simulator.recipes.histories import build_corpus
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tastemaker.simulator.recipes.popularity_count import PopularityCountRecipe
from tests.support.generated import generated
from tests.support.recipe_data import read_interactions, read_items, take_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

    from tastemaker.simulator.recipes.base import FloatArray
    from tastemaker.simulator.recipes.evaluation import BatchScorer, Split

FOLDS = 10


def load_data(name: str, folder: Path) -> TrainingInput:
    if name == "movielens":
        table = read_interactions(folder / "ml-latest-small/ratings.csv", "userId", "movieId", "timestamp")
        items = read_items(folder / "ml-latest-small/movies.csv", "movieId", categorical=["genres"])
    else:
        table = read_interactions(folder / "online-retail-II/interactions.csv.gz", "USER_ID", "ITEM_ID", "TIMESTAMP")
        items = read_items(folder / "online-retail-II/items.csv", "ITEM_ID", textual=["DESCRIPTION"])
    return TrainingInput(table, items, None, {}, 1)


@dataclass(frozen=True)
class Case:
    """What one training may see, and what it is judged on."""

    data: TrainingInput
    split: Split
    items: int


def order_rows(data: TrainingInput, ties: str) -> np.ndarray:
    """Table rows by user and time; simultaneous ones in the order of `build_corpus` (`shuffled`) or of item `id`."""
    table = data.interactions
    noise = np.random.default_rng(data.seed).random(table.user.size)
    return np.lexsort((noise if ties == "shuffled" else table.item, table.timestamp, table.user))


def cases(data: TrainingInput, protocol: str, folds: int, ties: str) -> Iterator[Case]:
    """Trainings and their judgements; simultaneous events are `shuffled` (seeded) or in order of item `id`."""
    judged = replace(data, seed=2026)
    corpus, order, table = build_corpus(judged), order_rows(judged, ties), data.interactions
    codes = np.searchsorted(corpus.item_ids, table.item_ids).astype(np.int32)
    histories = replace(corpus.histories, items=codes[table.item[order]])
    items = corpus.item_ids.size
    if protocol == "documented":
        shuffled = np.random.default_rng(0).permutation(histories.users)
        for fold in range(folds):
            held_out = np.sort(shuffled[fold::FOLDS])
            kept = ~np.isin(table.user, held_out)
            yield Case(
                replace(data, interactions=take_rows(table, kept)),
                split_documented(histories.take(held_out), items),
                items,
            )
        return
    _, split = (split_global if protocol == "global" else split_last_event)(histories, items)
    if protocol == "global":
        kept = table.timestamp <= split.moments.now[0]
    else:
        # the very rows that are judged, also where a user's last events are simultaneous
        kept = np.ones(table.item.size, bool)
        kept[order[histories.indptr[1:] - 1]] = False
    yield Case(replace(data, interactions=take_rows(table, kept)), split, items)


def ndcg_per_user(model: BatchScorer, case: Case) -> np.ndarray:
    ranked = rank_new_items(model, case.split.moments, case.items, 10)
    hits = mark_hits(ranked, case.split.truth_rows, case.split.truth_items, case.items)
    return ndcg_at(hits, np.bincount(case.split.truth_rows, minlength=ranked.shape[0]), 10)


def main(name: str, protocol: str = "documented", folds: str = "10", ties: str = "shuffled") -> None:
    folder = os.environ.get("TASTEMAKER_BENCH_DATA")
    if folder is None:
        sys.exit("TASTEMAKER_BENCH_DATA must name the folder with ml-latest-small/ and online-retail-II/.")
    data = load_data(name, Path(folder))
    found: dict[str, list[np.ndarray]] = {"popularity": [], "personalization": []}
    seconds = []
    for case in cases(data, protocol, int(folds), ties):
        start = time.perf_counter()
        model = PersonalizationRecipe().train(case.data)
        seconds.append(time.perf_counter() - start)
        found["personalization"].append(ndcg_per_user(model, case))
        found["popularity"].append(ndcg_per_user(PopularityCountRecipe().train(case.data), case))
    for recipe, parts in found.items():
        values = np.concatenate(parts)
        error = 1.96 * values.std() / np.sqrt(values.size)
        print(f"{name} {protocol} ties={ties} {recipe}: nDCG@10 {values.mean():.4f} ± {error:.4f}")  # noqa: T201
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"train {min(seconds):.1f} to {max(seconds):.1f} s, peak {peak:.2f} GB")  # noqa: T201


@pytest.mark.slow
def test_train_a_hundred_thousand_interactions(benchmark: BenchmarkFixture) -> None:
    data = generated(100_000, 600, 4_000)
    model = benchmark.pedantic(PersonalizationRecipe().train, args=(data,), rounds=2)
    assert model.item_ids.size == 4_000


@pytest.mark.slow
def test_answer_one_request_over_ten_thousand_items(benchmark: BenchmarkFixture) -> None:
    model = PersonalizationRecipe().train(generated(300_000, 5_000, 10_000))
    history = np.arange(0, 500, 10, dtype=np.int32)
    moments = itertools.count(1_590_000_000)

    def score() -> FloatArray:
        """Of a history that is not remembered."""
        return model.score(Request(history, np.arange(50) + next(moments), 1_600_000_000))

    assert benchmark(score).size == 10_000


if __name__ == "__main__":
    main(*sys.argv[1:])
