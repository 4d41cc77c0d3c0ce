"""The optimised Lambda integration, `arn:aws:states:::lambda:invoke`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError, FunctionError
from tastemaker.runner.interpreter.failures import RUNTIME, StateError
from tastemaker.runner.interpreter.payload import to_text
from tastemaker.runner.interpreter.services.arguments import given_members
from tastemaker.runner.interpreter.services.names import with_exception

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.seams import FunctionInvoker

_MEMBERS = ("FunctionName", "Payload", "InvocationType", "Qualifier", "ClientContext", "LogType")
_NOT_BUILT = ("ClientContext", "LogType")


@dataclass(frozen=True, slots=True)
class InvokeFunction:
    """Invoke and wait for the answer. `InvocationType` Event invokes as well, its answer is thrown away."""

    functions: FunctionInvoker
    resource: str = "invoke"
    resource_type: str = "lambda"

    def check(self, arguments: Any) -> list[str]:
        if not isinstance(arguments, dict):
            return []
        given = given_members(arguments)
        problems = [f'The field "{name}" is not supported by Step Functions' for name in given if name not in _MEMBERS]
        problems += [f"not built yet: lambda:invoke with {name}" for name in _NOT_BUILT if name in given]
        if "FunctionName" not in given:
            problems.append("The field 'FunctionName' is required but was missing")
        return problems

    def prepare(self, arguments: Any) -> Any:
        problems = self.check(arguments) if isinstance(arguments, dict) else ["Arguments must be an OBJECT"]
        if problems:
            cause = f"The Parameters '{to_text(arguments)}' could not be used to start the Task: [{problems[0]}]"
            raise StateError(RUNTIME, cause, of_state=True)
        return arguments

    def call(self, prepared: Any, caller: Execution) -> Any:  # noqa: ARG002 - a function does not see who called
        payload = json.loads(to_text(prepared.get("Payload", {})))
        is_event = prepared.get("InvocationType") == "Event"
        try:
            answer = self.functions.invoke(prepared["FunctionName"], payload)
        except FunctionError as error:
            if is_event:
                return {"StatusCode": 202}
            raise StateError(error.error_type, _cause(error)) from error
        except AwsError as error:
            raise StateError(f"Lambda.{with_exception(error.code)}", _refusal(error)) from error
        if is_event:
            return {"StatusCode": 202}
        return {"ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200}

    def job(self, response: Any) -> None:  # noqa: ARG002 - request and response
        return None


def _cause(error: FunctionError) -> str:
    """What Lambda returns for a function error, as JSON text."""
    return to_text({"errorMessage": error.message, "errorType": error.error_type, "stackTrace": list(error.trace)})


def _refusal(error: AwsError) -> str:
    return (
        f"{error.message} (Service: AWSLambda; Status Code: {error.status}; Error Code: {error.code}; "
        f"Request ID: {error.request_id}; Proxy: null)"
    )
