"""What an estimate assumes about the world: data, requests, events. Printed with every estimate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_REQUESTS_PER_DAY = 10_000
DEFAULT_EVENTS_PER_DAY = 50_000
DEFAULT_INTERACTIONS = 1_000_000
DEFAULT_USERS = 50_000
DEFAULT_BATCH_LINES = 10_000
DEFAULT_RAW_GIGABYTES = 10
BYTES_PER_INTERACTION = 40
BYTES_PER_EVENT = 200


@dataclass(frozen=True)
class Assumption:
    """One number and where it comes from: `declared` in the project file or on the command line, `data`, `default`."""

    name: str
    value: float
    origin: str


@dataclass(frozen=True)
class Traffic:
    """Of one month of `days` days.

    Attributes:
        requests_per_day: `GET /popular` … to requests, of routes that ask a campaign or recommender.
        interactions: rows that every training learns from, before any selection.
        users: with interactions; recommenders are billed by them.
        import_bytes: of the files of one full import.
        batch_lines: of one batch job's input.
        runs: schedule's name to how often it fires.
        raw_bytes: source that Athena reads to the bytes of its table; empty where it prepares nothing.
        assumptions: all of the above but `runs`, for the screen.
    """

    requests_per_day: Mapping[str, float]
    events_per_day: float
    interactions: int
    users: int
    import_bytes: float
    batch_lines: int
    runs: Mapping[str, float] = field(default_factory=dict)
    days: float = 30
    raw_bytes: Mapping[str, float] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()
