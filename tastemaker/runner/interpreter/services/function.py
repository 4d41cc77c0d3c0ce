"""Lambda functions: the optimised integration `arn:aws:states:::lambda:invoke`, and a function's ARN as Resource."""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError, FunctionError
from tastemaker.runner.interpreter.failures import RUNTIME, StateError
from tastemaker.runner.interpreter.payload import to_text
from tastemaker.runner.interpreter.services.arguments import given_members
from tastemaker.runner.interpreter.services.names import with_exception
from tastemaker.runner.seams import Delayed

if TYPE_CHECKING:
    from random import Random

    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.services.patterns import SdkMetadata
    from tastemaker.runner.seams import FunctionInvoker

_MEMBERS = ("FunctionName", "Payload", "InvocationType", "Qualifier", "ClientContext", "LogType")


@dataclass(frozen=True, slots=True)
class InvokeFunction:
    """Invoke and wait for the answer. `InvocationType` Event invokes as well, its answer is thrown away.

    Attributes:
        rng: source of the request ids in the causes of failures.
    """

    functions: FunctionInvoker
    metadata: SdkMetadata
    rng: Random
    resource: str = "invoke"
    resource_type: str = "lambda"
    waits_for_token: bool = False

    def check(self, arguments: Any) -> list[str]:
        if not isinstance(arguments, dict):
            return []
        given = given_members(arguments)
        problems = [f'The field "{name}" is not supported by Step Functions' for name in given if name not in _MEMBERS]
        if "FunctionName" not in given:
            problems.append("The field 'FunctionName' is required but was missing")
        return problems

    def check_result(self, result: Any, *, strict: bool) -> list[str]:  # noqa: ARG002 - Invoke requires no member
        return [] if isinstance(result, dict) else ["The result must be a object"]

    def prepare(self, arguments: Any) -> Any:
        problems = self.check(arguments) if isinstance(arguments, dict) else ["Arguments must be an OBJECT"]
        if problems:
            cause = f"The Parameters '{to_text(arguments)}' could not be used to start the Task: [{problems[0]}]"
            raise StateError(RUNTIME, cause, of_state=True)
        return arguments

    def call(self, prepared: Any, caller: Execution) -> Any:  # noqa: ARG002 - a function does not see who called
        if prepared.get("InvocationType") == "Event":
            _invoke_event(self.functions, prepared)
            return self.metadata.add_invocation({"StatusCode": 202})
        answer = invoke(self.functions, prepared["FunctionName"], _payload(prepared), self.rng)
        if isinstance(answer, Delayed):
            return Delayed(answer.seconds, self._result(prepared, answer.answer))
        return self._result(prepared, answer)

    def _result(self, prepared: Any, answer: Any) -> dict[str, Any]:
        result = {"ExecutedVersion": prepared.get("Qualifier") or "$LATEST", "Payload": answer, "StatusCode": 200}
        if prepared.get("LogType") == "Tail":
            result["LogResult"] = base64.b64encode(b"").decode()  # handlers' logs go elsewhere
        return self.metadata.add_invocation(result)

    def job(self, prepared: Any, response: Any) -> None:  # noqa: ARG002 - request and response
        return None


@dataclass(frozen=True, slots=True)
class FunctionArn:
    """A function's ARN as Resource: the arguments are its event, its answer the result."""

    functions: FunctionInvoker
    rng: Random
    resource: str
    resource_type: str = "lambda"
    waits_for_token: bool = False

    def check(self, arguments: Any) -> list[str]:  # noqa: ARG002 - any JSON is an event
        return []

    def check_result(self, result: Any, *, strict: bool) -> list[str]:  # noqa: ARG002 - any JSON is an answer
        return []

    def prepare(self, arguments: Any) -> Any:
        return arguments

    def call(self, prepared: Any, caller: Execution) -> Any:  # noqa: ARG002 - a function does not see who called
        return invoke(self.functions, self.resource, json.loads(to_text(prepared)), self.rng)

    def job(self, prepared: Any, response: Any) -> None:  # noqa: ARG002 - request and response
        return None


def invoke(functions: FunctionInvoker, function: str, payload: Any, rng: Random) -> Any:
    """The function's answer.

    Raises:
        StateError: the handler raised, or Lambda refused the call.
    """
    try:
        return functions.invoke(function, payload)
    except FunctionError as error:
        raise StateError(error.error_type, _cause(error, rng)) from error
    except AwsError as error:
        raise StateError(f"Lambda.{with_exception(error.code)}", _refusal(error)) from error


def _invoke_event(functions: FunctionInvoker, prepared: dict[str, Any]) -> None:
    try:
        functions.invoke(prepared["FunctionName"], _payload(prepared))
    except FunctionError:
        return  # Lambda retries and reports it elsewhere; the task has succeeded
    except AwsError as error:
        raise StateError(f"Lambda.{with_exception(error.code)}", _refusal(error)) from error


def _payload(prepared: dict[str, Any]) -> Any:
    """A copy of the payload: null stands for an empty object, a JSON text for its value."""
    payload = prepared.get("Payload")
    if payload is None:
        return {}
    if isinstance(payload, str):
        try:
            return json.loads(payload)
        except ValueError:
            return payload
    return json.loads(to_text(payload))


def _cause(error: FunctionError, rng: Random) -> str:
    """What Lambda returns for a function error, as JSON text."""
    return to_text(
        {
            "errorMessage": error.message,
            "errorType": error.error_type,
            "requestId": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "stackTrace": list(error.trace),
        }
    )


def _refusal(error: AwsError) -> str:
    return (
        f"{error.message} (Service: AWSLambda; Status Code: {error.status}; Error Code: {error.code}; "
        f"Request ID: {error.request_id}; Proxy: null)"
    )
