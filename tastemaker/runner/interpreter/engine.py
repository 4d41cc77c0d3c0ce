"""The public face of the interpreter: register machines, start executions, let virtual time pass."""

from __future__ import annotations

import json
import re
import uuid
from random import Random
from typing import TYPE_CHECKING, Any

import simpy

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.compile import Languages, compile_machine
from tastemaker.runner.interpreter.execution import ABORTED, FAILED, RUNNING, SUCCEEDED, TIMED_OUT, Execution, Progress
from tastemaker.runner.interpreter.failures import TIMEOUT, Ending, Halt, StateError
from tastemaker.runner.interpreter.history import History, with_data
from tastemaker.runner.interpreter.intrinsics import build_functions
from tastemaker.runner.interpreter.jsonata_expression import ExpressionCache
from tastemaker.runner.interpreter.jsonata_functions import build_frame
from tastemaker.runner.interpreter.payload import Payload, fits
from tastemaker.runner.interpreter.visit import Run, Track
from tastemaker.runner.interpreter.walk import ending_of, run_scope
from tastemaker.runner.tasks import TaskIntegrations

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tastemaker.runner.interpreter.model import Machine
    from tastemaker.runner.seams import AwsCaller, FunctionInvoker

_SERVICE = "stepfunctions"
_MAX_NAME = 80
_FORBIDDEN = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
"""Characters that a name must not hold. Source: API reference, StartExecution, `name`."""


class Engine:
    """Step Functions on a virtual clock.

    Attributes:
        executions: all of them, in start order, nested ones included.
        listeners: called with a `Progress` for each started execution, entered state and ended execution.
    """

    def __init__(
        self,
        *,
        aws: AwsCaller,
        functions: FunctionInvoker,
        start_time: float,
        seed: int = 0,
        region: str = "us-east-1",
        account_id: str = "123456789012",
    ) -> None:
        self.env = simpy.Environment(initial_time=start_time)
        self.executions: list[Execution] = []
        self.listeners: list[Callable[[Progress], None]] = []
        self._seed, self._region, self._account_id = seed, region, account_id
        self._names = Random(f"names {seed}")  # noqa: S311 - reproducible names, not secrets
        frame = build_frame(self.now, Random(f"expressions {seed}"))  # noqa: S311 - reproducible by design
        chance = Random(f"intrinsic functions {seed}")  # noqa: S311 - reproducible by design
        self._languages = Languages(ExpressionCache(frame), build_functions(chance))
        self._integrations = TaskIntegrations(aws, functions, self)
        self._machines: dict[str, Machine] = {}
        self._by_arn: dict[str, Execution] = {}
        self._processes: dict[str, simpy.Process] = {}
        self._is_playing = False

    def now(self) -> float:
        """Virtual time in epoch seconds; satisfies the simulator's Clock."""
        return float(self.env.now)

    @property
    def machines(self) -> list[Machine]:
        """Registered state machines, in the order of their first registration."""
        return list(self._machines.values())

    def register(self, name: str, definition: dict[str, Any]) -> str:
        """Check and keep a state machine; a machine of this name is replaced for executions that start later.

        Returns:
            The ARN of the state machine.

        Raises:
            InvalidDefinitionError: with all problems, each naming its state.
        """
        arn = f"arn:aws:states:{self._region}:{self._account_id}:stateMachine:{name}"
        self._machines[arn] = compile_machine(name, arn, definition, self._languages, self._integrations)
        return arn

    def start(
        self,
        machine: str,
        input: Any,  # noqa: A002 - the API's word
        name: str | None = None,
        *,
        parent: str | None = None,
    ) -> Execution:
        """Start an execution; it moves when time does.

        The same name with the same input while that execution runs gives that execution.

        Args:
            machine: name or ARN.
            name: generated from the seed when None.
            parent: ARN of the execution that starts this one.

        Raises:
            AwsError: StateMachineDoesNotExist, InvalidName, InvalidExecutionInput, ExecutionAlreadyExists.
        """
        found = self._machine(machine)
        name = str(uuid.UUID(int=self._names.getrandbits(128), version=4)) if name is None else _checked_name(name)
        payload = _checked_input(input)
        arn = f"{found.arn.replace(':stateMachine:', ':execution:')}:{name}"
        known = self._by_arn.get(arn)
        if known is None:
            return self._start(found, payload, name, arn, parent)
        if known.status == RUNNING and known.input == payload.value:
            return known
        raise AwsError(_SERVICE, "ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")

    def find(self, arn: str) -> Execution:
        """The execution with this ARN.

        Raises:
            AwsError: ExecutionDoesNotExist.
        """
        try:
            return self._by_arn[arn]
        except KeyError:
            raise AwsError(_SERVICE, "ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'") from None

    def stop(self, execution: Execution, error: str | None = None, cause: str | None = None) -> None:
        """End a running execution as ABORTED with this error and cause; an ended one stays as it is."""
        if execution.status != RUNNING:
            return
        self._processes[execution.arn].interrupt(Ending(ABORTED, error, cause))
        if not self._is_playing:
            self.run(execution)

    def run(self, execution: Execution) -> Execution:
        """Let time pass until this execution has ended; returns it.

        Raises:
            TastemakerError: what a call raised that is neither AWS's nor a function's answer, e.g.
                UnsupportedBySimulatorError.
            RuntimeError: it waits for something that never comes.
        """
        while execution.status == RUNNING:
            if self.env.peek() == float("inf"):
                raise RuntimeError(f"{execution.arn} waits for something that never comes")
            self._step()
        return execution

    def run_until(self, epoch: float) -> None:
        """Play everything up to and including this time; the clock then stands there.

        Raises:
            ValueError: the time is in the past.
        """
        if epoch < self.now():
            raise ValueError(f"time never runs backwards: it is {self.now()}, not {epoch}")
        while self.env.peek() <= epoch:
            self._step()
        if epoch > self.now():
            self.env.run(until=epoch)

    def advance(self, seconds: float) -> None:
        """`run_until` a time that is so many seconds away."""
        self.run_until(self.now() + seconds)

    def at(self, epoch: float, callback: Callable[[], object]) -> None:
        """Call back when virtual time reaches `epoch`; callbacks of one time run in the order in which they were set.

        Raises:
            ValueError: the time is in the past.
        """
        if epoch < self.now():
            raise ValueError(f"time never runs backwards: it is {self.now()}, not {epoch}")

        def ring(_: simpy.Event) -> None:
            callback()

        self.env.timeout(epoch - self.now()).callbacks.append(ring)

    def _step(self) -> None:
        if self._is_playing:
            raise RuntimeError("time passes already: inside a call or callback start executions, do not run them")
        self._is_playing = True
        try:
            self.env.step()
        except Halt as halt:
            raise halt.reason from None
        finally:
            self._is_playing = False

    def _machine(self, name_or_arn: str) -> Machine:
        for arn in (name_or_arn, f"arn:aws:states:{self._region}:{self._account_id}:stateMachine:{name_or_arn}"):
            if arn in self._machines:
                return self._machines[arn]
        raise AwsError(_SERVICE, "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{name_or_arn}'")

    def _start(self, machine: Machine, payload: Payload, name: str, arn: str, parent: str | None) -> Execution:
        execution = Execution(
            name=name,
            arn=arn,
            machine=machine.name,
            machine_arn=machine.arn,
            input=payload.value,
            started_at=self.now(),
            done=self.env.event(),
            recorder=History(),
            parent=parent,
        )
        role_arn = f"arn:aws:iam::{self._account_id}:role/{machine.name}"
        rng = Random(f"jitter {self._seed} {arn}")  # noqa: S311 - reproducible by design
        run = Run(self.env, execution, rng, role_arn, self._region, self.listeners)
        execution.recorder.add(
            "ExecutionStarted", self.now(), 0, {**with_data("input", payload.text), "roleArn": role_arn}
        )
        self.executions.append(execution)
        self._by_arn[arn] = execution
        process = self._processes[arn] = self.env.process(_play(run, machine, payload))
        if machine.timeout_seconds is not None:
            deadline = self.env.timeout(machine.timeout_seconds)
            deadline.callbacks.append(lambda _: _time_out(process))
        run.tell("execution started")
        return execution


