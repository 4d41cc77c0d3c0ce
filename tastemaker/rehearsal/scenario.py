"""What goes wrong in one rehearsal, as data that a seed gives: faults of the service, bad files, hasty people."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Any

from tastemaker.rehearsal.replay import Quality
from tastemaker.simulator.faults import Fault, Faults, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_SECONDS = 86_400
ARRIVAL_SECONDS = 1_800
"""Files of a day lie ready half an hour after midnight UTC, before nightly schedules look for them."""


class Deed(StrEnum):
    """What somebody does by hand."""

    DEPLOY = "deploy"
    MAINTAIN = "maintain"


@dataclass(frozen=True)
class Act:
    """A deed at a moment, in seconds from the beginning."""

    after_seconds: float
    deed: Deed


@dataclass(frozen=True)
class Scenario:
    """One story.

    Attributes:
        arrivals: quality of the files of each day, the first one midnight after the beginning; None for no delivery.
    """

    seed: int
    length_seconds: float
    faults: Faults = field(default_factory=Faults)
    arrivals: tuple[Quality | None, ...] = ()
    acts: tuple[Act, ...] = ()

    def smaller(self) -> Iterator[Scenario]:
        """The same story with one thing less, for finding the least that still goes wrong."""
        for place in range(len(self.faults.faults)):
            rest = self.faults.faults[:place] + self.faults.faults[place + 1 :]
            yield replace(self, faults=Faults(rest))
        for place in range(len(self.acts)):
            yield replace(self, acts=self.acts[:place] + self.acts[place + 1 :])
        for place, quality in enumerate(self.arrivals):
            if quality is not Quality.GOOD:
                good = (*self.arrivals[:place], Quality.GOOD, *self.arrivals[place + 1 :])
                yield replace(self, arrivals=good)
        if self.length_seconds > DAY_SECONDS:
            yield replace(self, length_seconds=self.length_seconds - DAY_SECONDS, arrivals=self.arrivals[:-1])


def calm_scenario(seed: int, length_seconds: float, faults: Faults = Faults()) -> Scenario:  # noqa: B008 - frozen
    """Good files every day, and only the faults that are given."""
    return Scenario(seed, length_seconds, faults, (Quality.GOOD,) * _days(length_seconds))


def mixed_scenario(seed: int, length_seconds: float) -> Scenario:
    """A story in which something of every kind may go wrong; the same seed gives the same story."""
    rng = Random(f"scenario {seed}")  # noqa: S311 - reproducible by design
    days = _days(length_seconds)
    faults = tuple(_draw_fault(rng, length_seconds) for _ in range(rng.randint(1, 6)))
    odds = ((Quality.GOOD, 70), (Quality.SHRUNK, 8), (Quality.SCRAMBLED, 12), (Quality.MISNAMED, 4), (None, 6))
    arrivals = rng.choices([quality for quality, _ in odds], [odd for _, odd in odds], k=days)
    moments = sorted(rng.uniform(0, length_seconds) for _ in range(rng.randint(0, 4)))
    acts = tuple(Act(round(moment), rng.choice(list(Deed))) for moment in moments)
    return Scenario(seed, length_seconds, Faults(faults), tuple(arrivals), acts)


def _days(length_seconds: float) -> int:
    return int(length_seconds // DAY_SECONDS)


_CREATED = ("CreateDatasetImportJob", "CreateSolutionVersion", "CreateCampaign", "UpdateCampaign")
_READ = ("Describe*", "List*", "Get*", "*")


def _draw_fault(rng: Random, length_seconds: float) -> Fault:
    """One fault: of a request for some hours, or of one resource."""
    after = rng.uniform(0, length_seconds)
    window: dict[str, Any] = {"after_seconds": after, "until_seconds": after + rng.uniform(600, 12 * 3600)}
    kind = rng.choice(list(Kind))
    if kind in {Kind.FAILURE, Kind.DENIED_KEY, Kind.STUCK, Kind.SLOW}:
        factor = rng.choice((2.0, 5.0, 20.0)) if kind is Kind.SLOW else 2.0
        return Fault(
            kind=kind, operation=rng.choice(_CREATED), count=rng.randint(1, 2), after_seconds=after, factor=factor
        )
    if kind in {Kind.PENDING_LIMIT, Kind.ACTIVE_LIMIT}:
        return Fault(kind=kind, operation=rng.choice(_CREATED[:3]), count=rng.randint(1, 3), **window)
    if kind is Kind.ACCESS_DENIED:
        return Fault(kind=kind, operation=rng.choice(_CREATED), count=rng.randint(1, 2), **window)
    if kind is Kind.LATENCY:  # of a request; on a virtual clock it has nobody who waits
        kind = Kind.THROTTLING
    return Fault(kind=kind, operation=rng.choice(_READ), probability=rng.choice((0.05, 0.3, 1.0)), **window)
