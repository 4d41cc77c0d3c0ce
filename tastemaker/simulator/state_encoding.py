"""The simulator's values as JSON and files, without a word about what they mean.

Records, plans and counters become JSON; imported tables, arrays, models and long lists become blobs. Any frozen or
mutable dataclass of the simulator is taken member by member, so new kinds of records need nothing here.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from tastemaker.facts.fields import DatasetFacts
from tastemaker.facts.recipes import RecipeFacts, find_recipe
from tastemaker.facts.use_cases import find_use_case
from tastemaker.simulator.datasets import ERASED, DatasetData, Event
from tastemaker.simulator.serving import ServedVersion
from tastemaker.simulator.state_files import StateError
from tastemaker.simulator.tables import BulkTable, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from tastemaker.simulator.recipes.base import Recipe
    from tastemaker.simulator.state_files import StateFiles
    from tastemaker.simulator.tables import Tables

TAG: Final = "$"
"""Marks a JSON object that stands for something else; its value says for what."""
ROOMS: Final = ("tastemaker.simulator.", "tastemaker.facts.")
_LONG: Final = 1_024
"""Items of a list that go into one blob of their own."""
_DERIVED: Final = frozenset({"by_user"})
"""Members of DatasetData that are built again from the others."""


class Encoder:
    """Turns values into JSON values; big ones are kept in files, once.

    Attributes:
        names: blobs that the values need.
        data: the datasets' contents in the order of their references.
    """

    def __init__(self, files: StateFiles, tables: Tables, recipes: Mapping[str, Recipe], known: Known) -> None:
        self._files, self._tables, self._recipes, self._known = files, tables, recipes, known
        self.names: set[str] = set()
        self.data: list[DatasetData] = []
        self._ways: dict[type, Callable[[Any], Any]] = dict.fromkeys((NoneType, bool, int, float, str), _same)
        self._special = self._build_special()

    def encode(self, value: Any) -> Any:
        """A JSON value.

        Raises:
            StateError: a kind of value that the simulator must not hold.
        """
        way = self._ways.get(type(value))
        if way is None:
            way = self._ways[type(value)] = self._way(value)
        return way(value)

    def _way(self, value: Any) -> Callable[[Any], Any]:
        for kind, encode in self._special.items():
            if isinstance(value, kind):
                return encode
        if any(recipe is value for recipe in self._recipes.values()):
            return self._recipe
        if is_dataclass(value) and value.__class__.__module__.startswith(ROOMS):
            return self._record
        raise StateError(f"A {type(value).__name__} cannot be saved; this is a defect of the simulator.")

    def _recipe(self, value: Any) -> dict[str, Any]:
        return {TAG: "recipe", "name": next(name for name, recipe in self._recipes.items() if recipe is value)}

    def _build_special(self) -> dict[type, Callable[[Any], Any]]:
        return {
            list: self._list,
            tuple: lambda value: {TAG: "tuple", "of": self._list(value)},
            dict: self._dict,
            set: self._set,
            frozenset: self._set,
            np.ndarray: self._array,
            np.generic: lambda value: value.item(),
            Event: lambda value: {TAG: "erased"} if value is ERASED else {TAG: "event", **self._fields(value)},
            Enum: lambda value: {TAG: "enum", "type": _name(value.__class__), "of": value.value},
            BulkTable: self._table,
            DatasetData: self._reference,
            DatasetFacts: lambda value: {TAG: "dataset facts", "of": value.type},
            RecipeFacts: self._facts,
            ServedVersion: self._served,
        }

    def _list(self, values: Iterable[Any]) -> list[Any]:
        return [self.encode(value) for value in values]

    def _dict(self, value: dict[Any, Any]) -> dict[str, Any]:
        plain = type(value) is dict and all(type(key) is str and key != TAG for key in value)
        if plain and len(value) <= _LONG:
            return {key: self.encode(part) for key, part in value.items()}
        kind = "counter" if isinstance(value, Counter) else "dict"
        return {TAG: kind, "of": self.long([[key, part] for key, part in value.items()])}

    def _set(self, value: set[Any] | frozenset[Any]) -> dict[str, Any]:
        kind = "set" if isinstance(value, set) else "frozenset"
        return {TAG: kind, "of": self.long(sorted(value))}

    def long(self, values: list[Any], known: tuple[dict[Any, str], str, int] | None = None) -> Any:
        """A list whose chunks are blobs when it is long.

        Args:
            known: the full chunks of this list, and what tells its versions apart.
        """
        if len(values) <= _LONG:
            return self._list(values)
        names = []
        for start in range(0, len(values), _LONG):
            chunk = values[start : start + _LONG]
            key = (*known[1:], start) if known is not None and len(chunk) == _LONG else None
            name = known[0].get(key) if known is not None else None
            if name is None:
                name = self.chunk(chunk)
            if known is not None and key is not None:
                known[0][key] = name
            self.names.add(name)
            names.append(name)
        return {TAG: "chunks", "of": names}

    def chunk(self, values: list[Any]) -> str:
        body = json.dumps(self._list(values), separators=(",", ":")).encode()
        return self._keep(lambda path: path.write_bytes(body))

    def _array(self, value: Any) -> dict[str, Any]:
        if value.dtype == object:
            return {TAG: "objects", "at": self._once(value, lambda: self.chunk(value.tolist()))}
        return {TAG: "array", "at": self._once(value, lambda: self._keep(lambda path: _save_array(path, value)))}

    def _table(self, table: BulkTable) -> dict[str, Any]:
        def write(path: Path) -> None:
            target = str(path).replace("'", "''")
            columns = ", ".join(quoted(name) for name in table.columns)
            query = f"COPY (SELECT {columns} FROM {table.name} ORDER BY rowid) TO '{target}'"  # noqa: S608 - own names
            self._tables.cursor().execute(f"{query} (FORMAT parquet, COMPRESSION zstd)")

        name = self._once(table, lambda: self._keep(write))
        return {TAG: "table", "at": name, "columns": dict(table.columns), "size_bytes": table.size_bytes}

    def _reference(self, data: DatasetData) -> dict[str, Any]:
        place = next((place for place, other in enumerate(self.data) if other is data), None)
        if place is None:
            self.data.append(data)
            place = len(self.data) - 1
        return {TAG: "data", "place": place}

    def _facts(self, facts: RecipeFacts) -> dict[str, Any]:
        if find_recipe(facts.name) == facts:
            return {TAG: "recipe facts", "name": facts.name}
        return self._record(facts)

    def _served(self, version: ServedVersion) -> dict[str, Any]:
        model = self._once(version.model, lambda: self._keep(version.model.save, folder=True))
        members = {name: self.encode(getattr(version, name)) for name in _members(ServedVersion) if name != "model"}
        return {TAG: "served", "model": model, "recipe": self._trainer(version.recipe.name), "of": members}

    def _trainer(self, recipe_name: str) -> str:
        case = find_use_case(recipe_name)
        recipe_name = case.based_on if case is not None else recipe_name
        if recipe_name not in self._recipes:
            raise StateError(f"The models of recipe {recipe_name} cannot be saved: no trainer has this name.")
        return recipe_name

    def _record(self, value: Any) -> dict[str, Any]:
        return {TAG: "record", "type": _name(value.__class__), "of": self._fields(value)}

    def _fields(self, value: Any) -> dict[str, Any]:
        return {name: self.encode(getattr(value, name)) for name in _members(value.__class__)}

    def dataset(self, data: DatasetData, members: Mapping[str, Any]) -> dict[str, Any]:
        """Content of one dataset, given as its members were at one moment; only new chunks of lists are encoded."""
        erased = len(members["erased"])
        chunks = self._known.chunks(data)
        return {
            name: self.long(part, (chunks, name, erased)) if isinstance(part, list) else self.encode(part)
            for name, part in members.items()
            if name not in _DERIVED
        }

    def _once(self, value: object, keep: Callable[[], str]) -> str:
        name = self._known.find(value)
        if name is None:
            name = keep()
        self._known.remember(value, name)
        self.names.add(name)
        return name

    def _keep(self, write: Callable[[Path], Any], *, folder: bool = False) -> str:
        name = self._files.put(write, folder=folder)
        self.names.add(name)
        return name


class Known:
    """Immutable values whose blob is already there, by identity; only those of the last save or load stay."""

    def __init__(self) -> None:
        self._before: dict[int, tuple[object, str]] = {}
        self._now: dict[int, tuple[object, str]] = {}
        self._chunks: WeakKeyDictionary[DatasetData, dict[Any, str]] = WeakKeyDictionary()

    def chunks(self, data: DatasetData) -> dict[Any, str]:
        """Full chunks of a dataset's lists: list, number of erased records and start, to blob."""
        return self._chunks.setdefault(data, {})

    def find(self, value: object) -> str | None:
        entry = self._now.get(id(value), self._before.get(id(value)))
        return entry[1] if entry is not None and entry[0] is value else None

    def remember(self, value: object, name: str) -> None:
        self._now[id(value)] = (value, name)

    def turn(self) -> None:
        """Forget what was not used since the last turn."""
        self._before, self._now = self._now, {}


def _save_array(path: Path, value: Any) -> None:
    with path.open("wb") as file:
        np.save(file, np.ascontiguousarray(value), allow_pickle=False)


@cache
def _members(kind: type[Any]) -> tuple[str, ...]:
    """Members that a constructor takes; private ones are locks and caches."""
    return tuple(field.name for field in fields(kind) if field.init and not field.name.startswith("_"))


def _same(value: Any) -> Any:
    return value


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"
