"""The seam to the query language: how a state reads its fields and shapes its data.

A state type knows what happens in which order; a `StateData` knows what the fields mean. There are two: JSONata
(`jsonata_state.py`) and JSONPath (`jsonpath_state.py`: InputPath, Parameters, ResultSelector, ResultPath, OutputPath).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.runner.interpreter.failures import StateError
    from tastemaker.runner.interpreter.payload import Payload
    from tastemaker.runner.interpreter.visit import Visit

NO_RESULT = object()
"""Stands for the result of a state that failed, or whose type has none."""


class StateData(Protocol):
    """The data side of one compiled state. Every method may raise StateError."""

    def arguments(self, visit: Visit) -> Any:
        """Effective input of the work: JSONata's Arguments or JSONPath's InputPath and Parameters."""
        ...

    def has(self, field: str) -> bool:
        """Whether the definition has this field, or in JSONPath the one that ends in `Path`."""
        ...

    def field(self, visit: Visit, field: str) -> Any:
        """Value of a field that holds one value, e.g. `Seconds`, `TimeoutSeconds`, `Error`."""
        ...

    def items(self, visit: Visit, *, takes_object: bool = False) -> Any:
        """What a Map iterates over: JSONata's Items or JSONPath's ItemsPath, else the input.

        Args:
            takes_object: whether it may be an object as well as an array.
        """
        ...

    def block(self, visit: Visit, field: str) -> dict[str, Any] | None:
        """ItemReader, ItemBatcher, ResultWriter or Credentials, evaluated; None when absent.

        Both languages give `Arguments`.
        """
        ...

    def item(self, visit: Visit, default: Any) -> Any:
        """Input of one iteration of a Map: what ItemSelector makes of `visit.track.map_item`, else the default."""
        ...

    def chosen(self, visit: Visit) -> int | None:
        """Position of the first choice rule that holds; None when none does."""
        ...

    def finish(self, visit: Visit, result: Any) -> tuple[Payload, dict[str, Any]]:
        """Output and assigned variables of the state after its work gave `result`."""
        ...

    def finish_plain(self, visit: Visit) -> tuple[Payload, dict[str, Any]]:
        """Output and assigned variables of a state whose work has no result (Wait, Pass, Succeed, Choice's default)."""
        ...

    def finish_choice(self, visit: Visit, rule: int) -> tuple[Payload, dict[str, Any]]:
        """Output and assigned variables when this choice rule held."""
        ...

    def stages(self, visit: Visit, result: Any) -> Iterator[tuple[str, Any]]:
        """The data after each step of input and output processing, by the names of TestState's `inspectionData`.

        Args:
            result: of the work; NO_RESULT when it gave none.
        """
        ...

    def caught(self, visit: Visit, catcher: int, failure: StateError) -> tuple[Payload, dict[str, Any]]:
        """Output and assigned variables when this rule of Catch answered."""
        ...
