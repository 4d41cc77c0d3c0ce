from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.failures import NO_CHOICE_MATCHED, StateError
from tastemaker.runner.interpreter.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from tastemaker.runner.interpreter.model import Work
    from tastemaker.runner.interpreter.visit import Visit

_NO_NEXT = "Failed to transition out of the state. The state does not point to a next state."


def compile_choice(definition: dict[str, Any]) -> Work:
    """Choice: the first rule that holds decides; then Default; then States.NoChoiceMatched."""
    targets: list[str] = [rule["Next"] for rule in definition["Choices"]]
    default: str | None = definition.get("Default")

    def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
        yield from ()
        rule = visit.state.data.chosen(visit)
        if rule is not None:
            data, assigned = visit.state.data.finish_choice(visit, rule)
            return Outcome(data, targets[rule], assigned)
        if default is None:
            raise StateError(NO_CHOICE_MATCHED, _NO_NEXT, of_state=True)
        data, assigned = visit.state.data.finish_plain(visit)
        return Outcome(data, default, assigned)

    return work
