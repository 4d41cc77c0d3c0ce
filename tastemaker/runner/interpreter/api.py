"""The Step Functions API over an engine, for callers that use an AWS client: handlers and `aws-sdk:sfn` tasks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError, UnsupportedBySimulatorError
from tastemaker.runner.interpreter.execution import SUCCEEDED
from tastemaker.runner.interpreter.payload import to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.runner.interpreter.engine import Engine
    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.model import Machine

_PAGE = 100
_INCLUDED = {"included": True}


class StepFunctionsApi:
    """Answers operations by botocore's names; times are aware datetimes, as an `AwsCaller` gives them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._operations = {
            "StartExecution": self._start,
            "StopExecution": self._stop,
            "DescribeExecution": self._describe,
            "ListExecutions": self._list,
            "GetExecutionHistory": self._history,
            "DescribeStateMachine": self._describe_machine,
            "ListStateMachines": self._list_machines,
        }

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make the call.

        Raises:
            AwsError: as the service would refuse it.
            UnsupportedBySimulatorError: the operation is not built.
        """
        if operation not in self._operations:
            raise UnsupportedBySimulatorError(f"Step Functions {operation}", f"Built: {', '.join(self._operations)}.")
        return self._operations[operation](params)

    def _start(self, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            given = json.loads(params.get("input", "{}"))
        except ValueError as error:
            message = f"Invalid State Machine Execution Input: '{error}'"
            raise AwsError("stepfunctions", "InvalidExecutionInput", message) from error
        execution = self._engine.start(params["stateMachineArn"], given, params.get("name"))
        return {"executionArn": execution.arn, "startDate": _time(execution.started_at)}

    def _stop(self, params: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._engine.find(params["executionArn"])
        self._engine.stop(execution, params.get("error"), params.get("cause"))
        stopped_at = self._engine.now() if execution.stopped_at is None else execution.stopped_at
        return {"stopDate": _time(stopped_at)}

    def _describe(self, params: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._engine.find(params["executionArn"])
        described = _summary(execution) | {"input": to_text(execution.input), "inputDetails": _INCLUDED}
        pairs = (("error", execution.error), ("cause", execution.cause))
        described |= {name: text for name, text in pairs if text is not None}
        if execution.status == SUCCEEDED:
            described |= {"output": to_text(execution.output), "outputDetails": _INCLUDED}
        return described

    def _list(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Newest first, as the service lists them."""
        arn = self._machine(params["stateMachineArn"]).arn
        status = params.get("statusFilter")
        wanted = [
            _summary(execution)
            for execution in reversed(self._engine.executions)
            if execution.machine_arn == arn and status in {None, execution.status}
        ]
        return _page(wanted, "executions", params)

    def _history(self, params: Mapping[str, Any]) -> dict[str, Any]:
        events = self._engine.find(params["executionArn"]).history
        return _page(events[::-1] if params.get("reverseOrder") is True else events, "events", params)

    def _describe_machine(self, params: Mapping[str, Any]) -> dict[str, Any]:
        machine = self._machine(params["stateMachineArn"])
        return _machine_summary(machine) | {"status": "ACTIVE", "definition": to_text(machine.definition)}

    def _list_machines(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return _page([_machine_summary(machine) for machine in self._engine.machines], "stateMachines", params)

    def _machine(self, arn: str) -> Machine:
        for machine in self._engine.machines:
            if machine.arn == arn:
                return machine
        raise AwsError("stepfunctions", "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _summary(execution: Execution) -> dict[str, Any]:
    summary = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": _time(execution.started_at),
    }
    return summary if execution.stopped_at is None else summary | {"stopDate": _time(execution.stopped_at)}


def _machine_summary(machine: Machine) -> dict[str, Any]:
    return {"stateMachineArn": machine.arn, "name": machine.name, "type": "STANDARD"}


def _page(items: list[dict[str, Any]], member: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """One page; the token is the position of the next item."""
    token = params.get("nextToken", "0")
    if not token.isdigit():
        raise AwsError("stepfunctions", "InvalidToken", f"Invalid Token: '{token}'")
    start, size = int(token), params.get("maxResults") or _PAGE
    page: dict[str, Any] = {member: items[start : start + size]}
    if start + size < len(items):
        page["nextToken"] = str(start + size)
    return page
