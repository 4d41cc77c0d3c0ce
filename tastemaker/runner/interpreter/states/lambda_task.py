"""A Task whose Resource is a function's ARN: the older way to invoke a Lambda function, with events of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tastemaker.errors import TastemakerError
from tastemaker.runner.interpreter.failures import TIMEOUT, Halt, StateError
from tastemaker.runner.interpreter.history import with_data
from tastemaker.runner.interpreter.model import Outcome
from tastemaker.runner.interpreter.payload import checked_payload
from tastemaker.runner.interpreter.states.task import credentials_of, delayed, limits_of
from tastemaker.runner.seams import Delayed

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from tastemaker.runner.interpreter.integrations import Integration
    from tastemaker.runner.interpreter.model import Work
    from tastemaker.runner.interpreter.visit import Visit


def compile_lambda_task(function: Integration) -> Work:
    """The function gets the arguments as its event; what it returns is the result.

    Args:
        function: `resource` is the ARN.
    """
    arn = function.resource

    def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
        given = checked_payload(visit.state.data.arguments(visit), f"state/task '{visit.state.name}'")
        limits = limits_of(visit)
        details = {"resource": arn, **with_data("input", given.text), **replace(limits, heartbeat=None).details()}
        visit.record("LambdaFunctionScheduled", {**details, **credentials_of(visit)})
        if visit.track.is_inner:
            yield visit.run.env.timeout(0)  # the service schedules the tasks of all lines before it starts one
        visit.record("LambdaFunctionStarted")
        try:
            result = function.call(function.prepare(given.value), visit.run.execution)
            if isinstance(result, Delayed):
                result = yield from delayed(visit.run.env, result, limits.timeout)
            succeeded = checked_payload(result, f"state/task '{arn}'")
        except TastemakerError as error:
            raise Halt(error) from error
        except StateError as error:
            event = "LambdaFunctionTimedOut" if error.error == TIMEOUT else "LambdaFunctionFailed"
            visit.record(event, error.details())
            raise
        visit.record("LambdaFunctionSucceeded", with_data("output", succeeded.text))
        output, assigned = visit.state.data.finish(visit, result)
        return Outcome(output, visit.state.next, assigned)

    return work
