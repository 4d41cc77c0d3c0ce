from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.errors import TastemakerError
from tastemaker.runner.interpreter.failures import TIMEOUT, Halt, StateError
from tastemaker.runner.interpreter.history import with_data
from tastemaker.runner.interpreter.model import Outcome
from tastemaker.runner.interpreter.payload import Payload, checked_payload

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from tastemaker.runner.interpreter.integrations import Integration, Job
    from tastemaker.runner.interpreter.model import Work
    from tastemaker.runner.interpreter.visit import Visit


def compile_task(integration: Integration) -> Work:
    """Task: one call of an integration; with a job, the wait for its end.

    A call takes no virtual time, so only jobs can time out.
    """
    which = {"resourceType": integration.resource_type, "resource": integration.resource}

    def work(visit: Visit) -> Generator[simpy.Event, None, Outcome]:
        arguments = checked_payload(visit.state.data.arguments(visit), f"state/task '{visit.state.name}'")
        prepared = integration.prepare(arguments.value)
        timeout = _record_scheduled(visit, which, arguments)
        visit.record("TaskStarted", which)
        try:
            result = yield from _perform(visit, integration, prepared, timeout)
            succeeded = checked_payload(result, f"state/task '{integration.resource_type}'")
        except StateError as error:
            event = "TaskTimedOut" if error.error == TIMEOUT else "TaskFailed"
            visit.record(event, {**which, **error.details()})
            raise
        visit.record("TaskSucceeded", {**which, **with_data("output", succeeded.text)})
        output, assigned = visit.state.data.finish(visit, result)
        return Outcome(output, visit.state.next, assigned)

    return work


def _record_scheduled(visit: Visit, which: dict[str, str], arguments: Payload) -> float | None:
    """TaskScheduled with the time limits; returns the timeout in seconds."""
    data = visit.state.data
    details: dict[str, Any] = {**which, "region": visit.run.region, "parameters": arguments.text}
    limits = {"TimeoutSeconds": "timeoutInSeconds", "HeartbeatSeconds": "heartbeatInSeconds"}
    for field, member in limits.items():
        if data.has(field):
            details[member] = data.field(visit, field)
    visit.record("TaskScheduled", details)
    return details.get("timeoutInSeconds")


def _perform(
    visit: Visit, integration: Integration, prepared: Any, timeout: float | None
) -> Generator[simpy.Event, Any, Any]:
    try:
        response = integration.call(prepared, visit.run.execution)
    except TastemakerError as error:
        raise Halt(error) from error
    job = integration.job(response)
    if job is None:
        return response
    which = {"resourceType": integration.resource_type, "resource": integration.resource}
    visit.record("TaskSubmitted", {**which, **with_data("output", Payload(response).text)})
    return (yield from _wait(visit.run.env, job, timeout))


def _wait(env: simpy.Environment, job: Job, timeout: float | None) -> Generator[simpy.Event, Any, Any]:
    finished = False
    try:
        yield job.done if timeout is None else job.done | env.timeout(timeout)
        finished = job.done.triggered
    finally:
        if not finished:
            job.stop()
            if not job.done.triggered:
                yield job.done
    if not finished:
        raise StateError(TIMEOUT, None)
    return job.result()
