"""Keeps a whole simulator in a folder: resources, data, streamed events, trained models, what will happen, counters.

What is saved is one moment, taken under the lock; writing happens outside it while requests are answered. A computation
that is under way is saved as the transition that starts it, and starts again after loading.
"""

from __future__ import annotations

import threading
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, Self

from tastemaker.simulator.metric_sink import CollectedMetrics
from tastemaker.simulator.records import Record
from tastemaker.simulator.state_decoding import Decoder
from tastemaker.simulator.state_encoding import Encoder, Known
from tastemaker.simulator.state_files import StateError, StateFiles

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.datasets import DatasetData
    from tastemaker.simulator.world import World

_FORMAT: Final = 1
_MEMBERS: Final = frozenset({"format", "seed", "region", "account_id", "saved_at", "members", "data"})
GIVEN: Final = frozenset(
    {"clock", "objects", "seed", "region", "account_id", "durations", "recipes", "quotas", "access", "metric_sink"}
)
"""Members of the world that the caller gives anew, or that identify the account."""
REBUILT: Final = frozenset({
    "filters", "lock", "tables", "interaction_tables", "metadata_tables", "filter_histories", "refreshed_models",
    "rates", "in_flight",
})  # fmt: skip
"""Caches and means; they start empty."""
OWN_WAY: Final = frozenset({"store", "scheduler", "meter", "metric_sink", "faults", "requests"})
"""Saved by name below; every other member is a collection of immutable values and is saved as it is."""


class StateDirectory:
    """A folder that holds the states of one simulator. Close it, or use it as a context manager.

    Raises:
        StateError: another process has the folder open.
    """

    def __init__(self, folder: Path) -> None:
        self._files = StateFiles(folder)
        self._known = Known()
        self._saved: dict[str, Any] | None = None
        self._saving = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another process open the folder."""
        self._files.close()

    def newest(self) -> dict[str, Any] | None:
        """The newest state that is whole; None when the folder has none.

        Raises:
            StateError: states are there, and none can be read.
        """
        for _, document in self._files.generations():
            if document.get("format") != _FORMAT or not document.keys() >= _MEMBERS:
                raise self._other_version()
            return document
        if self._files.used:
            raise StateError(f"{self._files.folder} is damaged: no generation in it is whole. Start with a new folder.")
        return None

    def _other_version(self) -> StateError:
        return StateError(
            f"{self._files.folder} was written by another version of Tastemaker. "
            "Use that version, or start with a new folder."
        )

    def save(self, world: World) -> bool:
        """Make the world's present state the current one; False when nothing changed since the last save.

        Only what is new since the last save or load is written.

        Raises:
            StateError: something in the world cannot be saved.
            OSError: the disk is full or read-only; the state before stays current.
        """
        with self._saving:
            return self._save(world)

    def _save(self, world: World) -> bool:
        encoder = Encoder(self._files, world.tables, world.recipes, self._known)
        moment = _photograph(world)
        members = {name: encoder.encode(value) for name, value in moment.members.items()}
        contents: list[dict[str, Any]] = []
        while len(contents) < len(encoder.data):  # a dataset may refer to another one
            data = encoder.data[len(contents)]
            contents.append(encoder.dataset(data, moment.contents.get(data) or _content(data)))
        state = {"members": members, "data": contents}
        self._known.turn()
        if state == self._saved:
            return False
        document = {"format": _FORMAT, **moment.identity, "saved_at": moment.at, **state}
        self._files.commit(document, encoder.names)
        self._saved = state
        return True

    def restore(self, world: World, document: dict[str, Any]) -> None:
        """Fill a new world.

        Raises:
            StateError: the state belongs to recipes or a version that are not here, or the world's clock is behind it.
        """
        if world.now() < document["saved_at"]:
            raise StateError(
                f"The state was saved at {document['saved_at']:.0f} on its clock and the clock given shows "
                f"{world.now():.0f}; start the clock at the state's time or later."
            )
        decoder = Decoder(self._files, world.tables, world.recipes, self._known)
        try:
            for content in document["data"]:
                decoder.data.append(decoder.dataset(content))
            _fill(world, {name: decoder.decode(value) for name, value in document["members"].items()})
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # another set of members
            raise self._other_version() from error
        self._known.turn()
        self._saved = {"members": document["members"], "data": document["data"]}


class _Moment:
    """Copies of everything that may change, one level deep; what lies below is immutable."""

    def __init__(self, world: World) -> None:
        self.at = world.now()
        self.identity = {"seed": world.seed, "region": world.region, "account_id": world.account_id}
        self.members: dict[str, Any] = {
            field.name: _copy(getattr(world, field.name))
            for field in fields(world)
            if field.name not in GIVEN | REBUILT | OWN_WAY and not field.name.startswith("_")
        }
        for transition, plan in world.in_flight.items():
            if plan is not None:
                self.members["training"][transition.arn] = plan
        self.members |= {
            "records": world.store.select(Record),
            "tags": {arn: dict(tags) for arn, tags in world.store.tags.items()},
            "serial": world.store.serial,
            "transitions": sorted([*world.scheduler.pending(), *world.in_flight]),
            "meter": {name: _copy(value) for name, value in vars(world.meter).items() if not name.startswith("_")},
            "faults": world.faults.state(),
            "requests": world.requests,
        }
        if isinstance(world.metric_sink, CollectedMetrics):  # any other sink keeps its points itself
            self.members["points"] = {arn: list(points) for arn, points in world.metric_sink.points.items()}
        self.contents = {data: _content(data) for data in world.data.values()}


def _photograph(world: World) -> _Moment:
    with world.lock:
        return _Moment(world)


def _content(data: DatasetData) -> dict[str, Any]:
    return {field.name: _copy(getattr(data, field.name)) for field in fields(data)}


def _copy(value: Any) -> Any:
    """A copy of a collection that other threads may change."""
    return value.copy() if isinstance(value, (list, dict, set)) else value


def _fill(world: World, members: dict[str, Any]) -> None:
    tags = members.pop("tags")
    for record in members.pop("records"):
        world.store.add(record)
    world.store.tags.update(tags)
    world.store.serial = members.pop("serial")
    for transition in members.pop("transitions"):
        world.scheduler.schedule(transition.due, transition.step, transition.arn, transition.serial, transition.detail)
    for name, value in members.pop("meter").items():
        setattr(world.meter, name, value)
    world.faults.restore(members.pop("faults"))
    points = members.pop("points", {})
    if isinstance(world.metric_sink, CollectedMetrics):
        world.metric_sink.points.update(points)
    for name, value in members.items():
        setattr(world, name, value)
