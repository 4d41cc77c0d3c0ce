from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.runner.interpreter.fields import parse_timestamp
from tastemaker.runner.interpreter.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from tastemaker.runner.interpreter.visit import Visit


def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
    """Wait: for Seconds, or until Timestamp; a time in the past does not wait."""
    env = visit.run.env
    if visit.state.data.has("Seconds"):
        delay = float(visit.state.data.field(visit, "Seconds"))
    else:
        delay = max(0.0, parse_timestamp(visit.state.data.field(visit, "Timestamp")) - env.now)
    if delay > 0:
        yield env.timeout(delay)
    data, assigned = visit.state.data.finish_plain(visit)
    return Outcome(data, visit.state.next, assigned)
