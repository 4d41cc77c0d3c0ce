"""One line of an estimate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CostLine:
    """What one thing costs in the month.

    Attributes:
        service: `Amazon Personalize`, `AWS Lambda` …
        what: the thing, by the project's names where it has one.
        quantity: number and unit, for people.
        usd: for the whole month.
        idle_usd: the part that is billed when nobody asks anything.
        meter: the line of the simulator's cost meter that it belongs to; empty outside of Amazon Personalize.
    """

    service: str
    what: str
    quantity: str
    usd: float
    idle_usd: float = 0.0
    meter: str = ""
