"""Task tokens: what `.waitForTaskToken` tasks and activities wait for, and what SendTask… calls answer.

Source: developer guide, "Wait for a Callback with Task Token"; API reference, SendTaskSuccess.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.failures import HEARTBEAT_TIMEOUT, TIMEOUT, StateError

if TYPE_CHECKING:
    from collections.abc import Generator
    from random import Random

    import simpy

_SERVICE = "stepfunctions"
_TOKEN_BYTES = 96


@dataclass(slots=True)
class TaskToken:
    """One open callback.

    Attributes:
        answered: fires when the task succeeded or failed; its value is the output, or the StateError.
        beat: fires at the next heartbeat; replaced by a new event then.
    """

    text: str
    answered: simpy.Event
    beat: simpy.Event

    def wait(
        self, env: simpy.Environment, timeout: float | None, heartbeat: float | None
    ) -> Generator[simpy.Event, Any, Any]:
        """The output of the task.

        Raises:
            StateError: what SendTaskFailure said, or States.Timeout.
        """
        deadline = None if timeout is None else env.timeout(timeout)
        while not self.answered.triggered:
            beat = self.beat
            silence = None if heartbeat is None else env.timeout(heartbeat)
            yield env.any_of([event for event in (self.answered, deadline, silence, beat) if event is not None])
            if self.answered.triggered or (beat.triggered and not _over(deadline)):
                continue
            raise StateError(TIMEOUT, None, alias=None if _over(deadline) else HEARTBEAT_TIMEOUT)
        value = self.answered.value
        if isinstance(value, StateError):
            raise value
        return value


def _over(event: simpy.Event | None) -> bool:
    return event is not None and event.processed


@dataclass(slots=True)
class Tokens:
    """All open callbacks by their text."""

    env: simpy.Environment
    rng: Random
    opened: dict[str, TaskToken] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def open(self) -> TaskToken:
        """A new callback, with a token that the seed decides."""
        text = base64.b64encode(self.rng.randbytes(_TOKEN_BYTES)).decode()
        token = self.opened[text] = TaskToken(text, self.env.event(), self.env.event())
        return token

    def close(self, token: TaskToken) -> None:
        """The task is over; later answers are refused."""
        if self.opened.pop(token.text, None) is not None:
            self.closed.add(token.text)

    def succeed(self, text: str, output: str) -> None:
        """SendTaskSuccess; `output` is a JSON text. Raises AwsError InvalidToken, TaskTimedOut."""
        self._find(text).answered.succeed(json.loads(output))
        self.close(self.opened[text])

    def fail(self, text: str, error: str | None, cause: str | None) -> None:
        """SendTaskFailure; raises AwsError InvalidToken, TaskTimedOut."""
        self._find(text).answered.succeed(StateError(error, cause))
        self.close(self.opened[text])

    def heartbeat(self, text: str) -> None:
        """SendTaskHeartbeat; raises AwsError InvalidToken, TaskTimedOut."""
        token = self._find(text)
        beat, token.beat = token.beat, self.env.event()
        beat.succeed()

    def _find(self, text: str) -> TaskToken:
        if text in self.opened:
            return self.opened[text]
        if text in self.closed:
            message = "Task Timed Out: 'Provided task does not exist anymore'"
            raise AwsError(_SERVICE, "TaskTimedOut", message)
        raise AwsError(_SERVICE, "InvalidToken", "Invalid Token: 'Invalid token'")
