from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.errors import TastemakerError
from tastemaker.runner.interpreter.failures import TIMEOUT, Halt, StateError
from tastemaker.runner.interpreter.history import with_data
from tastemaker.runner.interpreter.model import Outcome
from tastemaker.runner.interpreter.payload import Payload, checked_payload
from tastemaker.runner.seams import Delayed

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from tastemaker.runner.interpreter.integrations import Integration, Job
    from tastemaker.runner.interpreter.model import Work
    from tastemaker.runner.interpreter.tokens import TaskToken
    from tastemaker.runner.interpreter.visit import Visit

_LIMITS = {"TimeoutSeconds": "timeoutInSeconds", "HeartbeatSeconds": "heartbeatInSeconds"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds; None means none."""

    timeout: float | None
    heartbeat: float | None

    def details(self) -> dict[str, Any]:
        """As members of a Scheduled event."""
        pairs = (("timeoutInSeconds", self.timeout), ("heartbeatInSeconds", self.heartbeat))
        return {name: value for name, value in pairs if value is not None}


def limits_of(visit: Visit) -> Limits:
    """Both time limits of a Task, evaluated."""
    data = visit.state.data
    return Limits(*(data.field(visit, field) if data.has(field) else None for field in _LIMITS))


def credentials_of(visit: Visit) -> dict[str, Any]:
    """`taskCredentials` of a Scheduled event; empty without Credentials."""
    block = visit.state.data.block(visit, "Credentials")
    return {} if block is None else {"taskCredentials": {"roleArn": block.get("RoleArn")}}


def compile_task(integration: Integration) -> Work:
    """Task: one call of an integration; with a job or a token, the wait for its end.

    A call takes no virtual time unless its answer is `Delayed`, so only that and what is waited for can time out.
    """
    which = {"resourceType": integration.resource_type, "resource": integration.resource}

    def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
        token = visit.run.tokens.open() if integration.waits_for_token else None
        visit.token = None if token is None else token.text
        try:
            result = yield from _attempt(visit, token)
        finally:
            if token is not None:
                visit.run.tokens.close(token)
        output, assigned = visit.state.data.finish(visit, result)
        return Outcome(output, visit.state.next, assigned)

    def _attempt(visit: Visit, token: TaskToken | None) -> Generator[simpy.Event, None, Any]:
        arguments = checked_payload(visit.state.data.arguments(visit), f"state/task '{visit.state.name}'")
        limits = limits_of(visit)
        prepared = integration.prepare(arguments.value)
        details = {**which, "region": visit.run.region, "parameters": arguments.text}
        visit.record("TaskScheduled", {**details, **limits.details(), **credentials_of(visit)})
        if visit.track.is_inner:
            yield visit.run.env.timeout(0)  # the service schedules the tasks of all lines before it starts one
        visit.record("TaskStarted", which)
        try:
            result = yield from _perform(visit, integration, prepared, limits, token)
            succeeded = checked_payload(result, f"state/task '{integration.resource_type}'")
        except StateError as error:
            visit.record(_failure_event(visit, integration, error), {**which, **error.details()})
            raise
        visit.record("TaskSucceeded", {**which, **with_data("output", succeeded.text)})
        return result

    return work


def _failure_event(visit: Visit, integration: Integration, error: StateError) -> str:
    """What begins work to wait for (`.sync`, `.waitForTaskToken`) and is refused has not been submitted."""
    if error.error == TIMEOUT:
        return "TaskTimedOut"
    last = visit.run.execution.history[visit.track.previous - 1]["type"]
    return "TaskSubmitFailed" if "." in integration.resource and last == "TaskStarted" else "TaskFailed"


def _perform(
    visit: Visit, integration: Integration, prepared: Any, limits: Limits, token: TaskToken | None
) -> Generator[simpy.Event, Any, Any]:
    try:
        response = integration.call(prepared, visit.run.execution)
    except TastemakerError as error:
        raise Halt(error) from error
    if isinstance(response, Delayed):
        response = yield from delayed(visit.run.env, response, limits.timeout)
    job = integration.job(prepared, response)
    if job is None and token is None:
        return response
    which = {"resourceType": integration.resource_type, "resource": integration.resource}
    visit.record("TaskSubmitted", {**which, **with_data("output", Payload(response).text)})
    if token is not None:
        return (yield from token.wait(visit.run.env, limits.timeout, limits.heartbeat))
    assert job is not None  # noqa: S101 - for mypy
    return (yield from _wait(visit.run.env, job, limits.timeout))


def delayed(env: simpy.Environment, answer: Delayed, timeout: float | None) -> Generator[simpy.Event, Any, Any]:
    """The answer after its time, or States.Timeout at the limit."""
    if timeout is not None and answer.seconds > timeout:
        yield env.timeout(timeout)
        raise StateError(TIMEOUT, None)
    yield env.timeout(answer.seconds)
    return answer.answer


def _wait(env: simpy.Environment, job: Job, timeout: float | None) -> Generator[simpy.Event, Any, Any]:
    done, finished = job.begin(env), False
    try:
        yield done if timeout is None else done | env.timeout(timeout)
        finished = done.triggered
    finally:
        if not finished:
            job.stop()
            if not done.triggered:
                yield done
    if not finished:
        raise StateError(TIMEOUT, None)
    return job.result()
