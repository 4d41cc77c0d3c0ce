"""A local Amazon Personalize: one account, one Region, on a clock that the caller owns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError
from tastemaker.simulator import interventions
from tastemaker.simulator.durations import Durations
from tastemaker.simulator.faults import FaultInjector, Faults
from tastemaker.simulator.filtering import FilterCache
from tastemaker.simulator.metric_sink import CollectedMetrics
from tastemaker.simulator.operations import HANDLERS, STEPS
from tastemaker.simulator.quotas import Quotas, RateLimiter, check_filter_fields
from tastemaker.simulator.refusals import RefusalError
from tastemaker.simulator.shapes import error_status
from tastemaker.simulator.state_files import StateError
from tastemaker.simulator.trial import Trial, begin_trial
from tastemaker.simulator.validation import check_request
from tastemaker.simulator.warming import warm_up
from tastemaker.simulator.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tastemaker.simulator.access import AccessPolicy
    from tastemaker.simulator.clock import Clock
    from tastemaker.simulator.lifecycle import Handler
    from tastemaker.simulator.meter import Meter
    from tastemaker.simulator.metric_sink import MetricSink
    from tastemaker.simulator.objects import ObjectStore
    from tastemaker.simulator.persistence import StateDirectory
    from tastemaker.simulator.recipes.base import Recipe
    from tastemaker.simulator.scheduler import Transition, Work

_RUNTIME = "personalize-runtime"


class Simulator:
    """Answers the operations of personalize, personalize-runtime and personalize-events.

    Threads may call at once. State changes take a lock; imports and trainings compute outside it, and runtime
    requests read immutable snapshots without it. With one calling thread everything happens in the order of time.

    Args:
        recipes: recipe name to trainer; None for all that the simulator has.
        quotas: resource counts always hold; rates only where `Quotas` has them, e.g. `Quotas.service()`.
        faults: what goes wrong.
        access: what jobs' roles may reach; None lets every role read and write every object.
        metric_sink: where metric attributions report to; None keeps the points in `Simulator.metric_sink`.
        sleep: how a latency fault passes the time; None adds nothing to the caller's real or virtual time.
        state: folder that was opened before and may hold a saved simulator, which then goes on; its seed, Region and
            account replace those given here.

    Raises:
        StateError: the folder holds a state that cannot be read.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        objects: ObjectStore,
        seed: int = 0,
        region: str = "us-east-1",
        account_id: str = "123456789012",
        durations: Durations = Durations(),  # noqa: B008 - frozen
        recipes: Mapping[str, Recipe] | None = None,
        quotas: Quotas = Quotas(),  # noqa: B008 - frozen
        faults: Faults = Faults(),  # noqa: B008 - frozen
        access: AccessPolicy | None = None,
        metric_sink: MetricSink | None = None,
        sleep: Callable[[float], None] | None = None,
        state: StateDirectory | None = None,
    ) -> None:
        saved = state.newest() if state is not None else None
        identity = saved or {"seed": seed, "region": region, "account_id": account_id}
        self._state = state
        self._world = World(
            clock=clock,
            objects=objects,
            seed=identity["seed"],
            region=identity["region"],
            account_id=identity["account_id"],
            durations=durations,
            recipes=_all_recipes() if recipes is None else recipes,
            filters=FilterCache(),
            quotas=quotas,
            rates=RateLimiter(quotas),
            faults=FaultInjector(faults, identity["seed"], sleep or (lambda _seconds: None)),
            access=access,
            metric_sink=metric_sink if metric_sink is not None else CollectedMetrics(),
        )
        if state is not None and saved is not None:
            state.restore(self._world, saved)

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out one operation, after everything that is due.

        Args:
            service: botocore service name.
            operation: botocore operation name.
            params: members as botocore names them; timestamps as datetime, number or ISO text. Not kept.

        Returns:
            The output's members; timestamps are aware datetimes. The caller may change it.

        Raises:
            AwsError: the service would refuse.
            UnsupportedBySimulatorError: one of the parameters, or a combination of them, is not simulated.
            KeyError: there is no such operation.
        """
        handler = HANDLERS[service, operation]
        self.settle()
        world = self._world
        try:
            world.rates.take(service, operation, params, world.now())
            met = world.faults.meet(service, operation, params, world.now(), world.request_id) if world.faults else []
            checked = check_request(service, operation, params)
            if service == _RUNTIME:
                return handler(world, checked)
            with world.lock:
                return self._change(handler, operation, checked, met)
        except RefusalError as refusal:
            status = error_status(service, refusal.code)
            raise AwsError(service, refusal.code, refusal.message, status, world.request_id()) from refusal

    def is_quiet(self) -> bool:
        """Whether nothing is due and no fault waits, so that a runtime request takes no longer than its answer."""
        due = self._world.scheduler.next_due()
        return not self._world.faults and (due is None or due > self._world.now())

    def _change(self, handler: Handler, operation: str, params: dict[str, Any], met: list[int]) -> dict[str, Any]:
        world = self._world
        if operation == "CreateFilter":
            check_filter_fields(world.store, world.quotas, world.arn(f"filter/{params['name']}"), params)
        answer = handler(world, params)
        if world.faults:
            interventions.follow(world, met, operation, params, answer)
        return answer

    def settle(self) -> None:
        """Let everything happen that is due now, in the order of time."""
        world, now = self._world, self._world.now()
        while True:
            due = world.scheduler.next_due()
            if due is None or due > now:
                return
            with world.lock:
                transition = world.scheduler.pop_due(now)
                work = self._begin(transition) if transition is not None else None
            if transition is not None and work is not None:
                self._carry_out(transition, work)

    def _begin(self, transition: Transition) -> Work | None:
        world = self._world
        if world.faults and interventions.divert(world, transition):
            return None
        plan = world.training.get(transition.arn)
        work = STEPS[transition.step](world, transition)
        if work is not None:
            world.in_flight[transition] = plan
        return work

    def _carry_out(self, transition: Transition, work: Work) -> None:
        world = self._world
        try:
            result = work.compute()
            with world.lock:
                work.finish(result)
                del world.in_flight[transition]  # in the same moment, for who saves
        finally:
            with world.lock:
                world.in_flight.pop(transition, None)

    def save(self) -> bool:
        """Keep everything in the state folder; False when nothing changed since it was saved or loaded.

        Raises:
            StateError: the simulator has no state folder, or holds something that cannot be saved.
            OSError: the folder cannot be written; the state before stays.
        """
        if self._state is None:
            raise StateError("This simulator has no state folder; give it one as `state`.")
        return self._state.save(self._world)

    def warm_up(self) -> None:
        """Let nobody wait who asks first: see `simulator/warming.py`."""
        self.settle()
        warm_up(self._world)

    def begin_trial(self, solution_arn: str) -> Trial:
        """Trainings of a solution on parts of its data; see `begin_trial` in `simulator/trial.py`."""
        self.settle()
        with self._world.lock:
            return begin_trial(self._world, solution_arn)

    def next_due(self) -> float | None:
        """When the next transition is due, in epoch seconds; None when nothing will happen by itself."""
        return self._world.scheduler.next_due()

    @property
    def world(self) -> World:
        """Everything there is, for who watches without asking; `settle` first, and change nothing."""
        return self._world

    @property
    def metric_sink(self) -> MetricSink:
        """Where metric attributions report to."""
        return self._world.metric_sink

    @property
    def meter(self) -> Meter:
        """What the real service would have billed so far."""
        return self._world.meter


def _all_recipes() -> Mapping[str, Recipe]:
    from tastemaker.simulator.recipes.registry import RECIPES

    return RECIPES
