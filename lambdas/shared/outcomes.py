"""Events that follow from the answer of an experiment: each becomes a record beside the exposure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .assignment import unit_key
from .aws import call
from .experiments import record_values
from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Records = dict[str, dict[str, dict[str, Any]]]

BATCH_SIZE = 25
"""Source: DynamoDB API reference, BatchWriteItem."""


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
        for start in range(0, len(entries), BATCH_SIZE):
            batch = entries[start : start + BATCH_SIZE]
            left = _write(tables, table, batch)
            written, lost = written + len(batch) - left, lost + left
    return {"Outcomes": written, "OutcomesLost": lost} if written or lost else {}


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
