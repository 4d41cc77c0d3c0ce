"""Avro schemas of an account or a file to the short form of the project file. Source: reference §2.1 and §2.2."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from tastemaker.model.datasets import Datasets, FieldType
from tastemaker.model.schema import build_avro_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.adoption.inventory import FoundDataset
    from tastemaker.errors import Finding

_TYPES = get_args(FieldType)
_ATTRIBUTES = ("categorical", "textual", "itemName")


class UnreadableSchemaError(Exception):
    """The schema cannot be written in the project file; `findings` say why."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__()
        self.findings = findings


def read_schema(dataset: FoundDataset) -> dict[str, Any]:
    """Column to its declaration, in the schema's order.

    Raises:
        UnreadableSchemaError: with everything that is wrong.
    """
    avro, findings = load_avro(dataset), list[Any]()
    columns: dict[str, Any] = {}
    for index, one in enumerate(avro["fields"]):
        place = dataset.schema.place.at("schema", "fields", index)
        problem = _find_problem(one, columns)
        if problem is not None:
            hint = "A column is a name and a type, or null and a type; see the developer guide, custom-datasets."
            findings.append(place.find("schema-unreadable", f"{dataset.key}: {problem}", hint))
        else:
            columns[one["name"]] = _shorten(one)
    if findings:
        raise UnreadableSchemaError(findings)
    return columns


def load_avro(dataset: FoundDataset) -> dict[str, Any]:
    """The schema as a mapping with a list of fields.

    Raises:
        UnreadableSchemaError: it is no JSON, or has no fields.
    """
    avro = dataset.schema.members.get("schema")
    if isinstance(avro, str):
        try:
            avro = json.loads(avro)
        except json.JSONDecodeError:
            avro = None
    if not isinstance(avro, dict) or not isinstance(avro.get("fields"), list):
        message = f"the schema of {dataset.key} is no Avro record with a list of fields"
        hint = "Give the schema as CreateSchema takes it."
        raise UnreadableSchemaError([dataset.schema.find_member("schema", "schema-unreadable", message, hint)])
    return avro


def _find_problem(one: Any, columns: dict[str, Any]) -> str | None:
    if not isinstance(one, dict) or not isinstance(one.get("name"), str):
        return "a field has no name"
    if one["name"] in columns:
        return f"column {one['name']} stands there twice"
    kind = _strip_null(one.get("type"))
    return (
        None
        if isinstance(kind, str) and kind in _TYPES
        else f"column {one['name']} has the type {json.dumps(one.get('type'))}"
    )


def _strip_null(kind: Any) -> Any:
    """`["null", "string"]` to `string`, in either order; `["string"]` as well."""
    others = [one for one in kind if one != "null"] if isinstance(kind, list) else [kind]
    return others[0] if len(others) == 1 else None


def _shorten(one: dict[str, Any]) -> Any:
    long = {"type": _strip_null(one["type"])}
    long |= {word: one[word] for word in _ATTRIBUTES if isinstance(one.get(word), bool)}
    if "null" in one["type"]:
        long["nullable"] = True
    return long["type"] if len(long) == 1 else long


def find_differences(dataset: FoundDataset, columns: dict[str, Any]) -> Iterator[Finding]:
    """What the schema says beyond what the project file can say; it keeps its name all the same."""
    avro = load_avro(dataset)
    declared = Datasets.model_validate({dataset.key: {"schema": columns}}).declared()[0]
    built = build_avro_schema(declared)
    fields = zip(avro["fields"], built["fields"], strict=True)
    parts = [word for word in ("type", "name", "namespace", "version") if avro.get(word) != built[word]]
    parts += [f"column {has['name']}" for has, wants in fields if has != wants]
    parts += [str(word) for word in avro if word not in built]
    if parts:
        message = f"the schema of {dataset.key} differs from the one that Tastemaker writes in: {', '.join(parts)}"
        hint = "It stays as long as the columns do; a change of the columns makes a new schema."
        yield dataset.schema.find_member("schema", "schema-text", message, hint, severity="warning")
