from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.runner.interpreter.failures import StateError

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from tastemaker.runner.interpreter.model import Outcome
    from tastemaker.runner.interpreter.visit import Visit


def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
    """Fail: ends its scope with Error and Cause, each possibly absent."""
    yield from ()
    data = visit.state.data
    error = data.field(visit, "Error") if data.has("Error") else None
    cause = data.field(visit, "Cause") if data.has("Cause") else None
    raise StateError(error, cause)
