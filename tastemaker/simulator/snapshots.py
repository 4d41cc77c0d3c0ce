"""Turns a snapshot of a dataset into the tables that recipes and filters read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.simulator.datasets import ERASED
from tastemaker.simulator.importer import duckdb_types
from tastemaker.simulator.recipes.base import InteractionTable, MetadataTable
from tastemaker.simulator.tables import quoted

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    from tastemaker.facts.avro import DatasetSchema
    from tastemaker.simulator.datasets import DatasetData, Event, Snapshot
    from tastemaker.simulator.tables import BulkTable, Tables

_CODED = frozenset({"EVENT_TYPE", "EVENT_VALUE"})


def interaction_table(tables: Tables, data: DatasetData, snapshot: Snapshot) -> InteractionTable:
    """All interactions, or action interactions, of a snapshot; ids of actions stand for item ids.

    Rows that are equal in every field count once (reference §2.4). Streamed events without a user id belong to the user
    whom an event of the same session named, else to the session.
    """
    cursor = tables.cursor()
    rows, parameters = union_query(data.schema, snapshot, streamed_rows(data, snapshot))
    cursor.execute(f"CREATE TEMP TABLE history AS {rows}", parameters)
    return _encode(cursor, data.schema)


def no_interactions() -> InteractionTable:
    """What there is without a dataset."""
    nothing, ids = np.empty(0, np.int32), np.empty(0, object)
    return InteractionTable(ids, ids, nothing, nothing, np.empty(0, np.int64), nothing, (), np.empty(0, np.float32))


def metadata_table(tables: Tables, data: DatasetData, snapshot: Snapshot) -> MetadataTable:
    """Items or users of a snapshot; of several records with one id the newest counts (reference §2.5)."""
    schema = data.schema
    key = quoted(schema.facts.id_column)
    rows, parameters = union_query(schema, snapshot, streamed_rows(data, snapshot), numbered=True)
    query = f"{newest_by_id(rows, key)} ORDER BY {key}"
    columns = {name: _numbers_as_float64(_filled(values)) for name, values in tables.fetch(query, parameters).items()}
    ids = columns.pop(schema.facts.id_column)
    return MetadataTable(
        ids=ids,
        columns=columns,
        categorical=frozenset(column.name for column in schema.columns if column.categorical),
        textual=frozenset(column.name for column in schema.columns if column.textual),
        item_name=next((column.name for column in schema.columns if column.item_name), None),
    )


def newest_by_id(rows: str, key: str) -> str:
    """A query for the newest of the numbered rows with one id."""
    return (
        f"SELECT * EXCLUDE (part, line) FROM ({rows}) "  # noqa: S608 - own and quoted names
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY part DESC, line DESC) = 1"
    )


def streamed_rows(data: DatasetData, snapshot: Snapshot) -> list[dict[str, Any]]:
    """The streamed records of a snapshot by column, oldest first, without those of deleted users."""
    if not data.schema.facts.id_column:
        return [_event_row(data, event) for event in data.events[: snapshot.streamed] if event is not ERASED]
    return [record for record in data.records[: snapshot.streamed] if record]


def _event_row(data: DatasetData, event: Event) -> dict[str, Any]:
    return {
        **event.columns,
        "USER_ID": data.user_of(event),
        _item_column(data.schema): event.item_id,
        "TIMESTAMP": event.timestamp,
        "EVENT_TYPE": event.event_type,
        "EVENT_VALUE": event.event_value,
    }


def _item_column(schema: DatasetSchema) -> str:
    return "ACTION_ID" if schema.facts.type == "ACTION_INTERACTIONS" else "ITEM_ID"


def union_query(
    schema: DatasetSchema, snapshot: Snapshot, streamed: list[dict[str, Any]], *, numbered: bool = False
) -> tuple[str, list[str]]:
    """A query for imported and streamed rows together, with the schema's columns; `part` and `line` number them."""
    types = duckdb_types(schema)
    parts = [
        f"SELECT {_selected(types, table)}{f', {part} AS part, rowid AS line' if numbered else ''} FROM {table.name}"  # noqa: S608 - own names
        for part, table in enumerate(snapshot.tables)
    ]
    number = f", {len(snapshot.tables)} AS part, line" if numbered else ""
    structure = json.dumps([types])
    wanted = ", ".join(f"entry.{quoted(name)}" for name in types)
    parts.append(
        f"SELECT {wanted}{number} FROM (SELECT unnest(entries) AS entry, unnest(range(len(entries))) AS line "  # noqa: S608 - own names
        f"FROM (SELECT from_json(?::JSON, '{structure}') AS entries))"
    )
    return " UNION ALL ".join(parts), [json.dumps(streamed)]


