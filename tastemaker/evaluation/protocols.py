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
from tastemaker.simulator.recipes.evaluation import (
    Split,
    global_cut,
    split_documented,
    split_global,
    split_last_event,
)
from tastemaker.simulator.recipes.histories import Histories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.simulator.recipes.base import BoolArray, IntArray, InteractionTable, LongArray
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
        truth: event type of what counts as truth; None for all. Users who did nothing of that kind are not judged.
    """

    name: str = "documented"
    folds: int = TENTHS
    repeats: bool = False
    seed: int = 0
    truth: str | None = None


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
    codes = catalogue_codes(table.item_ids, catalogue)[table.item]
    order = _order_events(table, protocol.seed)
    material = _Material(table, codes, order, _build_histories(table, order, codes), catalogue.size, protocol)
    for case in _BUILDERS[protocol.name](material):
        if case.user_ids.size:
            yield case


@dataclass(frozen=True)
class _Material:
    """What cases are cut from.

    Attributes:
        codes: catalogue code of every row's item, shape (rows,).
        order: rows by user, oldest event first, as in `histories`.
        items: size of the catalogue.
    """

    table: InteractionTable
    codes: IntArray
    order: LongArray
    histories: Histories
    items: int
    protocol: Protocol


def _build_case(
    material: _Material, name: str, kept: BoolArray, users: LongArray, split: Split, end: int | None = None
) -> Case:
    """Every row that is neither kept nor input is truth, up to the time `end` where there is one.

    Args:
        users: rows of `table.user_ids` of the split's requests; their inputs are their first events.
    """
    table = material.table
    input_rows = _find_inputs(material, users, split)
    if material.protocol.truth is None:
        return Case(name, kept, table.user_ids[users], split, input_rows)
    truth = ~kept if end is None else ~kept & (table.timestamp <= end)
    truth[input_rows] = False
    kinds = [code for code, kind in enumerate(table.event_types) if kind == material.protocol.truth]
    asked, split = _keep_truth(material, split, users, truth & np.isin(table.event_type, kinds))
    return Case(name, kept, table.user_ids[users[asked]], split, _find_inputs(material, users[asked], split))


def _find_inputs(material: _Material, users: LongArray, split: Split) -> LongArray:
    """The rows of the inputs' events, in their order."""
    histories = split.moments.histories
    events = np.arange(histories.items.size) + np.repeat(
        material.histories.indptr[users] - histories.indptr[:-1], histories.lengths
    )
    return material.order[events]


def _keep_truth(material: _Material, split: Split, users: LongArray, rows: BoolArray) -> tuple[LongArray, Split]:
    """The requests that still have a truth when only these rows are one, and their split."""
    places = np.full(material.table.user_ids.size, -1)
    places[users] = np.arange(users.size)
    pairs = places[material.table.user[rows]] * material.items + material.codes[rows]
    true = np.isin(split.truth_rows * material.items + split.truth_items, pairs)
    asked = np.unique(split.truth_rows[true])
    return asked, Split(
        split.moments.take(asked),
        np.searchsorted(asked, split.truth_rows[true]),
        split.truth_items[true],
        split.users[asked],
    )


def _order_events(table: InteractionTable, seed: int) -> LongArray:
    noise = np.random.default_rng((seed, 1)).random(table.user.size)
    order: LongArray = np.lexsort((noise, table.timestamp, table.user))
    return order


def _build_histories(table: InteractionTable, order: LongArray, codes: IntArray) -> Histories:
    lengths = np.bincount(table.user, minlength=table.user_ids.size)
    indptr = np.concatenate(([0], np.cumsum(lengths)))
    return Histories(indptr, codes[order], table.timestamp[order])


def _documented(material: _Material) -> Iterator[Case]:
    histories, protocol = material.histories, material.protocol
    shuffled = np.random.default_rng(protocol.seed).permutation(histories.users)
    for fold in range(protocol.folds):
        held_out = np.sort(shuffled[fold::TENTHS])
        split = split_documented(histories.take(held_out), material.items, repeats=protocol.repeats)
        kept = ~np.isin(material.table.user, held_out)
        yield _build_case(material, f"fold-{fold + 1:02}", kept, held_out[split.users], split)


def _leave_last_out(material: _Material) -> Iterator[Case]:
    histories = material.histories
    _, split = split_last_event(histories, material.items, repeats=material.protocol.repeats)
    # the very rows that are judged, also where a user's last events are simultaneous
    kept = np.ones(material.table.user.size, np.bool_)
    kept[material.order[histories.indptr[1:] - 1]] = False
    yield _build_case(material, "loo", kept, split.users, split)


def _global(material: _Material) -> Iterator[Case]:
    times = material.table.timestamp
    _, split = split_global(material.histories, material.items, repeats=material.protocol.repeats)
    yield _build_case(material, "global", times <= global_cut(times), split.users, split)


def _rolling(material: _Material) -> Iterator[Case]:
    times, protocol = material.table.timestamp, material.protocol
    for tenth in range(TENTHS - protocol.folds, TENTHS):
        cut, end = tenth / TENTHS, (tenth + 1) / TENTHS
        _, split = split_global(material.histories, material.items, cut, end, repeats=protocol.repeats)
        kept = times <= global_cut(times, cut)
        yield _build_case(material, f"cut-{10 * tenth}", kept, split.users, split, global_cut(times, end))


_BUILDERS = {"documented": _documented, "loo": _leave_last_out, "global": _global, "rolling": _rolling}
