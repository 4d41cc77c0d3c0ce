"""From raw files to what a project file says about them: schemas, and the SQL that makes the datasets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tastemaker.data.dialect import quote_name
from tastemaker.data.infer import is_category, is_text
from tastemaker.facts.fields import MAX_EPOCH_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.data.infer import Column, RawFile

Declared: TypeAlias = str | dict[str, str | bool]
_MOST_COLUMNS = {"items": 20, "users": 10}


@dataclass(frozen=True)
class ProposedDataset:
    """One dataset of the project file.

    Attributes:
        schema: column to its declaration, as the project file has it: a type, or a mapping with one.
        sql: one SELECT over the source `<key>_raw`.
    """

    key: str
    schema: dict[str, Declared]
    sql: str
    rows: int

    @property
    def has_text(self) -> bool:
        return any("textual" in declared for declared in self.schema.values())


def propose_datasets(files: Sequence[RawFile]) -> tuple[ProposedDataset, ...]:
    """One dataset for each kind of file, in the order interactions, items, users."""
    by_kind = {file.kind: file for file in files}
    proposed = []
    if "interactions" in by_kind:
        proposed.append(_propose_interactions(by_kind["interactions"]))
    proposed += [_propose_metadata(by_kind[kind], kind) for kind in ("items", "users") if kind in by_kind]
    return tuple(dataset for dataset in proposed if len(dataset.schema) > 1)  # metadata of ids alone are none


def _propose_interactions(file: RawFile) -> ProposedDataset:
    roles = file.roles
    selected = {name: quote_name(roles[name]) for name in ("USER_ID", "ITEM_ID")}
    selected["TIMESTAMP"] = _read_time(file.column(roles["TIMESTAMP"]))
    selected["EVENT_TYPE"] = quote_name(roles["EVENT_TYPE"]) if "EVENT_TYPE" in roles else "'interaction'"
    schema: dict[str, Declared] = {
        "USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "EVENT_TYPE": "string",
    }  # fmt: skip
    if "EVENT_VALUE" in roles:
        column = file.column(roles["EVENT_VALUE"])
        selected["EVENT_VALUE"] = quote_name(column.name)
        schema["EVENT_VALUE"] = _write_type("float", column)
    needed = [selected[name] for name in ("USER_ID", "ITEM_ID", "TIMESTAMP")]
    return ProposedDataset("interactions", schema, _write_sql("interactions", selected, needed), file.rows)


def _propose_metadata(file: RawFile, key: str) -> ProposedDataset:
    """Text, categories and numbers; what is none of them teaches nothing."""
    id_name = "ITEM_ID" if key == "items" else "USER_ID"
    source = file.column(file.roles[id_name])  # type: ignore[index]
    selected = {id_name: quote_name(source.name)}
    schema: dict[str, Declared] = {id_name: "string"}
    for column in file.columns:
        declared = _declare(column, file.rows, textual=key == "items" and not _has_text(schema))
        name = re.sub(r"[^A-Z0-9]+", "_", column.name.upper()).strip("_")
        if declared is None or column.name == source.name or name in schema or not name[:1].isalpha():
            continue
        if len(schema) <= _MOST_COLUMNS[key]:
            selected[name], schema[name] = quote_name(column.name), declared
    return ProposedDataset(key, schema, _write_sql(key, selected, [selected[id_name]]), file.rows)


def _has_text(schema: dict[str, Declared]) -> bool:
    return any("textual" in declared for declared in schema.values())


def _declare(column: Column, rows: int, *, textual: bool) -> Declared | None:
    if column.is_number:
        return _write_type("long" if column.is_whole else "float", column)
    if not is_text(column) and is_category(column, rows):
        return _write_type("string", column, categorical=True)
    is_wanted = textual and (is_text(column) or column.type == "VARCHAR")
    return _write_type("string", column, textual=True) if is_wanted else None


def _write_type(kind: str, column: Column, **attributes: bool) -> Declared:
    nullable = {"nullable": True} if column.empty else {}
    return {"type": kind, **attributes, **nullable} if attributes or nullable else kind


def _read_time(column: Column) -> str:
    """SQL of epoch seconds, whatever the unit."""
    name = quote_name(column.name)
    if not column.is_number:
        moment = f"TRY_CAST({name} AS TIMESTAMP)" if column.type == "VARCHAR" else name
        return f"CAST(epoch({moment}) AS BIGINT)"
    for divisor in (1, 1_000, 1_000_000, 1_000_000_000):
        if (column.greatest or 0) <= MAX_EPOCH_SECONDS * divisor:
            return f"CAST({name} AS BIGINT)" if divisor == 1 else f"CAST({name} // {divisor} AS BIGINT)"
    return f"CAST({name} AS BIGINT)"


def _write_sql(key: str, selected: dict[str, str], needed: list[str]) -> str:
    width = max(map(len, selected.values()))
    columns = ",\n".join(f"  {source:<{width}} AS {name}" for name, source in selected.items())
    conditions = "\n  AND ".join(f"{source} IS NOT NULL" for source in needed)
    return f"SELECT\n{columns}\nFROM {key}_raw\nWHERE {conditions}\n"
