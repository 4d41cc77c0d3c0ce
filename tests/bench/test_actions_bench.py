"""What Next-Best-Action and Semantic-Similarity cost. Print the figures with

python -m tests.bench.test_actions_bench
"""

from __future__ import annotations

import resource
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from tastemaker.simulator.recipes.base import ActionHistory, MetadataTable, Request
from tastemaker.simulator.recipes.next_best_action import NextBestActionRecipe
from tastemaker.simulator.recipes.semantic_similarity import SemanticSimilarityRecipe
from tests.support.planted_actions import DAY, START, plant
from tests.support.recipe_data import build_input

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import Model, Recipe, TrainingInput

REQUESTS = 200


def texts(items: int, seed: int = 1) -> TrainingInput:
    """Items of a hundred topics: a name of two words and a text of thirty, half of them of the topic."""
    rng = np.random.default_rng(seed)
    topic = rng.integers(0, 100, items)
    own = rng.integers(0, 80, (items, 17)) + 80 * topic[:, None] + 5_000
    other = rng.zipf(1.3, (items, 15)) % 5_000
    ids = np.array([f"i{code:07}" for code in range(items)], object)
    names = [" ".join(f"w{word}" for word in row[:2]) for row in own]
    bodies = [" ".join(f"w{word}" for word in (*row[2:], *rest)) for row, rest in zip(own, other, strict=True)]
    columns = {"NAME": np.array(names, object), "TEXT": np.array(bodies, object)}
    return build_input([], MetadataTable(ids, columns, textual=frozenset({"TEXT"}), item_name="NAME"))


def train(recipe: Recipe, data: TrainingInput) -> tuple[Model, float]:
    """The model and the seconds of CPU it took."""
    start = time.process_time()
    with threadpool_limits(limits=1, user_api="blas"):
        model = recipe.train(data)
    return model, time.process_time() - start


def milliseconds(model: Model, request: Request) -> float:
    """CPU time of one request, after a first one."""
    model.score(request)
    start = time.process_time()
    for _ in range(REQUESTS):
        model.score(request)
    return (time.process_time() - start) / REQUESTS * 1_000


def action_request(model: Model) -> Request:
    """Fifty items and twenty actions, one a day."""
    days = START + DAY * np.arange(50, dtype=np.int64)
    actions = (np.arange(20) % model.item_ids.size).astype(np.int32)
    history = ActionHistory(actions, actions % 3, days[:20])
    return Request((np.arange(50) % 40).astype(np.int32), days, START + 60 * DAY, user_id="u0001", actions=history)


def item_request() -> Request:
    empty = np.empty(0, np.int32)
    return Request(empty, empty.astype(np.int64), START, item=7)


def report(label: str, model: Model, seconds: float, request: Request) -> None:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = f"{label}: {seconds:.1f} s, {milliseconds(model, request):.2f} ms a request, {memory:.0f} MB so far"
    sys.stdout.write(line + "\n")


def main() -> None:
    for users, actions in ((5_000, 50), (20_000, 1_000)):
        model, seconds = train(NextBestActionRecipe(), plant(users, actions, shows=10).data)
        report(f"next-best-action, {users} users, {actions} actions", model, seconds, action_request(model))
    for items in (10_000, 50_000):
        model, seconds = train(SemanticSimilarityRecipe(), texts(items))
        report(f"semantic-similarity, {items} items", model, seconds, item_request())


if __name__ == "__main__":
    main()
