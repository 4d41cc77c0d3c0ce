"""What events say of experiments: outcomes, and which session is whose.

An event that follows from the answer of an experiment becomes a record beside the exposure.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .assignment import unit_key
from .aws import call
from .experiments import RETENTION_SECONDS, record_values
from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Records = dict[str, dict[str, dict[str, Any]]]

BATCH_SIZE = 25
"""Source: DynamoDB API reference, BatchWriteItem."""
SESSION = "session#"
"""Begin of the sort key of a user's record of a session; the session's unit follows."""


def record_outcomes(
    tables: Any, experiments: Mapping[str, Mapping[str, Any]], unit: str, events: Iterable[Mapping[str, Any]]
) -> dict[str, int]:
    """Write what became of the unit; the events themselves are safe already, whether this succeeds or not.

    Args:
        experiments: name to settings, see `plan/experiments.py`.
        unit: id of the user; of the session where there is no user, as in the request for the list.
        events: prepared ones that the service took or the queue holds. An event that is sent again is the same record.

    Returns:
        Metric name to count.
    """
    written = lost = 0
    for table, records in _by_table(experiments, unit, events).items():
        entries = [{"PutRequest": {"Item": item}} for item in records.values()]
        for batch in _batches(entries):
            left = _write(tables, table, batch)
            written, lost = written + len(batch) - left, lost + left
    return {"Outcomes": written, "OutcomesLost": lost} if written or lost else {}


def record_session(
    tables: Any, experiments: Mapping[str, Mapping[str, Any]], user_id: str, session_id: str, now_seconds: float
) -> bool:
    """Note that the session is the user's, as hashes: whoever forgets the user has to find what the session left.

    Returns:
        Whether it is noted.
    """
    expiry = {"N": str(int(now_seconds) + RETENTION_SECONDS)}
    entries: dict[str, list[dict[str, Any]]] = {}
    for name, settings in experiments.items():
        user, session = (unit_key(settings["salt"], name, one) for one in (user_id, session_id))
        item = {"unit": {"S": user}, "record": {"S": f"{SESSION}{session}"}, "expiresAt": expiry}
        entries.setdefault(settings["table"], []).append({"PutRequest": {"Item": item}})
    batches = [(table, batch) for table, found in entries.items() for batch in _batches(found)]
    return not sum(_write(tables, table, batch) for table, batch in batches)


def for_service(settings: Mapping[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """The event without an experiment's source, where the project has no metric attribution that could take it.

    What Amazon Personalize does with a source and no metric attribution is not documented.

    Args:
        settings: of the route; `attributed` where the project declares a metric attribution.
    """
    if settings.get("attributed") or not _credited(settings.get("experiments", {}), event)[0]:
        return event
    return {name: value for name, value in event.items() if name != "metricAttribution"}


def _credited(experiments: Mapping[str, Mapping[str, Any]], event: Mapping[str, Any]) -> tuple[str, str]:
    """Experiment and variant that the event's source names; two empty texts for any other source."""
    source: str = event.get("metricAttribution", {}).get("eventAttributionSource", "")
    name, _, variant = source.partition(":")
    return (name, variant) if variant in experiments.get(name, {}).get("variants", ()) else ("", "")


def _batches(entries: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [entries[start : start + BATCH_SIZE] for start in range(0, len(entries), BATCH_SIZE)]


def _write(tables: Any, table: str, batch: list[dict[str, Any]]) -> int:
    """How many entries are not written."""
    try:
        answer = call(tables.batch_write_item, RequestItems={table: batch})
    except ProblemError:
        return len(batch)
    return len(answer.get("UnprocessedItems", {}).get(table, ()))


def _by_table(
    experiments: Mapping[str, Mapping[str, Any]], unit: str, events: Iterable[Mapping[str, Any]]
) -> dict[str, Records]:
    found: dict[str, Records] = {}
    for event in events:
        name, variant = _credited(experiments, event)
        if not name:
            continue
        settings = experiments[name]
        record = f"outcome#{hashlib.sha256(event['eventId'].encode()).hexdigest()[:32]}"
        key = unit_key(settings["salt"], name, unit)
        item = {
            "unit": {"S": key},
            "record": {"S": record},
            "eventType": {"S": event["eventType"]},
            **record_values(name, variant, int(event["sentAt"])),
        }
        found.setdefault(settings["table"], {})[f"{key} {record}"] = item
    return found
