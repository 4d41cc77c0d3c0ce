from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.runner.interpreter.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from tastemaker.runner.interpreter.visit import Visit


def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
    """Pass and Succeed: nothing but Output and Assign."""
    yield from ()
    data, assigned = visit.state.data.finish_plain(visit)
    return Outcome(data, visit.state.next, assigned)
