"""Waiting for an asynchronous Personalize resource: Describe, Choice, Wait, and round again.

Personalize has no `.sync` integration and sends no state-change events (reference §12, §13), so each wait is a loop of
its own with a growing interval, a deadline and a branch for every terminal status. No Lambda function polls.
"""

from __future__ import annotations

from dataclasses import dataclass

from tastemaker.plan.machines.states import (
    FIRST_POLL_SECONDS,
    LONGEST_POLL_SECONDS,
    POLL_GROWTH,
    State,
    States,
    choice,
    fail,
    jsonata,
    personalize_task,
)

DONE = ("ACTIVE",)
FAILED = ("CREATE FAILED", "CREATE STOPPED", "INACTIVE", "FAILED", "DELETE PENDING", "DELETE IN_PROGRESS")
"""With DONE all statuses at which nothing more will happen by itself, or nothing good (reference §1.3)."""

START_POLLING = {"waitedSeconds": 0, "queuedSeconds": 0, "pollSeconds": FIRST_POLL_SECONDS}
"""Assign this before a loop is entered; `queuedSeconds` belongs to `creating.py`."""

JITTERED = "$ceil($pollSeconds * (0.8 + 0.2 * $random()))"
"""Parallel loops must not describe in the same second; never longer than the interval, so that an end is noticed in
time."""

GROWING = {
    "waitedSeconds": jsonata("$waitedSeconds + $pollSeconds"),
    "pollSeconds": jsonata(f"$min([$ceil($pollSeconds * {POLL_GROWTH}), {LONGEST_POLL_SECONDS}])"),
}
"""Assigned by each Wait of a loop."""


@dataclass(frozen=True)
class Polling:
    """One loop over a Describe operation.

    Attributes:
        what: the resource in words, used in state names and causes, e.g. `dataset group`.
        action: lower camel case, e.g. `describeDatasetGroup`.
        arguments: of the Describe call.
        description: JSONata from `$states.result` to the object that carries status and failureReason.
        deadline_seconds: after that much waiting the loop ends in `on_deadline`.
        done: the next state when the status is a good end.
        status: JSONata over `$description`.
        reason: JSONata over `$description` for the cause of a failure.
        name: JSONata for the resource's name in the cause.
        catches: for the Describe call, e.g. ResourceNotFound → create.
        on_deadline, on_failure: other states than the loop's own Fail states.
        good, failed: statuses that end the loop.
    """

    what: str
    action: str
    arguments: object
    description: str
    deadline_seconds: int
    done: str
    name: str
    status: str = "$description.Status"
    reason: str = "$description.FailureReason"
    catches: tuple[State, ...] = ()
    on_deadline: str | None = None
    on_failure: str | None = None
    good: tuple[str, ...] = DONE
    failed: tuple[str, ...] = FAILED

    @property
    def start(self) -> str:
        return f"Describe {self.what}"

    @property
    def wait(self) -> str:
        return f"Wait for {self.what}"

    def states(self) -> States:
        """The loop's states; enter at `start` (look first) or `wait` (after a create), with START_POLLING assigned."""
        judge, failure, late = (
            f"Judge {self.what}",
            f"{self.what.capitalize()} failed",
            f"{self.what.capitalize()} late",
        )
        states: States = {
            self.start: personalize_task(
                self.action,
                self.arguments,
                next_state=judge,
                catches=self.catches,
                Assign={"description": jsonata(self.description)},
            ),
            judge: choice(
                [
                    (f"{self.status} in {array(self.good)}", self.done),
                    (f"{self.status} in {array(self.failed)}", self.on_failure or failure),
                    (f"$waitedSeconds >= {self.deadline_seconds}", self.on_deadline or late),
                ],
                default=self.wait,
            ),
            self.wait: self._wait(),
        }
        if self.on_failure is None:
            states[failure] = self._failed()
        if self.on_deadline is None:
            states[late] = self._late()
        return states

    def _wait(self) -> State:
        return {
            "Type": "Wait",
            "Seconds": jsonata(JITTERED),
            "Assign": GROWING,
            "Next": self.start,
        }

    def _failed(self) -> State:
        cause = (
            f"'{self.what} ' & {self.name} & ' ended ' & {self.status} & ': ' & "
            f"($exists({self.reason}) ? {self.reason} : 'the service gave no reason')"
        )
        return fail(f"Tastemaker.{camel(self.what)}Failed", cause)

    def _late(self) -> State:
        cause = (
            f"'{self.what} ' & {self.name} & ' is still ' & {self.status} & ' after {self.deadline_seconds} s; "
            "look at it in the Personalize console and run again'"
        )
        return fail(f"Tastemaker.{camel(self.what)}Late", cause)


def array(values: tuple[str, ...]) -> str:
    """JSONata for a list of strings."""
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"


def camel(words: str) -> str:
    """`import job` to `ImportJob`, for error names."""
    return "".join(word.capitalize() for word in words.split())
