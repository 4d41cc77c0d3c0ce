"""Any state machine on this computer: the engine of the States Language with moto for AWS and the local Personalize.

    from tastemaker.asl import LocalStates

    with LocalStates(seed=7) as states:
        execution = states.run({"StartAt": "Hello", "States": {"Hello": {"Type": "Pass", "End": True}}}, {"a": 1})
        print(execution.status, execution.output)

Composition root of `tastemaker asl`, as `local.py` is of a project. See docs/state-machines.md.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from moto import mock_aws

from tastemaker.aws import ACCOUNT_ID, REGION, Boto3Caller, S3Objects, environment
from tastemaker.errors import AwsError, FunctionError
from tastemaker.local import LocalCaller, SwitchedClock
from tastemaker.runner.interpreter.engine import Engine
from tastemaker.runner.seams import Delayed
from tastemaker.runner.stepfunctions import install
from tastemaker.simulator import transport
from tastemaker.simulator.clock import SystemClock
from tastemaker.simulator.quotas import Quotas, RateLimiter
from tastemaker.simulator.service import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tastemaker.runner.interpreter.execution import Execution

    Handler = Callable[[Any, Any], Any]

DEFAULT_START = 1_767_225_600.0
"""2026-01-01T00:00:00Z: the same input gives the same history."""


class PythonFunctions:
    """Lambda functions that are Python callables; implements `FunctionInvoker`.

    Args:
        handlers: function name to handler; called with the event and None as context.
    """

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = dict(handlers)

    def invoke(self, function: str, payload: Any) -> Any:
        """See `FunctionInvoker`; the name may be an ARN, with or without a qualifier."""
        parts = function.split(":")
        name = parts[6] if function.startswith("arn:") and len(parts) > 6 else parts[0]
        if name not in self._handlers:
            arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}"
            raise AwsError("lambda", "ResourceNotFoundException", f"Function not found: {arn}", 404)
        try:
            answer = self._handlers[name](payload, None)
        except AwsError:
            raise
        except Exception as error:
            trace = traceback.format_tb(error.__traceback__)[1:]
            raise FunctionError(type(error).__name__, str(error), trace) from error
        if isinstance(answer, Delayed):
            return Delayed(answer.seconds, _as_json(answer.answer))
        return _as_json(answer)


def _as_json(answer: Any) -> Any:
    """What Lambda makes of a handler's answer."""
    try:
        return json.loads(json.dumps(answer, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise FunctionError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


class LocalStates:
    """Step Functions with an AWS account of its own; use it as a context manager.

    Args:
        start_time: virtual time at the begin, epoch seconds.
        functions: handlers of Lambda functions by name.

    Attributes:
        engine: Step Functions on the virtual clock.
        aws: calls AWS operations; `client(service)` gives the boto3 client.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        start_time: float = DEFAULT_START,
        functions: Mapping[str, Handler] | None = None,
    ) -> None:
        self.seed, self._start_time = seed, start_time
        self._functions = PythonFunctions(functions or {})
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tastemaker-")))
            stack.enter_context(environment({"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}))
            stack.enter_context(mock_aws())
            self.aws = Boto3Caller(REGION)
            clock = SwitchedClock(SystemClock())
            self.simulator = Simulator(
                clock=clock, objects=S3Objects(self.aws, folder), seed=self.seed, region=REGION, account_id=ACCOUNT_ID
            )
            caller = LocalCaller(self.simulator, self.aws, RateLimiter(Quotas.workflow()), clock)
            self.engine = Engine(
                aws=caller,
                functions=self._functions,
                start_time=self._start_time,
                seed=self.seed,
                region=REGION,
                account_id=ACCOUNT_ID,
            )
            clock.source = self.engine
            stack.enter_context(transport.install(self.simulator))
            stack.enter_context(install(self.engine))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stack.close()

    def client(self, service: str) -> Any:
        """A boto3 client of this account; `stepfunctions` is answered by the engine."""
        return self.aws.client(service)

    def run(
        self,
        definition: dict[str, Any],
        input: Any = None,  # noqa: A002 - the API's word
        *,
        name: str = "machine",
        execution_name: str | None = None,
    ) -> Execution:
        """Register a machine and run it to its end in virtual time; None as input stands for an empty object.

        Raises:
            InvalidDefinitionError: with every problem.
            UnsupportedBySimulatorError: a task asks for what the local services cannot do.
        """
        self.engine.register(name, definition)
        return self.engine.run(self.engine.start(name, {} if input is None else input, execution_name))
