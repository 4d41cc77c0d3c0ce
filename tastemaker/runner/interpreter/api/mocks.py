"""Mocked answers of TestState: a state gets what the caller gives instead of calling or running anything.

Source: developer guide, "Mocking service integrations", "Testing Map and Parallel states".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.api.answers import refused
from tastemaker.runner.interpreter.failures import StateError
from tastemaker.runner.interpreter.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    import simpy

    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.integrations import Integration, Integrations, MapStorage
    from tastemaker.runner.interpreter.model import Work
    from tastemaker.runner.interpreter.visit import Visit


@dataclass(frozen=True, slots=True)
class Mock:
    """What the state gets; `error` None for a result."""

    result: Any
    error: StateError | None
    mode: str


@dataclass(frozen=True, slots=True)
class Mocked:
    """An integration that gives a result or an error."""

    real: Integration
    mock: Mock
    waits_for_token: bool = False

    @property
    def resource(self) -> str:
        return self.real.resource

    @property
    def resource_type(self) -> str:
        return self.real.resource_type

    def check(self, arguments: Any) -> list[str]:
        return self.real.check(arguments)

    def check_result(self, result: Any, *, strict: bool) -> list[str]:
        return self.real.check_result(result, strict=strict)

    def prepare(self, arguments: Any) -> Any:
        return self.real.prepare(arguments)

    def call(self, prepared: Any, caller: Execution) -> Any:  # noqa: ARG002 - nothing is called
        if self.mock.error is not None:
            raise self.mock.error
        return self.mock.result

    def job(self, prepared: Any, response: Any) -> None:  # noqa: ARG002 - the result is there already
        return None


@dataclass(frozen=True, slots=True)
class MockedIntegrations:
    """Implements `Integrations`."""

    real: Integrations
    mock: Mock

    @property
    def storage(self) -> MapStorage:
        return self.real.storage

    def find(self, resource: str) -> Integration:
        """Raises AwsError ValidationException for a result that the service's API cannot give."""
        found, mock = Mocked(self.real.find(resource), self.mock), self.mock
        if mock.error is None and mock.mode != "NONE":
            for problem in found.check_result(mock.result, strict=mock.mode == "STRICT"):
                raise refused("ValidationException", f"Mock result schema validation error: {problem}")
        return found


def parse_mock(mock: Mapping[str, Any]) -> Mock:
    """From the member `mock`; raises AwsError ValidationException."""
    mode, error = mock.get("fieldValidationMode", "STRICT"), mock.get("errorOutput")
    if error is not None:
        return Mock(None, StateError(error.get("error"), error.get("cause")), mode)
    try:
        return Mock(json.loads(mock["result"]), None, mode)
    except ValueError as problem:
        raise refused("ValidationException", "Mocked result must be valid JSON") from problem


def mocked_work(mock: Mock, check: Callable[[Visit], None]) -> Work:
    """The work of a Map, Parallel or activity: nothing is run.

    Args:
        check: raises StateError for what fails the state before the mock is looked at.
    """

    def work(visit: Visit) -> Generator[simpy.Event, Any, Outcome]:
        yield from ()
        check(visit)
        if mock.error is not None:
            raise mock.error
        output, assigned = visit.state.data.finish(visit, mock.result)
        return Outcome(output, visit.state.next, assigned)

    return work