def _time_out(process: simpy.Process) -> None:
    if process.is_alive:
        process.interrupt(Ending(TIMED_OUT, TIMEOUT))


def _play(run: Run, machine: Machine, payload: Payload) -> Generator[simpy.Event, Any, None]:
    """The life of an execution."""
    track = Track()
    try:
        output = yield from run_scope(run, track, machine.scope, payload)
    except StateError as failure:
        _end(run, track, Ending(FAILED, failure.error, failure.cause))
    except simpy.Interrupt as interrupt:
        _end(run, track, ending_of(interrupt))
    else:
        run.execution.output = output.value
        _end(run, track, Ending(SUCCEEDED), with_data("output", output.text))


_EVENTS = {
    SUCCEEDED: "ExecutionSucceeded",
    FAILED: "ExecutionFailed",
    TIMED_OUT: "ExecutionTimedOut",
    ABORTED: "ExecutionAborted",
}


def _end(run: Run, track: Track, ending: Ending, details: dict[str, Any] | None = None) -> None:
    execution = run.execution
    execution.status, execution.error, execution.cause = ending.status, ending.error, ending.cause
    execution.stopped_at = float(run.env.now)
    pairs = (("error", ending.error), ("cause", ending.cause))
    details = {name: text for name, text in pairs if text is not None} if details is None else details
    execution.recorder.add(_EVENTS[ending.status], run.env.now, track.previous, details)
    run.tell("execution ended")
    execution.done.succeed()


def _checked_name(name: str) -> str:
    if 0 < len(name) <= _MAX_NAME and not _FORBIDDEN.search(name):
        return name
    raise AwsError(_SERVICE, "InvalidName", f"Invalid Name: '{name}'")


def _checked_input(value: Any) -> Payload:
    """A copy, so that the caller's later changes do not reach the execution."""
    try:
        payload = Payload(value)
    except (TypeError, ValueError) as error:
        raise AwsError(
            _SERVICE, "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'"
        ) from error
    if not fits(payload.text):
        raise AwsError(
            _SERVICE, "InvalidExecutionInput", "Invalid State Machine Execution Input: 'it exceeds 262144 bytes'"
        )
    return Payload(json.loads(payload.text), payload.text)
