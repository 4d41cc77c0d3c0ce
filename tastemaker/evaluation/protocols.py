"""From interactions to cases: what a training may see, what is asked afterwards, and what the users really did.

Four protocols. `documented`: whole users are held out; the oldest 90 % of each one's history is the input, the newest
10 % (at least one event) the truth. `loo`: everybody's last event is the truth. `global`: one cut in time at the 90 %
quantile; the truth is what known users did after it. `rolling`: several cuts in time; the truth is what known users did
in the tenth of the events that follows each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.simulator.histories import catalogue_codes
from tastemaker.simulator.recipes.evaluation import global_cut, split_documented, split_global, split_last_event
from tastemaker.simulator.recipes.histories import Histories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.simulator.recipes.base import BoolArray, InteractionTable, LongArray
    from tastemaker.simulator.recipes.evaluation import Split
    from tastemaker.simulator.recipes.histories import ObjectArray

PROTOCOLS = ("documented", "loo", "global", "rolling")
TENTHS = 10
"""Each fold of the documented protocol holds out another tenth of the users, of the rolling one of the events."""


@dataclass(frozen=True)
class Protocol:
    """How to judge.

    Attributes:
        name: one of `PROTOCOLS`.
        folds: how many of the ten tenths of users are held out in turn (documented), or how many of the last tenths of
            the events are truth in turn (rolling; nine at most). The other protocols have one case.
        repeats: whether what a user had before may be recommended and is truth when it comes again.
        seed: of the tenths, and of the order of events that one user has at one moment.
    """

    name: str = "documented"
    folds: int = TENTHS
    repeats: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Case:
    """One training and its judgement.

    Attributes:
        name: `fold-03`, `loo`, `global`, `cut-80`; also the name of a folder.
        kept: rows of the table that the training may see, shape (rows,). No row of the truth is among them.
        user_ids: who asks, shape (requests,).
        split: inputs and truth in catalogue codes.
        input_rows: row of the table of every event of the inputs, in their order, shape (input events,).
    """

    name: str
    kept: BoolArray
    user_ids: ObjectArray
    split: Split
    input_rows: LongArray


def join_catalogue(table: InteractionTable, item_ids: ObjectArray) -> ObjectArray:
    """Items of the interactions and of an Items dataset together, sorted ascending; position = code."""
    return np.unique(np.concatenate((table.item_ids.astype(object), item_ids.astype(object))))


def build_cases(table: InteractionTable, catalogue: ObjectArray, protocol: Protocol) -> Iterator[Case]:
    """The protocol's cases one after the other; cases in which nobody can be judged are left out.

    Events of one user at one moment have no order of their own; they are put into a seeded random one, because the
    order of item ids would be a pattern that a model can learn.

    Args:
        catalogue: see `join_catalogue`.
    """
    order = _order_events(table, protocol.seed)
    histories = _build_histories(table, order, catalogue)
    for case in _BUILDERS[protocol.name](table, order, histories, catalogue.size, protocol):
        if case.user_ids.size:
            yield case


def _build_case(
    name: str, kept: BoolArray, users: LongArray, split: Split, table: InteractionTable, order: LongArray
) -> Case:
    """The inputs are the first events of each of `users`, which are rows of `table.user_ids`."""
    lengths = split.moments.histories.lengths
    starts = np.searchsorted(table.user, users, sorter=order)
    events = np.arange(lengths.sum()) - np.repeat(split.moments.histories.indptr[:-1] - starts, lengths)
    return Case(name, kept, table.user_ids[users], split, order[events])


def _order_events(table: InteractionTable, seed: int) -> LongArray:
    noise = np.random.default_rng((seed, 1)).random(table.user.size)
    order: LongArray = np.lexsort((noise, table.timestamp, table.user))
    return order


def _build_histories(table: InteractionTable, order: LongArray, catalogue: ObjectArray) -> Histories:
    codes = catalogue_codes(table.item_ids, catalogue)
    lengths = np.bincount(table.user, minlength=table.user_ids.size)
    indptr = np.concatenate(([0], np.cumsum(lengths)))
    return Histories(indptr, codes[table.item[order]], table.timestamp[order])


def _documented(
    table: InteractionTable, order: LongArray, histories: Histories, items: int, protocol: Protocol
) -> Iterator[Case]:
    shuffled = np.random.default_rng(protocol.seed).permutation(histories.users)
    for fold in range(protocol.folds):
        held_out = np.sort(shuffled[fold::TENTHS])
        split = split_documented(histories.take(held_out), items, repeats=protocol.repeats)
        kept = ~np.isin(table.user, held_out)
        yield _build_case(f"fold-{fold + 1:02}", kept, held_out[split.users], split, table, order)


def _leave_last_out(
    table: InteractionTable, order: LongArray, histories: Histories, items: int, protocol: Protocol
) -> Iterator[Case]:
    _, split = split_last_event(histories, items, repeats=protocol.repeats)
    # the very rows that are judged, also where a user's last events are simultaneous
    kept = np.ones(table.user.size, np.bool_)
    kept[order[histories.indptr[1:] - 1]] = False
    yield _build_case("loo", kept, split.users, split, table, order)


def _global(
    table: InteractionTable, order: LongArray, histories: Histories, items: int, protocol: Protocol
) -> Iterator[Case]:
    _, split = split_global(histories, items, repeats=protocol.repeats)
    kept = table.timestamp <= global_cut(table.timestamp)
    yield _build_case("global", kept, split.users, split, table, order)


def _rolling(
    table: InteractionTable, order: LongArray, histories: Histories, items: int, protocol: Protocol
) -> Iterator[Case]:
    for tenth in range(TENTHS - protocol.folds, TENTHS):
        cut, end = tenth / TENTHS, (tenth + 1) / TENTHS
        _, split = split_global(histories, items, cut, end, repeats=protocol.repeats)
        kept = table.timestamp <= global_cut(table.timestamp, cut)
        yield _build_case(f"cut-{10 * tenth}", kept, split.users, split, table, order)


_BUILDERS = {"documented": _documented, "loo": _leave_last_out, "global": _global, "rolling": _rolling}
