"""Where executions live: starts them, keeps them, ends them from outside, on one virtual clock."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from tastemaker.runner.interpreter.execution import ABORTED, RUNNING, STANDARD, Execution, Progress
from tastemaker.runner.interpreter.failures import Ending
from tastemaker.runner.interpreter.history import History, with_data
from tastemaker.runner.interpreter.life import play, time_out
from tastemaker.runner.interpreter.map_runs import MapRun
from tastemaker.runner.interpreter.visit import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    import simpy

    from tastemaker.runner.interpreter.activities import Activities
    from tastemaker.runner.interpreter.map_runs import Tolerance
    from tastemaker.runner.interpreter.model import Machine, Scope
    from tastemaker.runner.interpreter.payload import Payload
    from tastemaker.runner.interpreter.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Life:
    """How an execution was begun."""

    run: Run
    scope: Scope
    payload: Payload
    timeout: float | None


@dataclass(slots=True)
class Stage:
    """Implements `visit.Host`.

    Attributes:
        executions: all of them, in start order, nested ones and children of Map Runs included.
        listeners: called with a `Progress` for each started execution, entered state and ended execution.
        running: ARNs of those that have not ended.
        names: source of generated names.
    """

    env: simpy.Environment
    region: str
    account_id: str
    seed: int
    names: Random
    tokens: Tokens
    activities: Activities
    executions: list[Execution] = field(default_factory=list)
    listeners: list[Callable[[Progress], None]] = field(default_factory=list)
    map_runs: dict[str, MapRun] = field(default_factory=dict)
    by_arn: dict[str, Execution] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    lives: dict[str, Life] = field(default_factory=dict)
    processes: dict[str, simpy.Process] = field(default_factory=dict)

    def new_name(self) -> str:
        """A UUID that the seed decides."""
        return str(uuid.UUID(int=self.names.getrandbits(128), version=4))

    def begin(
        self, execution: Execution, scope: Scope, payload: Payload, timeout: float | None, role: str
    ) -> Execution:
        """Start an execution; it moves when time does.

        Args:
            timeout: seconds; None means no deadline.
            role: ARN of the role it runs as.
        """
        rng = Random(f"jitter {self.seed} {execution.arn}")  # noqa: S311 - reproducible by design
        run = Run(self.env, execution, rng, role, self.region, self.listeners, self, self.tokens, self.activities)
        details = {**with_data("input", payload.text), "roleArn": role, **_origin(execution)}
        execution.recorder.add("ExecutionStarted", self.env.now, 0, details)
        self.executions.append(execution)
        self.by_arn[execution.arn] = execution
        self.lives[execution.arn] = Life(run, scope, payload, timeout)
        self._play(self.lives[execution.arn])
        run.tell("execution started")
        return execution

    def redrive(self, execution: Execution) -> None:
        """Continue an ended execution where its lines of control stood."""
        life = self.lives[execution.arn]
        execution.redrive_count += 1
        execution.redriven_at = float(self.env.now)
        execution.status, execution.stopped_at = RUNNING, None
        execution.error = execution.cause = None
        execution.done = self.env.event()
        life.run.progress.resumed = dict(life.run.progress.standing)
        details = {"redriveCount": execution.redrive_count}
        last = len(execution.history)
        redriven = execution.recorder.add("ExecutionRedriven", self.env.now, last, details)
        self._play(life, redriven)
        life.run.tell("execution started")

    def _play(self, life: Life, previous: int = 0) -> None:
        process = self.env.process(play(life.run, life.scope, life.payload, previous))
        execution = life.run.execution
        self.processes[execution.arn] = process
        self.running.add(execution.arn)
        execution.done.callbacks.append(lambda _: self.running.discard(execution.arn))
        if life.timeout is not None:
            self.env.timeout(life.timeout).callbacks.append(lambda _: time_out(process))

    def new_execution(self, machine: Machine, arn: str, payload: Payload, parent: str | None) -> Execution:
        return Execution(
            name=arn.rpartition(":")[2],
            arn=arn,
            machine=machine.name,
            machine_arn=machine.arn,
            input=payload.value,
            input_text=payload.text,
            started_at=float(self.env.now),
            done=self.env.event(),
            recorder=History(),
            parent=parent,
            type=machine.type,
        )

    def begin_map_run(self, parent: Execution, label: str | None, width: int, tolerance: Tolerance) -> MapRun:
        """See `visit.Host`."""
        part = label or self.new_name()
        arn = f"arn:aws:states:{self.region}:{self.account_id}:mapRun:{parent.machine}/{part}:{self.new_name()}"
        run = self.map_runs[arn] = MapRun(
            arn=arn,
            execution_arn=parent.arn,
            machine_arn=f"{parent.machine_arn}/{part}",
            started_at=float(self.env.now),
            max_concurrency=width,
            tolerance=tolerance,
        )
        return run

    def start_child(
        self, parent: Execution, run: MapRun, scope: Scope, payload: Payload, kind: str, name: str | None = None
    ) -> Execution:
        """See `visit.Host`."""
        name = name or self.new_name()
        resource = "execution" if kind == STANDARD else "express"
        arn = f"{run.machine_arn.replace(':stateMachine:', f':{resource}:')}:{name}"
        execution = Execution(
            name=name,
            arn=arn,
            machine=parent.machine,
            machine_arn=run.machine_arn,
            input=payload.value,
            input_text=payload.text,
            started_at=float(self.env.now),
            done=self.env.event(),
            recorder=History(),
            parent=parent.arn,
            type=kind,
            map_run_arn=run.arn,
        )
        role = parent.history[0]["executionStartedEventDetails"]["roleArn"]
        return self.begin(execution, scope, payload, None, role)

    def stop(self, execution: Execution, error: str | None = None, cause: str | None = None) -> None:
        """See `visit.Host`; an ended execution stays as it is."""
        process = self.processes[execution.arn]
        if execution.status == RUNNING and process.is_alive:
            process.interrupt(Ending(ABORTED, error, cause))


def _origin(execution: Execution) -> dict[str, str]:
    """As members of ExecutionStarted. Source: API reference, ExecutionStartedEventDetails."""
    pairs = (("stateMachineAliasArn", execution.alias_arn), ("stateMachineVersionArn", execution.version_arn))
    return {name: arn for name, arn in pairs if arn is not None}
