"""Service quotas of what exists by number: how many there are, how many there may be, and which creation is too many.

Event trackers and metric attributions are no matter here: a group has one at most, and `ensure` takes the one that is
there. Source: reference §9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tastemaker.changes.records import Shortage
from tastemaker.facts import limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tastemaker.changes.records import Call

_NAMED = 5
"""Names of what could be deleted that an advice lists."""


@dataclass(frozen=True)
class Quota:
    """How many of one kind there may be.

    Attributes:
        what: plural, as the names of Service Quotas have it.
        member: the API's name of the kind, e.g. `Campaign`.
        default: where Service Quotas was not asked or does not know it.
        per_group: in one dataset group; otherwise in the Region.
        adjustable: Service Quotas takes requests for more.
    """

    what: str
    member: str
    default: int
    per_group: bool = True
    adjustable: bool = True

    @property
    def name(self) -> str:
        return f"{self.what} per {'dataset group' if self.per_group else 'Region'}"

    @property
    def section(self) -> str:
        """Of `Plan.resources`, and what Step Functions calls the list."""
        return f"{self.member}s"

    @property
    def operation(self) -> str:
        return f"List{self.member}s"

    def find_limit(self, applied: Mapping[str, float]) -> int:
        """Service Quotas words it e.g. `Number of active campaigns per dataset group`."""
        named = [
            value for name, value in applied.items() if self.what in name.lower() and "pending" not in name.lower()
        ]
        return int(max(named)) if named else self.default


CAMPAIGNS = Quota("campaigns", "Campaign", limits.MAX_CAMPAIGNS)
SOLUTIONS = Quota("solutions", "Solution", limits.MAX_SOLUTIONS)
QUOTAS = (
    Quota("dataset groups", "DatasetGroup", limits.MAX_DATASET_GROUPS, per_group=False),
    Quota("schemas", "Schema", limits.MAX_SCHEMAS, per_group=False, adjustable=False),
    SOLUTIONS,
    Quota("filters", "Filter", limits.MAX_FILTERS),
    Quota("recommenders", "Recommender", limits.MAX_RECOMMENDERS, adjustable=False),
    CAMPAIGNS,
)
"""In the order in which `ensure` creates."""


class Ask(Protocol):
    """All entries of a List operation, by botocore's names; none where the parent does not exist."""

    def __call__(self, operation: str, **params: str) -> list[dict[str, Any]]: ...


def list_names(quota: Quota, ask: Ask, group_arn: str) -> frozenset[str]:
    """Names of what counts towards the quota; what is being deleted does not any more."""
    if quota is CAMPAIGNS:  # which know their solution only
        solutions = ask(SOLUTIONS.operation, datasetGroupArn=group_arn)
        found = [one for each in solutions for one in ask(quota.operation, solutionArn=each["solutionArn"])]
    elif quota.per_group:
        found = ask(quota.operation, datasetGroupArn=group_arn)
    else:
        found = ask(quota.operation)
    return frozenset(str(one["name"]) for one in found if not str(one.get("status", "")).startswith("DELETE"))


def read_quotas(service_quotas: Any) -> dict[str, float]:
    """Every quota of Amazon Personalize in this account and Region, by its name there."""
    pages = service_quotas.get_paginator("list_service_quotas").paginate(ServiceCode="personalize")
    return {one["QuotaName"]: float(one["Value"]) for page in pages for one in page["Quotas"]}


@dataclass(frozen=True)
class Room:
    """What is there, and what may be.

    Attributes:
        names: of what is there.
        declared: names that the project has.
    """

    quota: Quota
    names: frozenset[str]
    declared: frozenset[str]
    limit: int

    @property
    def wanted(self) -> int:
        """How many there are when all that is declared is there, and nothing else went."""
        return len(self.names | self.declared)

    def find_shortage(self, calls: Sequence[Call]) -> Shortage | None:
        """Whether a creation comes when there is no room any more; what is deleted before it makes room.

        Args:
            calls: in their order.
        """
        counts = list(self._count(calls))
        refused = [name for name, count in counts if count > self.limit]
        if not refused:
            return None
        needed = max(count for _, count in counts)
        return Shortage(
            operation=f"Create{self.quota.member}",
            quota=self.quota.name,
            used=len(self.names),
            needed=needed,
            limit=self.limit,
            refused=tuple(refused),
            advice=self._advise(needed),
        )

    def _count(self, calls: Sequence[Call]) -> Iterator[tuple[str, int]]:
        """What is created, and how many there are then."""
        count = len(self.names)
        for call in calls:
            if call.operation == f"Delete{self.quota.member}":
                count -= 1
            elif call.operation == f"Create{self.quota.member}":
                count += 1
                yield str(call.params["name"]), count

    def _advise(self, needed: int) -> str:
        spare = sorted(self.names - self.declared) if self.quota.per_group else []
        named = ", ".join(spare[:_NAMED]) + (", …" if len(spare) > _NAMED else "")
        delete = f"delete what nobody needs: {named}" if named else f"delete {self.quota.what} that nobody needs"
        if self.quota.adjustable:
            return f"Ask Service Quotas for {needed} {self.quota.name}, or {delete}."
        return f"{delete[0].upper()}{delete[1:]}; this quota cannot be raised."


def list_declared(quota: Quota, resources: Mapping[str, Any]) -> frozenset[str]:
    """Names in the input of `ensure`."""
    return frozenset(str(entry["Create"]["Name"]) for entry in resources[quota.section])
