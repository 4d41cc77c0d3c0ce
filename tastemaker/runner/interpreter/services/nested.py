"""Nested workflows: `arn:aws:states:::states:startExecution`, `.sync` and `.sync:2`, on the same clock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.execution import SUCCEEDED
from tastemaker.runner.interpreter.failures import RUNTIME, TASK_FAILED, StateError
from tastemaker.runner.interpreter.payload import to_text
from tastemaker.runner.interpreter.services.arguments import given_members
from tastemaker.runner.interpreter.services.names import with_exception
from tastemaker.runner.interpreter.services.results import missing_fields
from tastemaker.runner.interpreter.visit import iso_timestamp

if TYPE_CHECKING:
    import simpy

    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.services.patterns import SdkMetadata

_MEMBERS = ("StateMachineArn", "Input", "Name", "TraceHeader")


class Executions(Protocol):
    """What nested workflows need of the engine."""

    def start(self, machine: str, input: Any, name: str | None = None, *, parent: str | None = None) -> Execution:  # noqa: A002 - AWS's word
        ...

    def find(self, arn: str) -> Execution: ...

    def now(self) -> float: ...

    def stop(self, execution: Execution, error: str | None = None, cause: str | None = None) -> None: ...


_PROTOCOL = {"protocol": "json", "jsonVersion": "1.0"}
"""How the API of Step Functions writes its answers."""


@dataclass(frozen=True, slots=True)
class StartExecution:
    """One of the three patterns.

    Attributes:
        resource: `startExecution`, `startExecution.sync` (Output as text) or `startExecution.sync:2` (Output as JSON).
    """

    executions: Executions
    metadata: SdkMetadata
    resource: str
    resource_type: str = "states"
    waits_for_token: bool = False

    def check(self, arguments: Any) -> list[str]:
        if not isinstance(arguments, dict):
            return []
        given = given_members(arguments)
        problems = [f'The field "{name}" is not supported by Step Functions' for name in given if name not in _MEMBERS]
        if "StateMachineArn" not in given:
            problems.append("The field 'StateMachineArn' is required but was missing")
        return problems

    def check_result(self, result: Any, *, strict: bool) -> list[str]:
        """`.sync` patterns answer with what DescribeExecution tells."""
        if not isinstance(result, dict):
            return ["The result must be a object"]
        required = ["ExecutionArn", "StartDate"]
        if self.resource != "startExecution":
            required += ["StateMachineArn", "Status"]
        return missing_fields(result, required) if strict else []

    def prepare(self, arguments: Any) -> Any:
        problems = self.check(arguments) if isinstance(arguments, dict) else ["Arguments must be an OBJECT"]
        if problems:
            cause = f"The Parameters '{to_text(arguments)}' could not be used to start the Task: [{problems[0]}]"
            raise StateError(RUNTIME, cause, of_state=True)
        return arguments

    def call(self, prepared: Any, caller: Execution) -> Any:
        try:
            child = self.executions.start(
                prepared["StateMachineArn"], _input(prepared), prepared.get("Name"), parent=caller.arn
            )
        except AwsError as error:
            where = (
                f"Service: AWSStepFunctions; Status Code: {error.status}; Error Code: {error.code}; "
                f"Request ID: {error.request_id}; Proxy: null"
            )
            raise StateError(f"StepFunctions.{with_exception(error.code)}", f"{error.message} ({where})") from error
        started = {"ExecutionArn": child.arn, "StartDate": iso_timestamp(child.started_at)}
        return self.metadata.add(started, _PROTOCOL)

    def job(self, prepared: Any, response: Any) -> NestedJob | None:  # noqa: ARG002 - the answer names the child
        if self.resource == "startExecution":
            return None
        child = self.executions.find(response["ExecutionArn"])
        return NestedJob(self.executions, child, self.resource.endswith(":2"))


@dataclass(frozen=True, slots=True)
class NestedJob:
    """The wait for a nested execution."""

    executions: Executions
    child: Execution
    is_json: bool

    def begin(self, env: simpy.Environment) -> simpy.Event:  # noqa: ARG002 - the child is on the same clock
        return self.child.done

    def result(self) -> Any:
        if self.child.status != SUCCEEDED:
            raise StateError(TASK_FAILED, to_text(describe(self.child, is_json=False)))
        return describe(self.child, is_json=self.is_json)

    def stop(self) -> None:
        self.executions.stop(self.child)


def describe(execution: Execution, *, is_json: bool) -> dict[str, Any]:
    """DescribeExecution as a nested task returns it; times are epoch milliseconds, absent members left out."""

    def shown(value: Any) -> Any:
        return value if is_json else to_text(value)

    described = {
        "ExecutionArn": execution.arn,
        "Input": shown(execution.input),
        "InputDetails": {"Included": True},
        "Name": execution.name,
        "StartDate": round(execution.started_at * 1000),
        "StateMachineArn": execution.machine_arn,
        "Status": execution.status,
        "Error": execution.error,
        "Cause": execution.cause,
        "StopDate": None if execution.stopped_at is None else round(execution.stopped_at * 1000),
    }
    described = {name: value for name, value in described.items() if value is not None}
    if execution.status == SUCCEEDED:
        described |= {"Output": shown(execution.output), "OutputDetails": {"Included": True}}
    return described


def _input(prepared: dict[str, Any]) -> Any:
    """The nested execution's input: any JSON value, or a JSON text as the API takes it."""
    value = prepared.get("Input", {})
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise AwsError(
            "stepfunctions", "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'"
        ) from error
