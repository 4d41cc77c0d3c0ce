"""Writes accepted events into the data bucket, as JSON Lines in one folder for each day.

Reads: BUCKET
Calls: s3:PutObject

Objects are `events/day=2026-11-27/<name>.jsonl` and `action-interactions/day=…`; the day is that of the event in UTC.
A line is an event as the service took it, with `sessionId`, `userId` where there is one, and `properties` as an object.
A batch that comes again writes the same objects again; an event that came twice keeps its `eventId`.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from .shared.aws import client
from .shared.log import metric_line, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TIME_FIELDS = {"events": "sentAt", "action-interactions": "timestamp"}
"""Prefix to the member of an event that says when it happened."""


@cache
def _dependencies() -> tuple[str, Any]:
    return os.environ["BUCKET"], client("s3")


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Take a batch of the archive's queue; when an object cannot be written, all of it comes again."""
    bucket, s3 = _dependencies()
    records = event["Records"]
    lines = folders(json.loads(record["body"]) for record in records)
    name = _batch_name([record["messageId"] for record in records])
    for folder, texts in lines.items():
        s3.put_object(
            Bucket=bucket, Key=f"{folder}/{name}.jsonl", Body="".join(texts).encode(), ContentType="application/jsonl"
        )
    counts = {"EventsArchived": sum(map(len, lines.values())), "ObjectsArchived": len(lines)}
    sent_at_ms = max(int(record["attributes"]["SentTimestamp"]) for record in records)
    write(metric_line(context.function_name, sent_at_ms, counts, invocationId=context.aws_request_id))
    return {"batchItemFailures": []}


def folders(messages: Iterator[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Folder to the lines that belong there, in the order of the messages.

    Args:
        messages: parameters of `PutEvents` or `PutActionInteractions`, without tracking id.
    """
    found: dict[str, list[str]] = {}
    for message in messages:
        for prefix, event in _events(message):
            day = datetime.fromtimestamp(event[TIME_FIELDS[prefix]], UTC).date().isoformat()
            line = json.dumps(event, separators=(",", ":")) + "\n"
            found.setdefault(f"{prefix}/day={day}", []).append(line)
    return found


def _events(message: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each event with its caller, and the prefix that it belongs to."""
    caller = {name: message[name] for name in ("sessionId", "userId") if name in message}
    prefix, member = (
        ("events", "eventList") if "eventList" in message else ("action-interactions", "actionInteractions")
    )
    for event in message[member]:
        properties = {"properties": json.loads(event["properties"])} if "properties" in event else {}
        yield prefix, {**caller, **event, **properties}


def _batch_name(message_ids: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(sorted(message_ids)).encode()).hexdigest()[:32]
