"""A Task whose Resource is an activity's ARN: a worker outside fetches it and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.failures import HEARTBEAT_TIMEOUT, RUNTIME, TIMEOUT, StateError
from tastemaker.runner.interpreter.history import with_data
from tastemaker.runner.interpreter.model import Outcome
from tastemaker.runner.interpreter.payload import checked_payload, to_text
from tastemaker.runner.interpreter.states.task import credentials_of, limits_of

if TYPE_CHECKING:
    from collections.abc import Generator

    import simpy

    from tastemaker.runner.interpreter.activities import ActivityTask
    from tastemaker.runner.interpreter.model import Work
    from tastemaker.runner.interpreter.states.task import Limits
    from tastemaker.runner.interpreter.visit import Visit


def compile_activity_task(arn: str) -> Work:
    """Waits for a worker, then for its answer; the time limit runs from the start of the task."""

    def work(visit: Visit) -> Generator[simpy.Event, Any, Outcome]:
        given = checked_payload(visit.state.data.arguments(visit), f"state/task '{visit.state.name}'")
        limits, token = limits_of(visit), visit.run.tokens.open()
        task = visit.run.activities.schedule(arn, token, given.text)
        if task is None:
            raise StateError(RUNTIME, f"The activity {arn} does not exist.", of_state=True)
        details = {"resource": arn, **with_data("input", given.text), **limits.details()}
        visit.record("ActivityScheduled", {**details, **credentials_of(visit)})
        try:
            result = yield from _answered(visit, task, limits)
        except StateError as error:
            visit.record("ActivityTimedOut" if error.error == TIMEOUT else "ActivityFailed", error.details())
            raise
        finally:
            visit.run.activities.withdraw(arn, task)
            visit.run.tokens.close(token)
        visit.record("ActivitySucceeded", with_data("output", to_text(result)))
        output, assigned = visit.state.data.finish(visit, result)
        return Outcome(output, visit.state.next, assigned)

    return work


def _answered(visit: Visit, task: ActivityTask, limits: Limits) -> Generator[simpy.Event, Any, Any]:
    env, begin = visit.run.env, visit.run.env.now
    alarms = [env.timeout(limit) for limit in (limits.timeout, limits.heartbeat) if limit is not None]
    yield env.any_of([task.started, *alarms])
    if not task.started.triggered:
        missed = limits.timeout is None or (limits.heartbeat or limits.timeout) < limits.timeout
        raise StateError(TIMEOUT, None, alias=HEARTBEAT_TIMEOUT if missed else None)
    worker = task.started.value
    visit.record("ActivityStarted", {} if worker is None else {"workerName": worker})
    left = None if limits.timeout is None else limits.timeout - (env.now - begin)
    return (yield from task.token.wait(env, left, limits.heartbeat))
