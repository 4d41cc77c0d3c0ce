"""What differs between a project and an account, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verb(StrEnum):
    """What `ensure` does about a resource or one field of it, the weightiest first."""

    FORBIDDEN = "forbidden"
    REPLACE = "replace"
    DELETE = "delete"
    UPDATE = "update in place"
    CREATE = "create"
    UNDECLARED = "undeclared"
    LATER = "later"
    KEEP = "no change"


ACTS = frozenset({Verb.FORBIDDEN, Verb.REPLACE, Verb.DELETE, Verb.UPDATE, Verb.CREATE})
"""Verbs at which `ensure` calls or refuses something."""


class Origin(StrEnum):
    """Who made the difference, as the input of the last `ensure` that succeeded tells it."""

    PROJECT = "project"
    DRIFT = "drift"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Call:
    """One call that changes something, by botocore's names.

    Attributes:
        service: botocore's, e.g. `personalize`.
        operation: e.g. `UpdateCampaign`.
    """

    service: str
    operation: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class FieldChange:
    """One member that differs.

    Attributes:
        path: the API's names joined by points, e.g. `campaignConfig.itemExplorationConfig.explorationWeight`.
        old: as it is in the account; None where it is not set.
        new: as the project wants it; None where it goes.
        reason: why this verb; empty where there is nothing to explain, as of a resource that is new.
    """

    path: str
    old: Any
    new: Any
    verb: Verb
    reason: str = ""
    origin: Origin = Origin.UNKNOWN


@dataclass(frozen=True)
class Change:
    """One resource of the project or of its dataset group.

    Attributes:
        kind: in words, e.g. `event tracker`.
        name: on AWS.
        arn: empty for an event tracker or metric attribution that does not exist yet.
        reason: why this verb, for FORBIDDEN with the way out; empty for KEEP.
        serving, training: what it means for answers and for trainings; empty when it means nothing.
        idle_usd: US dollars a month by which the bill without any request grows, or shrinks below zero; None where that
            is not known.
        calls: what `ensure` calls for it, in its order.
    """

    kind: str
    name: str
    arn: str
    verb: Verb
    fields: tuple[FieldChange, ...] = ()
    reason: str = ""
    serving: str = ""
    training: str = ""
    idle_usd: float | None = None
    origin: Origin = Origin.UNKNOWN
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Shortage:
    """A service quota that is used up before everything is created.

    Attributes:
        operation: that would be refused, e.g. `CreateSolution`.
        quota: e.g. `solutions per dataset group`.
        used: what counts towards it now.
        needed: the most that there are at once when all is created.
        refused: names of what there is no room for, in the order of their creation.
        advice: what to do.
    """

    operation: str
    quota: str
    used: int
    needed: int
    limit: int
    refused: tuple[str, ...]
    advice: str


@dataclass(frozen=True)
class Changes:
    """Everything that was compared.

    Attributes:
        resources: every declared resource and every undeclared one, the weightiest verbs first.
        calls: all that `ensure` calls to change something, in the order of a run that nothing refuses.
        notes: what could not be told, and why.
        ensured_at: when the last `ensure` that succeeded began, epoch seconds; None where none is known, and then
            nothing tells a drift from an edit.
        shortages: quotas that what is created would exceed, first releases of campaigns included.
    """

    dataset_group: str
    resources: tuple[Change, ...]
    calls: tuple[Call, ...] = ()
    notes: tuple[str, ...] = ()
    ensured_at: float | None = None
    shortages: tuple[Shortage, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """What `ensure` does or refuses; empty means that it calls nothing that changes anything."""
        return tuple(change for change in self.resources if change.verb in ACTS)

    @property
    def refusals(self) -> tuple[Change, ...]:
        """What `ensure` refuses; it stops at the first of them."""
        return tuple(change for change in self.resources if change.verb is Verb.FORBIDDEN)

    @property
    def drifted(self) -> tuple[Change, ...]:
        """Those that somebody made or changed beside the project since the last `ensure`, in part or as a whole."""
        return tuple(
            change
            for change in self.resources
            if Origin.DRIFT in {change.origin, *(field.origin for field in change.fields)}
        )

    @property
    def idle_usd(self) -> float:
        """US dollars a month by which the bill without any request grows when all is done, first releases included."""
        return sum(change.idle_usd or 0.0 for change in self.resources)

    def count(self) -> dict[Verb, int]:
        """How many resources each verb has; verbs without any are left out."""
        found = [change.verb for change in self.resources]
        return {verb: found.count(verb) for verb in Verb if verb in found}

    @property
    def undeclared(self) -> tuple[Change, ...]:
        """What the dataset group holds and the project does not declare; it stays."""
        return tuple(change for change in self.resources if change.verb is Verb.UNDECLARED)
