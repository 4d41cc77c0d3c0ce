"""TestState: one state, alone, with its data at each step. Source: API reference, TestState."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tastemaker.errors import InvalidDefinitionError, UnsupportedBySimulatorError
from tastemaker.runner.interpreter.api.answers import present, refused
from tastemaker.runner.interpreter.api.diagnostics import definition_error
from tastemaker.runner.interpreter.api.mocks import mocked
from tastemaker.runner.interpreter.execution import SUCCEEDED
from tastemaker.runner.interpreter.failures import StateError, matches
from tastemaker.runner.interpreter.graph import targets_of
from tastemaker.runner.interpreter.payload import Payload, to_text
from tastemaker.runner.interpreter.visit import Track, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.runner.interpreter.engine import Engine
    from tastemaker.runner.interpreter.execution import Execution

_NOT_BUILT = ("context", "stateConfiguration")
_NAME = "TestState"
_FAILED = ("Failed", "TimedOut")


class TrialOperations:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def test(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Run the state on the virtual clock and tell how it ended.

        Raises:
            UnsupportedBySimulatorError: a context or a configuration is given, or a mock for a state that is no Task.
        """
        unbuilt = [name for name in _NOT_BUILT if name in params]
        if unbuilt:
            raise UnsupportedBySimulatorError(f"TestState with {', '.join(unbuilt)}", "Leave them out.")
        if self._engine.is_playing:
            raise UnsupportedBySimulatorError("TestState from inside a state machine's task")
        name, state, language = _chosen(params)
        if "mock" in params and state.get("Type") != "Task":
            raise UnsupportedBySimulatorError(f"TestState with a mock for a {state.get('Type')} state")
        retriers = state.pop("Retry", [])
        execution = self._played(name, state, language, params)
        answer = _answer(execution, retriers)
        if params.get("inspectionLevel", "INFO") != "INFO":
            answer["inspectionData"] = self._inspection(execution, name)
        return answer

    def _played(self, name: str, state: dict[str, Any], language: str, params: Mapping[str, Any]) -> Execution:
        targets = {target: {"Type": "Succeed"} for _, target in targets_of(state) if target != name}
        definition = {"QueryLanguage": language, "StartAt": name, "States": {name: state, **targets}}
        given = params.get("variables")
        if given is not None:
            definition = _with_variables(definition, name, json.loads(given))
        try:
            machine = self._engine.compile(
                self._engine.machine_arn(_NAME),
                definition,
                role_arn=params.get("roleArn"),
                integrations=mocked(params["mock"], self._engine.integrations) if "mock" in params else None,
            )
        except InvalidDefinitionError as error:
            raise refused("InvalidDefinition", definition_error(definition, error)) from error
        try:
            value = json.loads(params.get("input") or "{}")
        except ValueError as error:
            raise refused("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from error
        return self._engine.run(self._engine.start_machine(machine, value))

    def _inspection(self, execution: Execution, name: str) -> dict[str, Any]:
        """The data at each step that the state reached, as JSON texts."""
        life, events = self._engine.stage.lives[execution.arn], _of_state(execution)
        state = life.scope.states[name]
        entered = json.loads(events[0]["stateEnteredEventDetails"]["input"])
        variables = dict(life.run.progress.standing[()].variables)
        visit = Visit(life.run, Track(0, variables), state, Payload(entered), entered_at=execution.started_at)
        try:
            stages = state.data.stages(visit, _result_of(events))
        except StateError:  # the step that failed, and those after it
            stages = {"input": entered}
        return {step: to_text(value) for step, value in stages.items()}


def _chosen(params: Mapping[str, Any]) -> tuple[str, dict[str, Any], str]:
    """Name, definition and query language of the state; a whole machine needs `stateName`."""
    try:
        definition = json.loads(params["definition"])
    except ValueError as error:
        message = f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {error}'"
        raise refused("InvalidDefinition", message) from error
    if not isinstance(definition, dict):
        raise refused("InvalidDefinition", "Invalid State Machine Definition: 'a definition is a JSON object'")
    if "States" not in definition:
        return "State", definition, definition.get("QueryLanguage", "JSONPath")
    name = params.get("stateName")
    states = definition["States"]
    if name is None or name not in states:
        raise refused("ValidationException", f"stateName must name a state of the definition, not '{name}'")
    return name, states[name], definition.get("QueryLanguage", "JSONPath")


def _with_variables(definition: dict[str, Any], name: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The definition with a state before it that assigns the variables."""
    first = {"Type": "Pass", "Assign": variables, "Next": name}
    return {
        **definition,
        "StartAt": f"{name} variables",
        "States": {f"{name} variables": first, **definition["States"]},
    }


def _answer(execution: Execution, retriers: list[dict[str, Any]]) -> dict[str, Any]:
    events = _of_state(execution)
    left = next((event for event in events if "stateExitedEventDetails" in event), None)
    if left is None:
        failure = StateError(execution.error, execution.cause)
        retriable = any(matches(tuple(rule.get("ErrorEquals", ())), failure) for rule in retriers)
        status = "SUCCEEDED" if execution.status == SUCCEEDED else "RETRIABLE" if retriable else "FAILED"
        return {"status": status, **present(error=execution.error, cause=execution.cause)}
    following = next((event for event in events if event["id"] > left["id"] and _entered(event)), None)
    answer: dict[str, Any] = {"status": "SUCCEEDED", "output": left["stateExitedEventDetails"]["output"]}
    if following is not None:
        answer["nextState"] = following["stateEnteredEventDetails"]["name"]
    failures = [event for event in events if event["id"] < left["id"] and event["type"].endswith(_FAILED)]
    return {**answer, "status": "CAUGHT_ERROR", **_failure(failures[-1])} if failures else answer


def _of_state(execution: Execution) -> list[dict[str, Any]]:
    """Events from the entry of the tested state on."""
    events = execution.history
    begin = next(
        (
            position
            for position, event in enumerate(events)
            if _entered(event) and not event["stateEnteredEventDetails"]["name"].endswith(" variables")
        ),
        0,
    )
    return events[begin:]


def _entered(event: dict[str, Any]) -> bool:
    return "stateEnteredEventDetails" in event


def _failure(event: dict[str, Any]) -> dict[str, Any]:
    """Error and cause of an event that reports a failure, where it tells them."""
    details: dict[str, Any] = next((value for value in event.values() if isinstance(value, dict)), {})
    return present(error=details.get("error"), cause=details.get("cause"))


def _result_of(events: list[dict[str, Any]]) -> Any:
    """What the task gave, before anything was selected; None when it gave nothing."""
    for event in events:
        for member in ("taskSucceededEventDetails", "lambdaFunctionSucceededEventDetails"):
            if member in event:
                return json.loads(event[member]["output"])
    return None
