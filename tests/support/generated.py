"""Training data of any size by rule, for benchmarks and tests of determinism."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tastemaker.simulator.recipes.base import InteractionTable, MetadataTable, Objective, TrainingInput


def generated(interactions: int, users: int, items: int) -> TrainingInput:
    """Interactions by rule: a user moves among 100 neighbours of a home item, popular places more often."""
    rng = np.random.default_rng(1)
    user = rng.integers(0, users, interactions)
    item = (rng.integers(0, items, users)[user] + (100 * rng.random(interactions) ** 2).astype(int)) % items
    # noise makes every item known
    noise = rng.random(interactions) < 0.1
    item[noise] = rng.integers(0, items, int(noise.sum()))
    timestamp = np.sort(rng.integers(1_500_000_000, 1_600_000_000, interactions))
    order = np.lexsort((item, user, timestamp))
    table = InteractionTable(
        user_ids=np.array([f"u{code:07}" for code in range(users)], object),
        item_ids=np.array([f"i{code:07}" for code in range(items)], object),
        user=user[order].astype(np.int32),
        item=item[order].astype(np.int32),
        timestamp=timestamp[order],
        event_type=np.full(interactions, -1, np.int32),
        event_types=(),
        event_value=np.full(interactions, np.nan, np.float32),
    )
    return TrainingInput(table, None, None, {}, 1)


def with_options(data: TrainingInput) -> TrainingInput:
    """The same with all that a solution may add: context, users' columns, weights, factors and an objective."""
    table = data.interactions
    users = np.arange(table.user_ids.size)
    context = {"DEVICE": np.array(["phone", "tv", None], object)[table.item % 3]}
    countries = np.array(["FR", "GB"], object)[users % 2]
    return replace(
        data,
        interactions=replace(table, context=context, event_type=table.user % 2, event_types=("view", "buy")),
        items=MetadataTable(table.item_ids, {"PRICE": np.arange(table.item_ids.size, dtype=np.float64)}),
        users=MetadataTable(table.user_ids, {"COUNTRY": countries}, frozenset({"COUNTRY"})),
        hyperparameters={"hidden_dimension": "32", "bptt": "16", "item_id_hidden_dim": "30"},
        objective=Objective("PRICE", "LOW"),
        event_weights={"view": 0.5, "buy": 1.0},
    )
