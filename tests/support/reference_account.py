"""What an account may look like: a small model of Amazon Personalize's resources that knows nothing of the simulator.

It predicts which errors a request may be answered with, and judges what Describe and List show. Durations are not part
of it: the model learns from Describe how far a resource has come, and objects to moves that the API does not have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = "arn:aws:personalize:us-east-1:123456789012:"
NOT_FOUND, IN_USE = "ResourceNotFoundException", "ResourceInUseException"
EXISTS, INVALID = "ResourceAlreadyExistsException", "InvalidInputException"
LIMIT = "LimitExceededException"
ACTIVE, FAILED, GONE, INACTIVE = "ACTIVE", "CREATE FAILED", "GONE", "INACTIVE"
NEXT = {
    "CREATE PENDING": ("CREATE IN_PROGRESS",),
    "CREATE IN_PROGRESS": (ACTIVE, FAILED),
    "CREATE STOPPING": ("CREATE STOPPED",),
    "DELETE PENDING": ("DELETE IN_PROGRESS",),
    "DELETE IN_PROGRESS": (GONE,),
    "STOP PENDING": ("STOP IN_PROGRESS",),
    "STOP IN_PROGRESS": (INACTIVE,),
    "START PENDING": ("START IN_PROGRESS",),
    "START IN_PROGRESS": (ACTIVE,),
    "PENDING": ("IN_PROGRESS",),
    "IN_PROGRESS": ("COMPLETED", "FAILED"),
}
"""Status to what may follow by itself; a status that is missing here stays."""
UNDER_WAY = {"CREATE PENDING", "CREATE IN_PROGRESS", "CREATE STOPPING"}
CHILDREN = ("Dataset", "EventTracker", "Solution", "Filter", "Recommender", "MetricAttribution")
MAY_FAIL = ("DatasetExportJob", "DataDeletionJob", "SolutionVersion", "Recommender", "BatchInferenceJob",
            "BatchSegmentJob")  # fmt: skip
"""What reads a dataset or a model that may disappear meanwhile; everything else has to succeed here."""
UNTAGGED = ("Schema", "MetricAttribution")


@dataclass
class Resource:
    """One resource.

    Attributes:
        group: ARN of its dataset group; of other parents in `values`.
        values: members that Describe must show.
        coming: members that an update brings; None unless one is under way.
        sheltered: nothing that it reads was deleted, or never there; it must not fail.
    """

    kind: str
    arn: str
    name: str | None
    group: str = ""
    status: str = "CREATE PENDING"
    values: dict[str, Any] = field(default_factory=dict)
    coming: dict[str, Any] | None = None
    update_status: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    sheltered: bool = True

    def refers_to(self, member: str, arn: str) -> bool:
        return arn in {self.values.get(member), (self.coming or {}).get(member)}

    def observe(self, status: str, *, waited: bool) -> None:
        """Accept what Describe shows, or object."""
        assert status in (_reachable(self.status) if waited else {self.status}), (self, status)
        if status in {FAILED, "FAILED"}:
            assert self.kind in MAY_FAIL, self
            assert not self.sheltered, self
        self.status = status

    def observe_update(self, status: str, *, waited: bool) -> None:
        """The same for the latest update; its values become visible when it is ACTIVE, not before."""
        if self.coming is None:
            assert status == self.update_status, (self, status)
            return
        assert status in (_reachable(self.update_status) if waited else {self.update_status}), (self, status)
        assert status != FAILED or not self.sheltered, self
        self.update_status = status
        if status not in UNDER_WAY:
            self.values |= self.coming if status == ACTIVE else {}
            self.coming = None


def _reachable(status: str) -> set[str]:
    return {status}.union(*(_reachable(after) for after in NEXT.get(status, ())))


class Account:
    """All resources by ARN in the order of their creation. Those that are gone stay known, to be asked for."""

    def __init__(self) -> None:
        self.known: dict[str, Resource] = {}

    def live(self, *kinds: str, **members: Any) -> list[Resource]:
        """What exists of these kinds with these attributes, oldest first."""
        return [
            each
            for each in self.known.values()
            if each.kind in kinds
            and each.status != GONE
            and all(getattr(each, name) == value for name, value in members.items())
        ]

    def find(self, arn: str, kind: str = "") -> Resource | None:
        found = self.known.get(arn)
        return found if found is not None and found.status != GONE and kind in {"", found.kind} else None

    def add(self, resource: Resource) -> None:
        assert self.find(resource.arn) is None, resource
        self.known.pop(resource.arn, None)
        self.known[resource.arn] = resource

    def has_data(self, group: str, *types: str) -> bool:
        """Whether the group has datasets of these types, even if they are about to go."""
        return {*types} <= {each.facts["type"] for each in self.live("Dataset", group=group)}

    def expose(self, *groups: str) -> None:
        """Something disappears from these groups: what reads it may fail from now on."""
        for each in self.live(*MAY_FAIL):
            each.sheltered &= each.group not in groups

    def needs(self, *arns: str) -> set[str]:
        """Errors because parents are missing or not ACTIVE; schemas have no status and are always ready."""
        found = [self.find(arn) for arn in arns]
        problems = {NOT_FOUND} if None in found else set()
        return problems | {IN_USE for each in found if each is not None and each.status != ACTIVE}

    def taken(self, kind: str, *, name: str | None = None, arn: str = "", group: str = "") -> set[str]:
        """Whether such a name, ARN or place in the group is taken."""
        return {
            EXISTS
            for each in self.live(kind)
            if (name is not None and each.name == name) or arn == each.arn or (group and group == each.group)
        }

    def version_problems(self, arn: str, *, segments: bool) -> set[str]:
        """Errors of what is built upon a solution version."""
        version = self.find(arn, "SolutionVersion")
        if version is None:
            return {NOT_FOUND}
        problems = {INVALID} if version.facts["segments"] is not segments else set()
        if version.status in {FAILED, "CREATE STOPPED"}:
            return problems | {INVALID}
        return problems | (set() if version.status == ACTIVE else {IN_USE})

    def training_problems(self, solution_arn: str, group: str) -> set[str]:
        """Errors of a new solution version: at most 20 may be under way in an account."""
        problems = self.needs(solution_arn)
        problems |= set() if self.has_data(group, "INTERACTIONS") else {INVALID}
        under_way = [each for each in self.live("SolutionVersion") if each.status in UNDER_WAY]
        return problems | ({LIMIT} if len(under_way) >= 20 else set())

    def change_problems(self, arn: str, status: str = ACTIVE) -> set[str]:
        """Errors of an update, a stop or a start."""
        found = self.find(arn)
        if found is None:
            return {NOT_FOUND}
        return {IN_USE} if found.status != status or found.coming is not None else set()

    def deletion_problems(self, arn: str) -> set[str]:
        """Errors of a deletion: what is unsettled stays, and so does what something else needs."""
        found = self.find(arn)
        if found is None:
            return {NOT_FOUND}
        unsettled = found.status in NEXT or (found.coming is not None and found.kind != "Solution")
        return {IN_USE} if unsettled or any(self._users(found)) else set()

    def _users(self, used: Resource) -> Iterator[Resource]:
        """What has to go, or to end, before this resource can go."""
        arn, group = used.arn, used.group
        if used.kind == "DatasetGroup":
            yield from self.live(*CHILDREN, group=arn)
        elif used.kind == "Schema":
            yield from (each for each in self.live("Dataset") if each.refers_to("schemaArn", arn))
        elif used.kind == "Filter":
            jobs = self.live("BatchInferenceJob", "BatchSegmentJob")
            yield from (job for job in jobs if job.status in UNDER_WAY and job.refers_to("filterArn", arn))
        elif used.kind == "Dataset":
            trained = self.live("SolutionVersion", "Recommender", group=group)
            jobs = [job for job in self.live("DatasetImportJob") if job.refers_to("datasetArn", arn)]
            yield from (each for each in (*trained, *jobs) if each.status in UNDER_WAY)
        elif used.kind == "Solution":
            for version in self.live("SolutionVersion"):
                if version.refers_to("solutionArn", arn):
                    yield from (
                        each for each in self.live("Campaign") if each.refers_to("solutionVersionArn", version.arn)
                    )
                    yield from [version] if version.status in UNDER_WAY else []
