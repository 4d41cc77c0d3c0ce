"""The public face of the interpreter: register machines, start executions, let virtual time pass."""

from __future__ import annotations

import json
import re
from random import Random
from typing import TYPE_CHECKING, Any

import simpy

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.activities import Activities, Activity
from tastemaker.runner.interpreter.compile import Languages, compile_machine
from tastemaker.runner.interpreter.execution import (
    EXPRESS,
    NO_ORIGIN,
    RUNNING,
    STANDARD,
    Execution,
    Origin,
    Progress,
)
from tastemaker.runner.interpreter.failures import Halt
from tastemaker.runner.interpreter.intrinsics import build_functions
from tastemaker.runner.interpreter.jsonata_expression import ExpressionCache
from tastemaker.runner.interpreter.jsonata_functions import build_frame
from tastemaker.runner.interpreter.payload import Payload, fits
from tastemaker.runner.interpreter.stage import Stage
from tastemaker.runner.interpreter.tokens import Tokens
from tastemaker.runner.tasks import TaskIntegrations

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.runner.interpreter.integrations import Integrations
    from tastemaker.runner.interpreter.model import Machine
    from tastemaker.runner.seams import AwsCaller, FunctionInvoker

_SERVICE = "stepfunctions"
_MAX_NAME = 80
_FORBIDDEN = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
"""Characters that a name must not hold. Source: API reference, StartExecution, `name`."""


