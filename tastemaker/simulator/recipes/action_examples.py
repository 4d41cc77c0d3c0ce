"""Action interactions as questions and answers: did the user take the action within the optimization period?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.facts.limits import ACTION_EVENT_DAYS, MIN_ACTION_EVENTS
from tastemaker.simulator.histories import catalogue_codes
from tastemaker.simulator.recipes.base import kind_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import BoolArray, IntArray, InteractionTable, LongArray
    from tastemaker.simulator.recipes.histories import ObjectArray

TAKEN, KINDS = 0, 3
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class ActionEvents:
    """Events with known actions, sorted by user, then time; at one moment what was not taken comes before what was.

    Attributes:
        users, actions: codes, shape (events,).
        kinds: places in ACTION_EVENT_TYPES.
    """

    users: IntArray
    actions: IntArray
    kinds: IntArray
    times: LongArray

    def take(self, rows: BoolArray | LongArray) -> ActionEvents:
        return ActionEvents(self.users[rows], self.actions[rows], self.kinds[rows], self.times[rows])


@dataclass(frozen=True)
class Examples:
    """One question per row; what came strictly before `times` may be known.

    Attributes:
        labels: 1 where the action was taken, else 0.
    """

    users: IntArray
    actions: IntArray
    times: LongArray
    labels: npt.NDArray[np.float64]

    def take(self, rows: BoolArray | LongArray) -> Examples:
        return Examples(self.users[rows], self.actions[rows], self.times[rows], self.labels[rows])


def read_events(table: InteractionTable, user_ids: ObjectArray, action_ids: ObjectArray) -> ActionEvents:
    """The table's events in the codes of users and actions; events of other types or actions are left out."""
    kinds = np.array([*(kind_of(name) for name in table.event_types), -1], np.int32)[table.event_type]
    actions = catalogue_codes(table.item_ids, action_ids)[table.item] if table.item.size else table.item
    users = np.searchsorted(user_ids, table.user_ids).astype(np.int32)[table.user] if table.user.size else table.user
    events = ActionEvents(users, actions, kinds, table.timestamp).take((kinds >= 0) & (actions >= 0))
    return events.take(np.lexsort((events.actions, events.kinds == TAKEN, events.times, events.users)))


def find_scored(events: ActionEvents, actions: int) -> IntArray:
    """Actions with enough of both answers in the six weeks before the newest event, ascending."""
    if not events.times.size:
        return np.empty(0, np.int32)
    recent = events.take(events.times >= events.times.max() - ACTION_EVENT_DAYS * DAY_SECONDS)
    taken = np.bincount(recent.actions[recent.kinds == TAKEN], minlength=actions)
    other = np.bincount(recent.actions[recent.kinds != TAKEN], minlength=actions)
    return np.flatnonzero((taken >= MIN_ACTION_EVENTS) & (other >= MIN_ACTION_EVENTS)).astype(np.int32)


def build_examples(events: ActionEvents, period_seconds: int) -> Examples:
    """Every time an action was shown is a question; so is a TAKEN without a showing in the period before it.

    A TAKEN after a showing is that showing's answer and no question of its own: it would always be answered yes.
    """
    order = np.lexsort((events.kinds == TAKEN, events.times, events.actions, events.users))
    ranked = events.take(order)
    size = order.size
    places = np.arange(size)
    changes = (np.diff(ranked.users) != 0) | (np.diff(ranked.actions) != 0)
    groups = np.concatenate(([0], np.cumsum(changes)))[:size]
    taken = ranked.kinds == TAKEN
    following = np.minimum.accumulate(np.where(taken, places, size)[::-1])[::-1]
    shown = np.maximum.accumulate(np.where(taken, -1, places)) if size else places
    labels = _within(groups, ranked.times, following, places, period_seconds)
    answers = taken & _within(groups, ranked.times, places, shown, period_seconds)
    examples = Examples(ranked.users, ranked.actions, ranked.times, labels.astype(np.float64))
    return examples.take(~answers)


def _within(groups: LongArray, times: LongArray, later: LongArray, earlier: LongArray, seconds: int) -> BoolArray:
    """Whether both events exist, are of one user and action, and no further apart than this."""
    exist = (later < groups.size) & (earlier >= 0)
    later, earlier = np.minimum(later, max(groups.size - 1, 0)), np.maximum(earlier, 0)
    near: BoolArray = exist & (groups[later] == groups[earlier]) & (times[later] - times[earlier] <= seconds)
    return near


def newest_per_action(examples: Examples, actions: int, most: int) -> Examples:
    """At most so many examples of each action, the newest ones; in the order given."""
    order = np.lexsort((-examples.times, examples.actions))
    starts = np.searchsorted(examples.actions[order], np.arange(actions))
    places = np.arange(order.size) - starts[examples.actions[order]]
    return examples.take(np.sort(order[places < most]))
