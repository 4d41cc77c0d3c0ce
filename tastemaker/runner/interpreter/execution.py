"""One execution of a state machine, and what a listener hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import simpy

    from tastemaker.runner.interpreter.history import History

STANDARD, EXPRESS = "STANDARD", "EXPRESS"
RUNNING = "RUNNING"
SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"
TIMED_OUT = "TIMED_OUT"
ABORTED = "ABORTED"

REDRIVABLE_SECONDS = 14 * 86_400
REDRIVABLE_EVENTS = 24_999
"""A redrive needs fewer events than these, and comes within those seconds of the end. Source: API reference,
RedriveExecution."""


class Origin(NamedTuple):
    """By what an execution was started: ARNs of the version and of the alias, and the trace header; None for none."""

    version_arn: str | None = None
    alias_arn: str | None = None
    trace_header: str | None = None


NO_ORIGIN = Origin()


@dataclass(eq=False)
class Execution:
    """An execution; the engine changes it while virtual time passes.

    Attributes:
        machine: name of the state machine; `machine_arn` is its ARN.
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        input, output: JSON values; output is None until it succeeded.
        input_text, output_text: the same as they are written.
        error, cause: set when it failed or was stopped with them.
        started_at, stopped_at: epoch seconds; stopped_at is None while it runs.
        transitions: number of states entered, those of branches and iterations included.
        done: fires on the virtual clock when the execution ends.
        parent: ARN of the execution that started this one as a nested workflow.
        type: STANDARD or EXPRESS.
        map_run_arn: of the Map Run whose child this is.
        version_arn, alias_arn: of the version that runs and of the alias that chose it, or None.
        trace_header: as it was given at the start.
    """

    name: str
    arn: str
    machine: str
    machine_arn: str
    input: Any
    started_at: float
    done: simpy.Event
    recorder: History
    status: str = RUNNING
    output: Any = None
    error: str | None = None
    cause: str | None = None
    stopped_at: float | None = None
    transitions: int = 0
    parent: str | None = None
    type: str = STANDARD
    map_run_arn: str | None = None
    version_arn: str | None = None
    alias_arn: str | None = None
    trace_header: str | None = None
    redrive_count: int = 0
    redriven_at: float | None = None
    input_text: str = "{}"
    output_text: str = ""

    @property
    def history(self) -> list[dict[str, Any]]:
        """Events as GetExecutionHistory returns them, oldest first; timestamps are aware datetimes."""
        return self.recorder.events

    def redrive_status(self, now: float) -> tuple[str, str | None]:
        """DescribeExecution's `redriveStatus` and `redriveStatusReason` at this time."""
        reason = self.redrive_obstacle(now)
        if reason is not None:
            return "NOT_REDRIVABLE", reason
        return ("REDRIVABLE" if self.map_run_arn is None else "REDRIVABLE_BY_MAP_RUN"), None

    def may_continue(self, now: float) -> bool:
        """Whether a redrive, its own or that of its Map Run, may take it up."""
        return self.redrive_obstacle(now) is None

    def redrive_obstacle(self, now: float) -> str | None:
        """Why it cannot be redriven at this time, in the words of DescribeExecution's `redriveStatusReason`, or None.

        Source: API reference, DescribeExecution and RedriveExecution.
        """
        if self.status in {RUNNING, SUCCEEDED}:
            return f"Execution is {self.status} and cannot be redriven"
        if len(self.history) >= REDRIVABLE_EVENTS:
            return "Execution history event limit exceeded"
        if self.stopped_at is not None and now - self.stopped_at > REDRIVABLE_SECONDS:
            return "Execution redrivable period exceeded"
        return None


@dataclass(frozen=True, slots=True)
class Progress:
    """What a listener hears.

    Attributes:
        kind: `execution started`, `state entered` or `execution ended`.
        at: epoch seconds of virtual time.
        state, state_type: only for `state entered`.
    """

    kind: str
    at: float
    execution: Execution
    state: str = ""
    state_type: str = ""
