"""A user's newest interactions of each type, against a look at every one of them."""

from __future__ import annotations

import numpy as np

from tastemaker.simulator.histories import Histories

TYPES = ("buy", "view", "wait")


def build(seed: int, users: int = 20, events: int = 300) -> tuple[Histories, list[tuple[int, int]]]:
    rng = np.random.default_rng(seed)
    user = np.sort(rng.integers(0, users, events))
    user[user == 7] = 8  # nobody's
    kind = rng.integers(-1, len(TYPES), events).astype(np.int32)
    start = np.searchsorted(user, np.arange(users + 1))
    ids = np.array([f"u{number:02}" for number in range(users)], object)
    item, time = np.arange(events, dtype=np.int32), np.arange(events, dtype=np.int64)
    return Histories(ids, start, item, time, kind, TYPES), list(zip(user.tolist(), kind.tolist(), strict=True))


def test_each_type_has_its_newest_positions_oldest_first() -> None:
    for seed in range(5):
        histories, rows = build(seed)
        for user in range(20):
            expected: dict[str, list[int]] = {}
            for position, (owner, kind) in enumerate(rows):
                if owner == user and kind >= 0:
                    expected.setdefault(TYPES[kind], []).append(position)
            found = histories.newest_by_type(f"u{user:02}", 4)
            assert {name: places.tolist() for name, places in found.items()} == {
                name: places[-4:] for name, places in expected.items()
            }


def test_an_unknown_user_and_an_empty_index_have_none() -> None:
    histories, _ = build(0)
    assert histories.newest_by_type("nobody", 4) == {}
    nothing, never = np.empty(0, np.int32), np.empty(0, np.int64)
    empty = Histories(np.array(["u"], object), np.zeros(2, np.int64), nothing, never, nothing, ())
    assert empty.newest_by_type("u", 4) == {}
