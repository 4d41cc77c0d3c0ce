"""The way back from what `state_encoding.py` wrote."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.facts.fields import find_dataset_facts
from tastemaker.facts.recipes import find_recipe
from tastemaker.simulator.datasets import ERASED, DatasetData, Event
from tastemaker.simulator.serving import ServedVersion
from tastemaker.simulator.state_encoding import ROOMS, TAG
from tastemaker.simulator.state_files import StateError
from tastemaker.simulator.tables import BulkTable, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tastemaker.simulator.recipes.base import Recipe
    from tastemaker.simulator.state_encoding import Known
    from tastemaker.simulator.state_files import StateFiles
    from tastemaker.simulator.tables import Tables


class Decoder:
    """The way back. Arrays and models are mapped from their files."""

    def __init__(self, files: StateFiles, tables: Tables, recipes: Mapping[str, Recipe], known: Known) -> None:
        self._files, self._tables, self._recipes, self._known = files, tables, recipes, known
        self._bulk: dict[str, BulkTable] = {}
        self.data: list[DatasetData] = []
        self._kinds = self._build_kinds()

    def decode(self, value: Any) -> Any:
        """What `Encoder.encode` was given.

        Raises:
            StateError: written by a newer Tastemaker, or for other recipes.
        """
        if isinstance(value, list):
            return [self.decode(part) for part in value]
        if not isinstance(value, dict):
            return value
        if TAG not in value:
            return {key: self.decode(part) for key, part in value.items()}
        decode = self._kinds.get(value[TAG])
        if decode is None:
            raise StateError(f"The state has a {value[TAG]!r}, which this version of Tastemaker does not know.")
        return decode(value)

    def _build_kinds(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        return {
            "tuple": lambda value: tuple(self.decode(value["of"])),
            "dict": lambda value: dict(self.decode(value["of"])),
            "counter": lambda value: Counter(dict(self.decode(value["of"]))),
            "set": lambda value: set(self.decode(value["of"])),
            "frozenset": lambda value: frozenset(self.decode(value["of"])),
            "chunks": lambda value: [part for name in value["of"] for part in self._chunk(name)],
            "objects": self._objects,
            "array": self._array,
            "enum": lambda value: _class(value["type"])(value["of"]),
            "table": self._table,
            "data": lambda value: self.data[value["place"]],
            "dataset facts": lambda value: find_dataset_facts(value["of"]),
            "recipe facts": lambda value: find_recipe(value["name"]),
            "recipe": lambda value: self._recipe(value["name"]),
            "served": self._served,
            "record": self._record,
            "event": lambda value: Event(**{key: self.decode(part) for key, part in value.items() if key != TAG}),
            "erased": lambda _: ERASED,
        }

    def _chunk(self, name: str) -> list[Any]:
        values: list[Any] = self.decode(json.loads(self._files.path(name).read_bytes()))
        return values

    def _objects(self, value: dict[str, Any]) -> Any:
        parts = self._chunk(value["at"])
        array = np.empty(len(parts), object)
        array[:] = parts
        self._known.remember(array, value["at"])
        return array

    def _array(self, value: dict[str, Any]) -> Any:
        array = np.load(self._files.path(value["at"]), mmap_mode="r", allow_pickle=False)
        self._known.remember(array, value["at"])
        return array

    def _table(self, value: dict[str, Any]) -> BulkTable:
        name = value["at"]
        if name not in self._bulk:
            columns = ", ".join(quoted(column) for column in value["columns"])
            query = f"SELECT {columns} FROM read_parquet(?)"  # noqa: S608 - quoted names
            path = str(self._files.path(name))
            self._bulk[name] = self._tables.create(value["columns"], query, [path], value["size_bytes"])
            self._known.remember(self._bulk[name], name)
        return self._bulk[name]

    def _recipe(self, name: str) -> Recipe:
        if name not in self._recipes:
            raise StateError(f"The state has models of recipe {name}, which this simulator cannot load.")
        return self._recipes[name]

    def _served(self, value: dict[str, Any]) -> ServedVersion:
        model = self._recipe(value["recipe"]).load(self._files.path(value["model"]))
        self._known.remember(model, value["model"])
        return ServedVersion(model=model, **self.decode(value["of"]))

    def _record(self, value: dict[str, Any]) -> Any:
        kind = _class(value["type"])
        known = {field.name for field in fields(kind)}
        unknown = sorted(value["of"].keys() - known)
        if unknown:
            raise StateError(f"The state's {value['type']} has {unknown[0]!r}; a newer Tastemaker wrote it.")
        return kind(**self.decode(value["of"]))

    def dataset(self, members: dict[str, Any]) -> DatasetData:
        """One dataset's content with its indexes."""
        data = DatasetData(**self.decode(members))
        for position, event in enumerate(data.events):
            if event is not ERASED:
                data.by_user.setdefault(event.key, []).append(position)
        return data


def _class(name: str) -> Any:
    module, _, attribute = name.partition(":")
    if not module.startswith(ROOMS):
        raise StateError(f"The state names {name}, which is no part of the simulator.")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise StateError(f"The state has a {name}, which this version of Tastemaker does not know.") from error
