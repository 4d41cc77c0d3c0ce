"""Training data of any size by rule, for benchmarks and tests of determinism."""

from __future__ import annotations

import numpy as np

from tastemaker.simulator.recipes.base import InteractionTable, TrainingInput


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
