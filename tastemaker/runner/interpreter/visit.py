"""Where the interpreter stands: the run of an execution, a line of control in it, one visit of a state."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tastemaker.runner.interpreter.execution import STANDARD, Progress
from tastemaker.runner.interpreter.failures import RUNTIME, StateError
from tastemaker.runner.interpreter.history import LIMIT_EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    import simpy

    from tastemaker.runner.interpreter.activities import Activities
    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.map_runs import MapRun, Tolerance
    from tastemaker.runner.interpreter.model import Scope, State
    from tastemaker.runner.interpreter.payload import Payload
    from tastemaker.runner.interpreter.tokens import Tokens

Path = tuple[str | int, ...]


_RETRIABLE = frozenset({"Task", "Map", "Parallel"})


@lru_cache(256)
def iso_timestamp(seconds: float) -> str:
    """Epoch seconds as the service writes times: UTC with milliseconds and `Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _context_timestamp(seconds: float) -> str:
    """As in the context object, where a whole second has no fraction."""
    return iso_timestamp(seconds).replace(".000Z", "Z")


class Host(Protocol):
    """What an execution needs of whoever plays it, to start others."""

    def begin_map_run(self, parent: Execution, label: str | None, width: int, tolerance: Tolerance) -> MapRun:
        """A new Map Run; `width` 0 stands for no limit."""
        ...

    def start_child(
        self, parent: Execution, run: MapRun, scope: Scope, payload: Payload, kind: str, name: str | None = None
    ) -> Execution:
        """Start the child execution of one item or batch.

        Args:
            kind: STANDARD or EXPRESS.
            name: generated when None.
        """
        ...

    def redrive(self, execution: Execution) -> None:
        """Continue an ended execution where its lines of control stood."""
        ...

    def stop(self, execution: Execution, error: str | None = None, cause: str | None = None) -> None:
        """End a running execution as ABORTED."""
        ...


class Standing(NamedTuple):
    """Where a line of control stands: the state it is in, with input and variables at its entry."""

    state: str
    data: Payload
    variables: dict[str, Any]
    entered_id: int
    entered_at: float


@dataclass(slots=True)
class LinesMemory:
    """What a redrive needs: where each line of control stood, and what the finished ones gave.

    Attributes:
        standing: by path of the line; a path has a state's name and a position for each Map or Parallel around it.
        finished: results of the lines that ended well, while the state around them goes on.
        resumed: `standing` at the redrive; each entry is used once.
        map_runs: by the path of the line and the state's name, that of the latest visit.
    """

    standing: dict[Path, Standing] = field(default_factory=dict)
    finished: dict[Path, Any] = field(default_factory=dict)
    resumed: dict[Path, Standing] = field(default_factory=dict)
    map_runs: dict[Path, MapRun] = field(default_factory=dict)

    def forget(self, path: Path, state: str) -> None:
        """The lines inside this state begin anew."""
        depth = len(path)
        for known in (self.standing, self.finished):
            for key in [key for key in known if key[:depth] == path and key[depth : depth + 1] == (state,)]:
                del known[key]


@dataclass(slots=True)
class Run:
    """What all lines of control of one execution share.

    Attributes:
        variables: those that are there at the start; only TestState gives some.
        context: members of the context object that replace those of the engine; only TestState gives some.
    """

    env: simpy.Environment
    execution: Execution
    rng: Random
    role_arn: str
    region: str
    listeners: Sequence[Callable[[Progress], None]]
    host: Host
    tokens: Tokens
    activities: Activities
    progress: LinesMemory = field(default_factory=LinesMemory)
    variables: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)

    def tell(self, kind: str, state: State | None = None) -> None:
        """Tell the listeners."""
        for listener in self.listeners:
            name, state_type = ("", "") if state is None else (state.name, state.type)
            listener(Progress(kind, self.env.now, self.execution, name, state_type))


@dataclass(slots=True)
class Track:
    """One line of control: the execution itself, a branch of Parallel, an iteration of Map.

    Attributes:
        previous: id of the last event on this line; 0 at the start of an execution.
        variables: everything visible here. An inner scope starts with a copy of the outer one; it cannot assign outer
            names (checked at registration), so a copy behaves as the chain would.
        map_item: `$states.context.Map.Item` inside an iteration.
        path: tells the lines of an execution apart; empty for the execution itself.
        is_inner: aborted states of inner lines are recorded, those of the execution itself are not.
    """

    previous: int = 0
    variables: dict[str, Any] = field(default_factory=dict)
    map_item: dict[str, Any] | None = None
    is_inner: bool = False
    path: Path = ()


@dataclass(slots=True)
class Visit:
    """One visit of one state; lasts over its retries.

    Attributes:
        is_resumed: whether a redrive continues this state, so that what its inner lines finished stays.
        token: of the callback that the current attempt waits for; None for every other task.
    """

    run: Run
    track: Track
    state: State
    data: Payload
    entered_id: int = 0
    entered_at: float = 0.0
    retry_count: int = 0
    token: str | None = None
    is_resumed: bool = False

    def record(self, event_type: str, details: dict[str, Any] | None = None, *, is_source: bool = True) -> int:
        """Add an event to this line of control; returns its id.

        Args:
            is_source: whether the next event of this line follows it; the service lets nothing follow the events that
                report the success of a Map or Parallel and the end of an iteration.

        Raises:
            StateError: States.Runtime, the history is full.
        """
        track, recorder = self.track, self.run.execution.recorder
        if recorder.is_full:
            raise StateError(RUNTIME, f"The execution reached the maximum number of history events ({LIMIT_EVENTS}).")
        identity = recorder.add(event_type, self.run.env.now, track.previous, details)
        if is_source:
            track.previous = identity
        return identity

    def context(self) -> dict[str, Any]:
        """The context object. Source: developer guide, "Accessing execution data from the Context object"."""
        execution = self.run.execution
        context: dict[str, Any] = {
            "Execution": {
                "Id": execution.arn,
                "Input": execution.input,
                "Name": execution.name,
                "RoleArn": self.run.role_arn,
                "StartTime": _context_timestamp(execution.started_at),
            },
            "StateMachine": {"Id": execution.machine_arn, "Name": execution.machine},
            "State": {"Name": self.state.name, "EnteredTime": _context_timestamp(self.entered_at)},
        }
        if execution.type == STANDARD:
            context["Execution"]["RedriveCount"] = execution.redrive_count
        if execution.redriven_at is not None:
            context["Execution"]["RedriveTime"] = _context_timestamp(execution.redriven_at)
        if self.state.type in _RETRIABLE:
            context["State"]["RetryCount"] = self.retry_count
        if self.token is not None:
            context["Task"] = {"Token": self.token}
        if self.track.map_item is not None:
            context["Map"] = {"Item": self.track.map_item}
        for name, member in self.run.context.items():
            context[name] = {**context.get(name, {}), **member} if isinstance(member, dict) else member
        return context


def begin_lines(visit: Visit) -> None:
    """A Map or Parallel starts its lines: anew, unless this attempt continues what a redrive found."""
    if visit.is_resumed:
        visit.is_resumed = False
    else:
        visit.run.progress.forget(visit.track.path, visit.state.name)
