"""Takes users out of one object of the data bucket, or out of one side table. Ids never leave the function.

Reads: BUCKET
Calls: s3:GetObject, s3:PutObject, s3:ListBucket, dynamodb:DeleteItem, dynamodb:Query

The event is `{"Users": key of a CSV file with the column USER_ID, "Key": object, or folder with a slash at its end}` or
`{"Users", "Table", "KeyName", "Experiments"}`. `Experiments` is empty for a table whose key is the user id; for the
table of exposures and outcomes it names each experiment with its salt, `{"Name", "Salt"}`. The answer is `{"Removed":
rows or items}`. A line that stays keeps its bytes. Objects are CSV with the column USER_ID, JSON Lines as batch jobs
read and write them (lines of a user go, and users of a segment go out of their list), or archived events: those of a
user go, and those without a user whose session is the user's by another event of the same folder.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

from .shared.assignment import unit_key
from .shared.aws import client
from .shared.outcomes import SESSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_BYTES = 450 * 10**6
"""What fits into the function's temporary storage."""

_COLUMN = "USER_ID"


@cache
def _dependencies() -> tuple[str, Any]:
    return os.environ["BUCKET"], client("s3")


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """One object or one table.

    Raises:
        ValueError: the object is too large, or the list of users has no column USER_ID.
    """
    bucket, s3 = _dependencies()
    users = read_users(s3.get_object(Bucket=bucket, Key=event["Users"])["Body"].iter_lines(keepends=True))
    if "Table" in event:
        keys = table_keys(client("dynamodb"), event, users)
        return {"Removed": forget_items(client("dynamodb"), event["Table"], keys)}
    forget = forget_folder if event["Key"].endswith("/") else forget_lines
    return {"Removed": forget(s3, bucket, event["Key"], users)}


def forget_folder(s3: Any, bucket: str, folder: str, users: frozenset[str]) -> int:
    """Every object below it, without these users and their sessions; how many lines there were."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder)
    keys = [found["Key"] for page in pages for found in page.get("Contents", ()) if found["Size"] > 0]
    archived = [key for key in keys if key.endswith(".jsonl")]
    bodies = (s3.get_object(Bucket=bucket, Key=key)["Body"] for key in archived)
    sessions = frozenset(session for body in bodies for session in sessions_of(body.iter_lines(), users))
    return sum(forget_lines(s3, bucket, key, users, sessions) for key in keys)


def sessions_of(lines: Iterable[bytes], users: frozenset[str]) -> Iterator[str]:
    """Sessions that events say are these users'."""
    for line in lines:
        event = json.loads(line)
        if event.get("userId") in users and "sessionId" in event:
            yield event["sessionId"]


def read_users(lines: Iterable[bytes]) -> frozenset[str]:
    """The column USER_ID of a CSV file."""
    reader = csv.DictReader(line.decode("utf-8-sig") for line in lines)
    if _COLUMN not in (reader.fieldnames or ()):
        raise ValueError(f"the list of users has no column {_COLUMN}")
    return frozenset(row[_COLUMN] for row in reader)


def table_keys(dynamodb: Any, event: Mapping[str, Any], users: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Keys of the items that belong to the users."""
    table, key_name, experiments = event["Table"], event["KeyName"], event["Experiments"]
    if not experiments:
        yield from ({key_name: {"S": user}} for user in sorted(users))
        return
    for experiment, user in product(experiments, sorted(users)):
        unit = unit_key(experiment["Salt"], experiment["Name"], user)
        yield from _record_keys(dynamodb, table, key_name, unit)


def _record_keys(dynamodb: Any, table: str, key_name: str, unit: str) -> Iterator[dict[str, Any]]:
    """Records of the user, and of the sessions that they say were the user's."""
    for key in _keys_of(dynamodb, table, key_name, unit):
        yield key
        if key["record"]["S"].startswith(SESSION):
            yield from _keys_of(dynamodb, table, key_name, key["record"]["S"].removeprefix(SESSION))


def _keys_of(dynamodb: Any, table: str, key_name: str, unit: str) -> Iterator[dict[str, Any]]:
    query: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "#unit = :unit",
        "ProjectionExpression": "#unit, #record",
        "ExpressionAttributeNames": {"#unit": key_name, "#record": "record"},
        "ExpressionAttributeValues": {":unit": {"S": unit}},
    }
    while True:
        page = dynamodb.query(**query)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def forget_items(dynamodb: Any, table: str, keys: Iterable[dict[str, Any]]) -> int:
    """Delete these items; how many there were."""
    answers = (dynamodb.delete_item(TableName=table, Key=key, ReturnValues="ALL_OLD") for key in keys)
    return sum("Attributes" in answer for answer in answers)


def forget_lines(s3: Any, bucket: str, key: str, users: frozenset[str], sessions: frozenset[str] = frozenset()) -> int:
    """Write the object anew without these users and sessions; an object without them stays as it is."""
    found = s3.get_object(Bucket=bucket, Key=key)
    if found["ContentLength"] > MAX_BYTES:
        raise ValueError(f"{key} has {found['ContentLength']} bytes and at most {MAX_BYTES} can be rewritten; split it")
    lines = found["Body"].iter_lines(keepends=True)
    is_json = key.endswith((".json", ".jsonl", ".out"))
    cleaned = json_lines(lines, users, sessions) if is_json else csv_lines(lines, users)
    with tempfile.TemporaryFile() as file:
        removed = 0
        for line, gone in cleaned:
            removed += gone
            file.write(line)
        if removed:
            file.seek(0)
            s3.put_object(Bucket=bucket, Key=key, Body=file, Metadata=_metadata(found.get("Metadata", {}), removed))
    return removed


def _metadata(before: Mapping[str, str], removed: int) -> dict[str, str]:
    """The number of rows that the next import compares with."""
    rows = before.get("rows", "")
    return {**before, "rows": str(int(rows) - removed)} if rows.isdigit() else dict(before)


def csv_lines(lines: Iterable[bytes], users: frozenset[str]) -> Iterator[tuple[bytes, int]]:
    """Each line with how many records of the users it held; one record is one line (developer guide, data format)."""
    place = None
    for number, line in enumerate(lines):
        row = next(csv.reader([line.decode()]), [])
        if number == 0:
            place = row.index(_COLUMN) if _COLUMN in row else None
        is_theirs = number > 0 and place is not None and place < len(row) and row[place] in users
        yield (b"", 1) if is_theirs else (line, 0)


def json_lines(
    lines: Iterable[bytes], users: frozenset[str], sessions: frozenset[str] = frozenset()
) -> Iterator[tuple[bytes, int]]:
    """The same for archived events, and for input and output of batch jobs."""
    for line in lines:
        entry = json.loads(line) if line.strip() else {}
        asked = entry.get("input", entry)
        if isinstance(asked, dict) and _is_theirs(asked, users, sessions):
            yield b"", 1
            continue
        output = entry.get("output")
        output = output if isinstance(output, dict) else {}
        segment = output.get("recommendedUsers", [])
        kept = [user for user in segment if user not in users]
        if len(kept) == len(segment):
            yield line, 0
        else:
            output["recommendedUsers"] = kept
            yield json.dumps(entry).encode() + b"\n", len(segment) - len(kept)


def _is_theirs(asked: Mapping[str, Any], users: frozenset[str], sessions: frozenset[str]) -> bool:
    if "userId" in asked:
        return asked["userId"] in users
    return asked.get("sessionId") in sessions
