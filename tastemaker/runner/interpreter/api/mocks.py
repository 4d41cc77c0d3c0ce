"""Mocked answers of TestState: a Task gets what the caller gives instead of calling anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.api.answers import refused
from tastemaker.runner.interpreter.failures import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.integrations import Integration, Integrations, MapStorage


@dataclass(frozen=True, slots=True)
class Mocked:
    """An integration that gives a result or an error."""

    real: Integration
    result: Any
    error: StateError | None
    waits_for_token: bool = False

    @property
    def resource(self) -> str:
        return self.real.resource

    @property
    def resource_type(self) -> str:
        return self.real.resource_type

    def check(self, arguments: Any) -> list[str]:
        return self.real.check(arguments)

    def prepare(self, arguments: Any) -> Any:
        return self.real.prepare(arguments)

    def call(self, prepared: Any, caller: Execution) -> Any:  # noqa: ARG002 - nothing is called
        if self.error is not None:
            raise self.error
        return self.result

    def job(self, response: Any) -> None:  # noqa: ARG002 - the result is there already
        return None


@dataclass(frozen=True, slots=True)
class MockedIntegrations:
    """Implements `Integrations`."""

    real: Integrations
    result: Any
    error: StateError | None

    @property
    def storage(self) -> MapStorage:
        return self.real.storage

    def find(self, resource: str) -> Integration:
        return Mocked(self.real.find(resource), self.result, self.error)


def mocked(mock: Mapping[str, Any], real: Integrations) -> MockedIntegrations:
    """From the member `mock`; raises AwsError ValidationException."""
    error = mock.get("errorOutput")
    if ("result" in mock) == (error is not None):
        raise refused("ValidationException", "A test mock must have exactly one of the following: result, errorOutput")
    if error is not None:
        return MockedIntegrations(real, None, StateError(error.get("error"), error.get("cause")))
    try:
        return MockedIntegrations(real, json.loads(mock["result"]), None)
    except ValueError as problem:
        raise refused("ValidationException", "Mocked result must be valid JSON") from problem
