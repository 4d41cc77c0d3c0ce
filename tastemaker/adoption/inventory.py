"""What was found, in the API's own words, whether in an account or in another tool's configuration file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from tastemaker.errors import Finding
from tastemaker.model.source import Locations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.model.source import Path


@dataclass(frozen=True)
class Place:
    """Where something was found, to point at.

    Attributes:
        file: path as the user gave it; of an account, kind and name of the resource, e.g. `campaign home`.
        locations: of a file's keys; empty for an account.
        path: inside the file.
    """

    file: str
    locations: Locations = field(default_factory=Locations, compare=False)
    path: Path = ()

    def at(self, *path: str | int) -> Place:
        return replace(self, path=(*self.path, *path))

    def find(
        self,
        rule: str,
        message: str,
        hint: str = "",
        *,
        severity: Literal["error", "warning"] = "error",
        at_key: bool = False,
    ) -> Finding:
        """An error says that something could not be carried over, a warning that it needs a look."""
        spot = (0, 0)
        if self.locations.keys:
            spot = self.locations.find_key(self.path) if at_key else self.locations.find(self.path)
        return Finding(self.file, *spot, rule, message, hint, severity=severity)


@dataclass(frozen=True)
class Resource:
    """One resource.

    Attributes:
        name: on AWS; empty where a tool chooses it at run time.
        members: as its Create call takes them.
    """

    name: str
    members: Mapping[str, Any]
    place: Place

    def find_member(self, member: str, rule: str, message: str, hint: str = "", **options: Any) -> Finding:
        """A finding about one member; dots lead into its structures."""
        return self.place.at(*member.split(".")).find(rule, message, hint, **options)


@dataclass(frozen=True)
class FoundDataset:
    """One dataset with its schema.

    Attributes:
        dataset_type: upper case, e.g. `INTERACTIONS`.
        schema: member `schema` holds the Avro schema, as text or as a mapping.
        location: `s3://` URL of the newest full import; empty where there is none.
    """

    dataset_type: str
    resource: Resource
    schema: Resource
    location: str = ""

    @property
    def key(self) -> str:
        return self.dataset_type.lower()


@dataclass(frozen=True)
class FoundSchedules:
    """When things were done until now.

    Attributes:
        full, incremental: schedule expressions; None where none is known.
        why: how they are known, for a comment.
    """

    full: str | None = None
    incremental: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Inventory:
    """One dataset group.

    Attributes:
        campaigns: member `solution` is the solution's name.
        batch: members `solution`, `kind`, `input` and what the Create call takes; `schedule` where it is known.
        tags: that everything carries.
        live: read from an account, whose state must come out unchanged.
    """

    group: Resource
    datasets: tuple[FoundDataset, ...] = ()
    event_tracker: Resource | None = None
    filters: tuple[Resource, ...] = ()
    solutions: tuple[Resource, ...] = ()
    campaigns: tuple[Resource, ...] = ()
    recommenders: tuple[Resource, ...] = ()
    batch: tuple[Resource, ...] = ()
    metric_attribution: Resource | None = None
    schedules: FoundSchedules = field(default_factory=FoundSchedules)
    tags: Mapping[str, str] = field(default_factory=dict)
    live: bool = False
