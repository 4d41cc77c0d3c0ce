"""What a TestState request asks for. Source: API reference, TestState; developer guide, "Using TestState API"."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.api.answers import refused
from tastemaker.runner.interpreter.api.diagnostics import parse_definition
from tastemaker.runner.interpreter.api.jackson import parse_input
from tastemaker.runner.interpreter.check_fields import JSONPATH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOCKABLE = frozenset({"Task", "Map", "Parallel"})
_MOCKED_PATTERNS = (".sync", ".sync:2", ".waitForTaskToken")
_NAME = "State"


@dataclass(frozen=True, slots=True)
class TestedState:
    """A state of a definition.

    Attributes:
        language: query language of the scope that it stands in.
        in_map: whether that scope is the processor of a Map.
    """

    __test__ = False

    name: str
    definition: dict[str, Any]
    language: str
    in_map: bool = False

    @property
    def type(self) -> Any:
        return self.definition.get("Type")

    @property
    def is_activity(self) -> bool:
        return self.type == "Task" and ":activity:" in str(self.definition.get("Resource"))

    @property
    def needs_mock(self) -> bool:
        """Whether the service tests it only with a mock."""
        resource = str(self.definition.get("Resource", ""))
        return self.type in ("Map", "Parallel") or self.is_activity or resource.endswith(_MOCKED_PATTERNS)

    def inner_names(self) -> set[str]:
        """Names of the states inside a Map or Parallel."""
        return {tested.name for tested in _inner(self.definition, self.language)}


@dataclass(frozen=True, slots=True)
class Configuration:
    """`stateConfiguration`; None where nothing is said.

    Attributes:
        retrier_retry_count: retries that the rule of Retry has had already.
    """

    retrier_retry_count: int = 0
    error_caused_by_state: str | None = None
    map_iteration_failure_count: int | None = None
    map_item_reader_data: str | None = None


@dataclass(frozen=True, slots=True)
class TrialRequest:
    """One request, parsed.

    Attributes:
        input: as it was given, a JSON text.
        variables: set before the state.
        context: members of the context object that replace the engine's own.
    """

    state: TestedState
    input: str
    role_arn: str | None
    mock: Mapping[str, Any] | None
    configuration: Configuration
    level: str
    variables: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)


def parse_request(params: Mapping[str, Any]) -> TrialRequest:
    """Raises AwsError ValidationException, InvalidDefinition, InvalidExecutionInput."""
    state, mock, given = _tested(params), params.get("mock"), params.get("stateConfiguration", {})
    configuration = Configuration(
        given.get("retrierRetryCount", 0),
        given.get("errorCausedByState"),
        given.get("mapIterationFailureCount"),
        given.get("mapItemReaderData"),
    )
    _check_mock(state, mock, params)
    _check_configuration(state, configuration)
    text = params.get("input") or "{}"
    value = parse_input(text)
    context = {"Map": {"Item": {"Index": 0, "Value": value}}} if state.in_map else {}
    return TrialRequest(
        state,
        text,
        params.get("roleArn"),
        mock,
        configuration,
        params.get("inspectionLevel", "INFO"),
        _object(params, "variables"),
        context | _object(params, "context"),
    )


def _tested(params: Mapping[str, Any]) -> TestedState:
    """The definition itself, or the state that `stateName` finds in it at any depth."""
    definition = parse_definition(params["definition"])
    if not isinstance(definition, dict):
        raise refused("InvalidDefinition", "Invalid State Machine Definition: 'a definition is a JSON object'")
    language = definition.get("QueryLanguage", JSONPATH)
    if "States" not in definition:
        return TestedState(_NAME, definition, language)
    name = params.get("stateName")
    for found in _in_scope(definition, language, in_map=False):
        if found.name == name:
            return found
    raise refused("ValidationException", "State not found in definition")


def _in_scope(scope: Any, language: str, *, in_map: bool) -> Iterator[TestedState]:
    states = scope.get("States") if isinstance(scope, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if isinstance(state, dict):
            yield TestedState(name, state, language, in_map)
            yield from _inner(state, language)


def _inner(state: dict[str, Any], language: str) -> Iterator[TestedState]:
    own = state.get("QueryLanguage", language)
    for name in ("ItemProcessor", "Iterator"):
        yield from _in_scope(state.get(name), own, in_map=True)
    branches = state.get("Branches")
    for branch in branches if isinstance(branches, list) else ():
        yield from _in_scope(branch, own, in_map=False)


def _check_mock(state: TestedState, mock: Mapping[str, Any] | None, params: Mapping[str, Any]) -> None:
    if mock is None:
        if "context" in params:
            raise refused("ValidationException", "A context can only be given together with a mock")
        if state.needs_mock:
            what = state.definition.get("Resource") or f"a {state.type} state"
            raise refused("ValidationException", f"TestState supports {what} only when a mock is specified")
    elif state.type not in MOCKABLE:
        raise refused("ValidationException", f"State type '{state.type}' is not supported when a mock is specified")
    elif ("result" in mock) == ("errorOutput" in mock):
        raise refused("ValidationException", "A test mock must have exactly one of the following: result, errorOutput")


def _check_configuration(state: TestedState, configuration: Configuration) -> None:
    cause = configuration.error_caused_by_state
    if cause is not None and cause not in state.inner_names():
        raise refused(
            "ValidationException", f"errorCausedByState must name a state inside the tested one, not '{cause}'"
        )
    given = configuration.map_iteration_failure_count is not None or configuration.map_item_reader_data is not None
    if given and state.type != "Map":
        raise refused("ValidationException", "mapIterationFailureCount and mapItemReaderData need a Map state")


def _object(params: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A member that holds a JSON object as text."""
    try:
        value = json.loads(params.get(name) or "{}")
    except ValueError as error:
        raise refused("ValidationException", f"{name} must be valid JSON") from error
    if not isinstance(value, dict):
        raise refused("ValidationException", f"{name} must be a JSON object")
    return value
