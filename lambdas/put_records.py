"""New and changed items and users, between two imports.

Reads: ROUTES
Calls: personalize:PutItems, personalize:PutUsers

The service takes ten requests a second for each dataset group: for single changes, not for a whole catalogue. Statuses
are those of POST /events, except that nothing is queued: the caller holds the newest version of a record, and an old
one from a queue could overwrite it.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from .shared.aws import call, client
from .shared.body import json_body, refuse_unknown
from .shared.checks import id_problem, kind_of
from .shared.delivery import Delivery
from .shared.events import properties_problem
from .shared.http import Answer, respond
from .shared.sessions import checked_entries, report_answer
from .shared.settings import read_routes, route_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .shared.settings import Routes


@cache
def _dependencies() -> tuple[Routes, Any]:
    return read_routes(), client("personalize-events", max_attempts=1)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer PUT /items and PUT /users."""
    routes, events_client = _dependencies()
    return respond(event, context, lambda request: put_records(request, routes, events_client))


def put_records(event: Mapping[str, Any], routes: Routes, events_client: Any) -> Answer:
    """Check and send the records of one request.

    Raises:
        ProblemError: the request as a whole is wrong, no record was accepted, or the service does not take them.
    """
    settings = route_settings(event, routes)
    member = settings["member"]
    body = json_body(event)
    refuse_unknown(body, (member,))
    records = checked_entries(body, member)
    problems = {place: _record_problem(record, settings) for place, record in enumerate(records)}
    operation = getattr(events_client, f"put_{member}")

    def put(chunk: Sequence[dict[str, Any]]) -> None:
        call(operation, datasetArn=settings["datasetArn"], **{member: chunk})

    delivery = Delivery(put)
    delivery.send({place: _prepared(records[place]) for place, problem in problems.items() if problem is None})
    rejected = {place: {"status": "rejected", "reasons": [problem]} for place, problem in problems.items() if problem}
    outcomes = {**rejected, **delivery.outcomes}
    return report_answer([{"index": place, **outcomes[place]} for place in range(len(records))], delivery)


def _record_problem(record: Any, settings: Mapping[str, Any]) -> str | None:
    if not isinstance(record, dict):
        return f"A record must be an object, found {kind_of(record)}."
    id_field = settings["idField"]
    unknown = [name for name in record if name not in (id_field, "properties")]
    if unknown:
        return f"Unknown field {unknown[0][:40]!r}; known are {id_field}, properties."
    return id_problem(record.get(id_field), id_field) or properties_problem(
        record.get("properties", {}), settings["maxPropertiesLength"]
    )


def _prepared(record: Mapping[str, Any]) -> dict[str, Any]:
    if "properties" not in record:
        return dict(record)
    return {**record, "properties": json.dumps(record["properties"], separators=(",", ":"), ensure_ascii=False)}