def _selected(types: dict[str, str], table: BulkTable) -> str:
    """The schema's columns of a table; null where the table is older than the column."""
    return ", ".join(
        quoted(name) if name in table.columns else f"NULL::{kind} AS {quoted(name)}" for name, kind in types.items()
    )


def _encode(cursor: duckdb.DuckDBPyConnection, schema: DatasetSchema) -> InteractionTable:
    user_ids = _codes(cursor, "USER_ID", "users")
    item = _item_column(schema)
    item_ids = _codes(cursor, item, "items")
    has_type, has_value = schema.find("EVENT_TYPE") is not None, schema.find("EVENT_VALUE") is not None
    event_types = _codes(cursor, "EVENT_TYPE", "types") if has_type else np.empty(0, object)
    context = [column.name for column in schema.custom]
    rest = [quoted(name) for name in schema.facts.reserved if name not in _CODED and schema.find(name) is not None]
    select = [
        'TIMESTAMP AS "when"',
        "users.rowid AS user_code",
        "items.rowid AS item_code",
        ("coalesce(types.rowid, -1)" if has_type else "-1") + " AS type_code",
        ("EVENT_VALUE::FLOAT" if has_value else "NULL::FLOAT") + " AS worth",
        *(f"{quoted(name)}::VARCHAR AS context_{index}" for index, name in enumerate(context)),
        *([f"hash({', '.join(rest)}) AS rest"] if rest else []),  # tells rows apart that differ in these only
    ]
    query = f"SELECT DISTINCT {', '.join(select)} FROM history JOIN users USING (USER_ID) JOIN items USING ({item})"  # noqa: S608 - own names
    query += " LEFT JOIN types USING (EVENT_TYPE)" if has_type else ""
    columns = {name: _filled(values) for name, values in cursor.execute(query + " ORDER BY ALL").fetchnumpy().items()}
    return InteractionTable(
        user_ids=user_ids,
        item_ids=item_ids,
        user=columns["user_code"].astype(np.int32, copy=False),
        item=columns["item_code"].astype(np.int32, copy=False),
        timestamp=columns["when"].astype(np.int64, copy=False),
        event_type=columns["type_code"].astype(np.int32, copy=False),
        event_types=tuple(event_types),
        event_value=columns["worth"].astype(np.float32, copy=False),
        context={name: columns[f"context_{index}"] for index, name in enumerate(context)},
    )


def _codes(cursor: duckdb.DuckDBPyConnection, column: str, table: str) -> npt.NDArray[np.object_]:
    """Number the distinct values of a column in ascending order, by their row in a new table; gives the values."""
    distinct = f"SELECT DISTINCT {column} FROM history WHERE {column} IS NOT NULL ORDER BY {column}"  # noqa: S608 - own names
    cursor.execute(f"CREATE TEMP TABLE {table} AS {distinct}")
    values = cursor.execute(f"SELECT {column} FROM {table} ORDER BY rowid").fetchnumpy()[column]  # noqa: S608 - own names
    return np.asarray(_filled(values), object)


def _numbers_as_float64(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values if values.dtype == object else values.astype(np.float64)


def _filled(values: Any) -> npt.NDArray[Any]:
    """Null as None in objects and NaN in numbers; numbers with nulls or fractions are float64."""
    if values.dtype.kind in "OUS":
        objects = np.array(np.ma.getdata(values), object)
        objects[np.ma.getmaskarray(values)] = None  # filled(None) would take NumPy's own default, "?"
        return objects
    if not np.ma.isMaskedArray(values) or not values.mask.any():
        return np.asarray(values)
    return np.asarray(np.ma.filled(values.astype(np.float64), np.nan))
