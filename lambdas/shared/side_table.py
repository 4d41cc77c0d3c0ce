"""Metadata of items from a DynamoDB table, for an answer that Amazon Personalize gave without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .aws import call
from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .attempts import Deadline

BATCH_SIZE = 100
"""Source: DynamoDB API reference, BatchGetItem."""
SCALARS = ("S", "N", "BOOL")


def described_items(
    items: Sequence[dict[str, Any]], side_table: Mapping[str, Any], tables: Any, deadline: Deadline
) -> tuple[list[dict[str, Any]], int]:
    """The items, each with `metadata` as far as the table has any; what fails or comes too late is left out.

    Args:
        items: each with an `itemId`.
        side_table: `table`, `key` (its partition key) and `attributes`, the columns that callers get.

    Returns:
        The items in the same order, and how many were not looked up.
    """
    item_ids = list(dict.fromkeys(item["itemId"] for item in items))
    found: dict[str, dict[str, str]] = {}
    missed = 0
    for start in range(0, len(item_ids), BATCH_SIZE):
        batch = item_ids[start : start + BATCH_SIZE]
        if not deadline.allows(1):
            missed += len(batch)
            continue
        rows, left = _read(tables, side_table, batch)
        found |= rows
        missed += left
    return [{**item, "metadata": found[item["itemId"]]} if item["itemId"] in found else item for item in items], missed


def _read(tables: Any, side_table: Mapping[str, Any], item_ids: list[str]) -> tuple[dict[str, dict[str, str]], int]:
    table, key, attributes = side_table["table"], side_table["key"], side_table["attributes"]
    names = {f"#{place}": name for place, name in enumerate(dict.fromkeys([key, *attributes]))}
    wanted = {
        "Keys": [{key: {"S": item_id}} for item_id in item_ids],
        "ProjectionExpression": ",".join(names),
        "ExpressionAttributeNames": names,
    }
    try:
        answer = call(tables.batch_get_item, RequestItems={table: wanted})
    except ProblemError:
        return {}, len(item_ids)
    rows = answer.get("Responses", {}).get(table, [])
    left = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    return {row[key]["S"]: _texts(row, attributes) for row in rows}, len(left)


def _texts(row: Mapping[str, Mapping[str, Any]], attributes: Sequence[str]) -> dict[str, str]:
    """Single values as text, the way the service gives metadata; sets, lists and nulls are left out."""
    texts = {}
    for name in attributes:
        kind, value = next(iter(row.get(name, {}).items()), ("", None))
        if kind in SCALARS:
            texts[name] = str(value).lower() if kind == "BOOL" else str(value)
    return texts
