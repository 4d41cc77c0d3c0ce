"""A local Amazon Personalize: one account, one Region, on a clock that the caller owns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError, UnsupportedBySimulatorError
from tastemaker.simulator.durations import Durations
from tastemaker.simulator.filtering import FilterCache
from tastemaker.simulator.operations import HANDLERS, STEPS, UNSUPPORTED
from tastemaker.simulator.refusals import RefusalError
from tastemaker.simulator.shapes import error_status
from tastemaker.simulator.validation import check_request
from tastemaker.simulator.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.clock import Clock
    from tastemaker.simulator.meter import Meter
    from tastemaker.simulator.objects import ObjectStore
    from tastemaker.simulator.recipes.base import Recipe
    from tastemaker.simulator.scheduler import Work

_RUNTIME = "personalize-runtime"


class Simulator:
    """Answers the operations of personalize, personalize-runtime and personalize-events.

    Threads may call at once. State changes take a lock; imports and trainings compute outside it, and runtime
    requests read immutable snapshots without it. With one calling thread everything happens in the order of time.

    Args:
        recipes: recipe name to trainer; None for all that the simulator has.
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
    ) -> None:
        self._world = World(
            clock=clock,
            objects=objects,
            seed=seed,
            region=region,
            account_id=account_id,
            durations=durations,
            recipes=_all_recipes() if recipes is None else recipes,
            filters=FilterCache(),
        )

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
            UnsupportedBySimulatorError: the operation or one of its parameters is not simulated.
            KeyError: there is no such operation.
        """
        key = (service, operation)
        if key in UNSUPPORTED:
            raise UnsupportedBySimulatorError(f"{service} {operation}", UNSUPPORTED[key])
        handler = HANDLERS[key]
        self.settle()
        try:
            checked = check_request(service, operation, params)
            if service == _RUNTIME:
                return handler(self._world, checked)
            with self._world.lock:
                return handler(self._world, checked)
        except RefusalError as refusal:
            status = error_status(service, refusal.code)
            raise AwsError(service, refusal.code, refusal.message, status, self._world.request_id()) from refusal

    def settle(self) -> None:
        """Let everything happen that is due now, in the order of time."""
        world, now = self._world, self._world.now()
        while True:
            due = world.scheduler.next_due()
            if due is None or due > now:
                return
            with world.lock:
                transition = world.scheduler.pop_due(now)
                work = STEPS[transition.step](world, transition) if transition is not None else None
            if work is not None:
                self._carry_out(work)

    def _carry_out(self, work: Work) -> None:
        result = work.compute()
        with self._world.lock:
            work.finish(result)

    def next_due(self) -> float | None:
        """When the next transition is due, in epoch seconds; None when nothing will happen by itself."""
        return self._world.scheduler.next_due()

    @property
    def meter(self) -> Meter:
        """What the real service would have billed so far."""
        return self._world.meter


def _all_recipes() -> Mapping[str, Recipe]:
    from tastemaker.simulator.recipes.registry import RECIPES

    return RECIPES