class Engine:
    """Step Functions on a virtual clock.

    Attributes:
        tokens: open callbacks.
        activities: those that workers may ask for tasks.
        stage: where the executions live.
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
        self.seed, self._region, self._account_id = seed, region, account_id
        self.tokens = Tokens(self.env, _chance("task tokens", seed))
        self.activities = Activities(self.env)
        self.stage = Stage(self.env, region, account_id, seed, _chance("names", seed), self.tokens, self.activities)
        frame = build_frame(self.now, _chance("expressions", seed))
        functions_by_name = build_functions(_chance("intrinsic functions", seed))
        self._languages = Languages(ExpressionCache(frame), functions_by_name)
        self.integrations: Integrations = TaskIntegrations(aws, functions, self, _chance("requests", seed))
        self._machines: dict[str, Machine] = {}
        self._is_playing = False

    @property
    def executions(self) -> list[Execution]:
        """All of them, in start order, nested ones and children of Map Runs included."""
        return self.stage.executions

    @property
    def listeners(self) -> list[Callable[[Progress], None]]:
        """Called with a `Progress` for each started execution, entered state and ended execution."""
        return self.stage.listeners

    def now(self) -> float:
        """Virtual time in epoch seconds; satisfies the simulator's Clock."""
        return float(self.env.now)

    @property
    def next_event_at(self) -> float:
        """When something happens next, in epoch seconds; infinity when nothing is to come."""
        return float(self.env.peek())

    @property
    def is_playing(self) -> bool:
        """Whether virtual time passes right now: the caller is inside a task or a callback."""
        return self._is_playing

    @property
    def machines(self) -> list[Machine]:
        """Registered state machines, in the order of their first registration."""
        return list(self._machines.values())

    def register(
        self,
        name: str,
        definition: dict[str, Any],
        *,
        type: str = STANDARD,  # noqa: A002 - the API's word
        role_arn: str | None = None,
    ) -> str:
        """Check and keep a state machine; a machine of this name is replaced for executions that start later.

        Args:
            type: STANDARD or EXPRESS.
            role_arn: `…:role/<name>` when None.

        Returns:
            The ARN of the state machine.

        Raises:
            InvalidDefinitionError: with all problems, each naming its state.
        """
        arn = self.machine_arn(name)
        self.keep(self.compile(arn, definition, type=type, role_arn=role_arn))
        return arn

    def machine_arn(self, name: str) -> str:
        """The ARN that a state machine of this name has or would have."""
        return f"arn:aws:states:{self._region}:{self._account_id}:stateMachine:{name}"

    def keep(self, machine: Machine) -> None:
        """Executions that start later run this machine."""
        self._machines[machine.arn] = machine

    def compile(
        self,
        arn: str,
        definition: dict[str, Any],
        *,
        type: str = STANDARD,  # noqa: A002 - the API's word
        role_arn: str | None = None,
        integrations: Integrations | None = None,
    ) -> Machine:
        """Like `register`, without keeping the machine; `integrations` None stands for the engine's own."""
        role = f"arn:aws:iam::{self._account_id}:role/{arn.rpartition(':')[2]}" if role_arn is None else role_arn
        found = self.integrations if integrations is None else integrations
        return compile_machine(arn, definition, self._languages, found, type=type, role_arn=role)

    def forget(self, arn: str) -> None:
        """Delete a state machine; its executions go on."""
        self._machines.pop(arn, None)

    def create_activity(self, name: str) -> Activity:
        """Register an activity, or give the one that has this name."""
        arn = f"arn:aws:states:{self._region}:{self._account_id}:activity:{_checked_name(name)}"
        return self.activities.by_arn.setdefault(arn, Activity(arn, name, self.now()))

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
        return self.start_machine(self._machine(machine), input, name, parent=parent)

    def start_machine(
        self,
        machine: Machine,
        input: Any,  # noqa: A002 - the API's word
        name: str | None = None,
        *,
        parent: str | None = None,
        origin: Origin = NO_ORIGIN,
        text: str | None = None,
    ) -> Execution:
        """`start` of a compiled machine.

        Args:
            origin: the version or alias by which it is started.
            text: how the input was written, which the history keeps; None for compact JSON.
        """
        name = self.stage.new_name() if name is None else _checked_name(name)
        payload = _checked_input(input, text)
        if machine.type == EXPRESS:
            arn = f"{machine.arn.replace(':stateMachine:', ':express:')}:{name}:{self.stage.new_name()}"
        else:
            arn = f"{machine.arn.replace(':stateMachine:', ':execution:')}:{name}"
        known = self.stage.by_arn.get(arn)
        if known is not None:
            if known.status == RUNNING and known.input == payload.value:
                return known
            raise AwsError(_SERVICE, "ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
        execution = self.stage.new_execution(machine, arn, payload, parent)
        execution.version_arn, execution.alias_arn, execution.trace_header = origin
        if machine.type == EXPRESS:
            execution.name = name
        return self.stage.begin(execution, machine.scope, payload, machine.timeout_seconds, machine.role_arn)

    def find(self, arn: str) -> Execution:
        """The execution with this ARN.

        Raises:
            AwsError: ExecutionDoesNotExist.
        """
        try:
            return self.stage.by_arn[arn]
        except KeyError:
            raise AwsError(_SERVICE, "ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'") from None

    def stop(self, execution: Execution, error: str | None = None, cause: str | None = None) -> None:
        """End a running execution as ABORTED with this error and cause; an ended one stays as it is."""
        if execution.status != RUNNING:
            return
        self.stage.stop(execution, error, cause)
        if not self._is_playing:
            self.run(execution)

    def redrive(self, execution: Execution) -> None:
        """Continue an execution that failed, timed out or was aborted, at the state where it ended.

        Raises:
            AwsError: ExecutionNotRedrivable.
        """
        reason = execution.redrive_obstacle(self.now())
        if reason is not None:
            raise AwsError(_SERVICE, "ExecutionNotRedrivable", reason)
        self.stage.redrive(execution)

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
        for arn in (name_or_arn, self.machine_arn(name_or_arn)):
            if arn in self._machines:
                return self._machines[arn]
        raise AwsError(_SERVICE, "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{name_or_arn}'")


def _chance(purpose: str, seed: int) -> Random:
    return Random(f"{purpose} {seed}")  # noqa: S311 - reproducible by design, not for secrets


def _checked_name(name: str) -> str:
    if 0 < len(name) <= _MAX_NAME and not _FORBIDDEN.search(name):
        return name
    raise AwsError(_SERVICE, "InvalidName", f"Invalid Name: '{name}'")


def _checked_input(value: Any, text: str | None = None) -> Payload:
    """A copy, so that the caller's later changes do not reach the execution."""
    try:
        payload = Payload(value)
    except (TypeError, ValueError) as error:
        raise AwsError(
            _SERVICE, "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'"
        ) from error
    if not fits(payload.text if text is None else text):
        raise AwsError(
            _SERVICE, "InvalidExecutionInput", "Invalid State Machine Execution Input: 'it exceeds 262144 bytes'"
        )
    return Payload(json.loads(payload.text), text or payload.text)
