"""Activities: tasks that workers outside fetch and answer. Source: API reference, GetActivityTask."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import simpy

    from tastemaker.runner.interpreter.tokens import TaskToken


@dataclass(slots=True)
class ActivityTask:
    """One task that waits for a worker.

    Attributes:
        started: fires when a worker took it; its value is the worker's name, or None.
    """

    token: TaskToken
    input: str
    started: simpy.Event


@dataclass(slots=True)
class Activity:
    """A registered activity and its tasks, oldest first."""

    arn: str
    name: str
    created_at: float
    waiting: deque[ActivityTask] = field(default_factory=deque)


@dataclass(slots=True)
class Activities:
    """Registered activities by ARN."""

    env: simpy.Environment
    by_arn: dict[str, Activity] = field(default_factory=dict)

    def schedule(self, arn: str, token: TaskToken, given: str) -> ActivityTask | None:
        """Queue a task; None when there is no such activity."""
        activity = self.by_arn.get(arn)
        if activity is None:
            return None
        task = ActivityTask(token, given, self.env.event())
        activity.waiting.append(task)
        return task

    def withdraw(self, arn: str, task: ActivityTask) -> None:
        """The task timed out or was aborted before a worker took it."""
        activity = self.by_arn.get(arn)
        if activity is not None and task in activity.waiting:
            activity.waiting.remove(task)

    def take(self, arn: str, worker: str | None) -> ActivityTask | None:
        """The oldest waiting task, which thereby starts; None when none waits."""
        activity = self.by_arn[arn]
        if not activity.waiting:
            return None
        task = activity.waiting.popleft()
        task.started.succeed(worker)
        return task
