"""AWS as a state machine would find it: reads go through to the account, writes are kept and answered from memory.

What was created exists and is ACTIVE, what was deleted is gone, an update is done at once. What is under way in the
account counts as ended well, since nobody waits for it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.changes.reader import PERSONALIZE
from tastemaker.changes.records import Call
from tastemaker.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.changes.reader import Reader

KNOWN_LATER = "(known after it is created)"
_READS = ("Describe", "List", "Get")
_UNDER_WAY = ("PENDING", "IN_PROGRESS")


class Overlay:
    """Implements the runner's `AwsCaller`.

    Args:
        arns: (member, name) of what the plan declares to its ARN, e.g. `("Solution", "shop-dev-popular")`.

    Attributes:
        writes: what would have changed something, in order.
    """

    def __init__(self, reader: Reader, arns: Mapping[tuple[str, str], str]) -> None:
        self._reader, self._arns = reader, arns
        self._created: dict[str, dict[str, Any]] = {}
        self._updated: set[str] = set()
        self._deleted: set[str] = set()
        self.writes: list[Call] = []

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """See `AwsCaller`."""
        if operation.startswith(_READS):
            return self._read(operation, params) if service == PERSONALIZE else self._ask(service, operation, params)
        self.writes.append(Call(service, operation, dict(params)))
        return self._write(operation, params) if service == PERSONALIZE else {}

    def _ask(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return self._reader.read(service, operation, params)

    def _write(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        for verb in ("Create", "Update", "Delete"):
            member = operation.removeprefix(verb)
            if member != operation:
                return getattr(self, f"_{verb.lower()}")(member, params)  # type: ignore[no-any-return]
        return {}  # TagResource and UntagResource answer nothing

    def _create(self, member: str, params: Mapping[str, Any]) -> dict[str, Any]:
        arn = self._arns.get((member, params["name"]), KNOWN_LATER)
        self._deleted.discard(arn)
        self._created[arn] = {**params, arn_member(member): arn, "status": "ACTIVE", "trackingId": KNOWN_LATER}
        return {arn_member(member): arn}

    def _update(self, member: str, params: Mapping[str, Any]) -> dict[str, Any]:
        arn = str(params[arn_member(member)])
        self._updated.add(arn)
        return {arn_member(member): arn}

    def _delete(self, member: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._deleted.add(str(params[arn_member(member)]))
        return {}

    def _read(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if operation.startswith("Describe"):
            member = operation.removeprefix("Describe")
            return {lower_member(member): self._describe(operation, member, params)}
        parent = str(next(iter(params.values())))
        if parent in self._created:
            return _list_of_new(operation, self._created[parent])
        answer = self._ask(PERSONALIZE, operation, params)
        return {name: self._without_deleted(entries) for name, entries in answer.items()}

    def _describe(self, operation: str, member: str, params: Mapping[str, Any]) -> dict[str, Any]:
        arn = str(params[arn_member(member)])
        if arn in self._created:
            return self._created[arn]
        if arn in self._deleted:
            raise AwsError(PERSONALIZE, "ResourceNotFoundException", f"{arn} is deleted.")
        description = settle(self._ask(PERSONALIZE, operation, params)[lower_member(member)])
        return {**description, f"latest{member}Update": {"status": "ACTIVE"}} if arn in self._updated else description

    def _without_deleted(self, entries: Any) -> Any:
        if not isinstance(entries, list):
            return entries
        return [entry for entry in entries if not self._deleted.intersection(map(str, entry.values()))]


def settle(description: Mapping[str, Any]) -> dict[str, Any]:
    """A description when everything that is under way has ended well: an update's values are in place."""
    settled = dict(description)
    for name, value in description.items():
        if name.startswith("latest") and name.endswith("Update") and _is_under_way(value):
            settled |= {member: part for member, part in value.items() if member not in _OF_THE_UPDATE}
            settled[name] = {**value, "status": "ACTIVE"}
    if _is_under_way(settled):
        settled["status"] = "ACTIVE"
    return settled


_OF_THE_UPDATE = frozenset({"status", "failureReason", "creationDateTime", "lastUpdatedDateTime"})


def _is_under_way(described: Mapping[str, Any]) -> bool:
    status = str(described.get("status", ""))
    return status.endswith(_UNDER_WAY) and not status.startswith("DELETE")


def _list_of_new(operation: str, parent: Mapping[str, Any]) -> dict[str, Any]:
    """What belongs to a resource that was created here."""
    if operation == "ListTagsForResource":
        return {"tags": parent.get("tags", [])}
    return {"metrics": parent["metrics"]} if operation == "ListMetricAttributionMetrics" else {}


def arn_member(member: str) -> str:
    return f"{lower_member(member)}Arn"


def lower_member(member: str) -> str:
    return member[:1].lower() + member[1:]
