"""What TestState answers: how the state ended, what would follow, its data at each step.

Source: API reference, TestState, InspectionData, InspectionErrorDetails.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.api.answers import present
from tastemaker.runner.interpreter.api.trial_map import map_limits, map_stages
from tastemaker.runner.interpreter.check_fields import JSONPATH
from tastemaker.runner.interpreter.execution import SUCCEEDED
from tastemaker.runner.interpreter.failures import StateError, matches
from tastemaker.runner.interpreter.payload import to_text
from tastemaker.runner.interpreter.query import NO_RESULT
from tastemaker.runner.interpreter.visit import Track, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tastemaker.runner.interpreter.api.trial_request import TrialRequest
    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.model import Catcher, Retrier, State
    from tastemaker.runner.interpreter.payload import Payload
    from tastemaker.runner.interpreter.visit import Run

_RESULTS = ("taskSucceededEventDetails", "lambdaFunctionSucceededEventDetails")


@dataclass(frozen=True, slots=True)
class Trial:
    """The tested state with the rules that were taken from it."""

    request: TrialRequest
    state: State
    retriers: Sequence[Retrier]
    catchers: Sequence[Catcher]


def build_answer(trial: Trial, run: Run, execution: Execution, data: Payload) -> dict[str, Any]:
    """The answer; `data` is the state's input with the text that the caller gave."""
    visit = Visit(run, Track(0, trial.request.variables), trial.state, data, entered_at=execution.started_at)
    failure = None if execution.status == SUCCEEDED else StateError(execution.error, execution.cause)
    answer, details, assigned = _succeeded(execution) if failure is None else _failed(trial, visit, failure)
    if trial.request.level == "INFO":
        return answer
    inspected = {"input": data.text, **_inspected(trial, visit, execution)}
    variables = {**trial.request.variables, **assigned}
    if variables:
        inspected["variables"] = to_text(variables)
    if details:
        inspected["errorDetails"] = details
    return {**answer, "inspectionData": inspected}


def _succeeded(execution: Execution) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Answer, no `errorDetails`, assigned variables: from the history."""
    entered = [event["stateEnteredEventDetails"] for event in execution.history if "stateEnteredEventDetails" in event]
    left = next(event for event in execution.history if "stateExitedEventDetails" in event)["stateExitedEventDetails"]
    following = entered[1]["name"] if len(entered) > 1 else None
    assigned = {name: json.loads(text) for name, text in left.get("assignedVariables", {}).items()}
    return {"status": SUCCEEDED, "output": left["output"], **present(nextState=following)}, {}, assigned


def _failed(trial: Trial, visit: Visit, failure: StateError) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Answer, `errorDetails` and assigned variables of a failure: what the first fitting rule makes of it."""
    told = present(error=failure.error, cause=failure.cause)
    for position, retrier in enumerate(trial.retriers):
        if matches(retrier.error_equals, failure):
            count = trial.request.configuration.retrier_retry_count
            if count < retrier.max_attempts:
                details = {"retryIndex": position, "retryBackoffIntervalSeconds": int(retrier.delay(count))}
                return {"status": "RETRIABLE", **told}, details, {}
            break
    for position, catcher in enumerate(trial.catchers):
        if matches(catcher.error_equals, failure):
            output, assigned = visit.state.data.caught(visit, position, failure)
            answer = {"status": "CAUGHT_ERROR", "output": output.text, "nextState": catcher.next, **told}
            return answer, {"catchIndex": position}, assigned
    return {"status": "FAILED", **told}, {}, {}


def _inspected(trial: Trial, visit: Visit, execution: Execution) -> dict[str, Any]:
    """The data at each step that the state reached, as JSON texts."""
    inspected: dict[str, Any] = {}
    try:
        for name, value in _stages(trial, visit, _result_of(trial, execution)):
            inspected[name] = to_text(value)
    except StateError:
        pass  # the step that failed, and those after it
    inspected.pop("input", None)  # as the caller gave it
    if trial.state.type == "Map":
        inspected |= map_limits(visit)
    return inspected


def _stages(trial: Trial, visit: Visit, result: Any) -> Iterator[tuple[str, Any]]:
    """Those of a Map stand between those of its input and those of its result."""
    waiting = visit.state.data.stages(visit, result)
    if trial.state.type == "Map":
        tested = trial.request.state
        is_jsonpath = tested.definition.get("QueryLanguage", tested.language) == JSONPATH
        yield from map_stages(visit, trial.request.configuration, is_jsonpath=is_jsonpath)
    yield from waiting


def _result_of(trial: Trial, execution: Execution) -> Any:
    """What the work gave, before anything was selected."""
    mock = trial.request.mock
    if mock is not None:
        return json.loads(mock["result"]) if "result" in mock and execution.status == SUCCEEDED else NO_RESULT
    for event in execution.history:
        for member in _RESULTS:
            if member in event:
                return json.loads(event[member]["output"])
    return NO_RESULT
