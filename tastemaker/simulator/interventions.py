"""Where faults take hold of resources: between the scheduler and the steps.

Which transition ends something is read off the status, not off the name of the step: it finds its resource, or the
resource's update, `… IN_PROGRESS`. So every kind of resource that follows the lifecycle is covered.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.simulator import lifecycle
from tastemaker.simulator.control import automatic_training
from tastemaker.simulator.control.solution_versions import AUTOMATIC
from tastemaker.simulator.faults import FAILING, Kind
from tastemaker.simulator.records import Record, SolutionVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.faults import Fault
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World

_VERB = re.compile("Create|Update|Delete|Start|Stop")


def follow(world: World, places: list[int], operation: str, params: Mapping[str, Any], answer: dict[str, Any]) -> None:
    """Attach faults to the resource that a successful request makes, changes or deletes."""
    verb = _VERB.match(operation)
    arns = [value for name, value in (*answer.items(), *params.items()) if name.endswith("Arn")]
    if verb is not None and arns:
        world.faults.follow(places, arns[0], verb.group().upper())


def divert(world: World, transition: Transition) -> bool:
    """Whether a fault takes the place of this step. Called under the lock."""
    record = lifecycle.current(world, transition, Record)
    if record is None or transition.step in automatic_training.STEPS:
        return False
    _meet_automatic(world, record, transition.due)
    verb, seconds = _ending(record, transition.due)
    fault = world.faults.take(record.arn, verb) if verb else None
    if fault is None or (fault.kind in FAILING and verb not in {"CREATE", "UPDATE"}):
        return False
    if fault.kind is Kind.SLOW:
        later = transition.due + (fault.factor - 1) * seconds
        lifecycle.schedule(world, record, later, transition.step, transition.detail)
    elif fault.kind in FAILING:
        _fail(world, record, verb, fault, transition.due)
    return True


def _meet_automatic(world: World, record: Record, at: float) -> None:
    """Trainings that the service starts meet the faults of CreateSolutionVersion that follow resources."""
    if not isinstance(record, SolutionVersion) or record.status != statuses.CREATE_PENDING:
        return
    if record.training_type == AUTOMATIC and record.training_started is None:
        params = {"solutionArn": record.solution_arn, "trainingType": AUTOMATIC}
        world.faults.follow(world.faults.follow_up("CreateSolutionVersion", params, at), record.arn, "CREATE")


def _ending(record: Record, due: float) -> tuple[str, float]:
    """The verb that this transition ends, and how long it took; no verb when it ends nothing."""
    update = latest_update(record)
    if update is not None and update[1].status == statuses.CREATE_IN_PROGRESS:
        return "UPDATE", due - update[1].creation_date_time
    if not record.status.replace(" ", "_").endswith("IN_PROGRESS"):
        return "", 0.0
    if record.status == statuses.DELETE_IN_PROGRESS:
        return "DELETE", 2 * (due - record.last_updated_date_time)  # it became so at half the time
    began = getattr(record, "training_started", None) or record.creation_date_time
    verb = record.status.split()[0]
    return (verb if verb in {"START", "STOP"} else "CREATE"), due - began


def latest_update(record: Record) -> tuple[str, Any] | None:
    """Field and value of a record's `latest…Update`; None when it has none."""
    names = (name for name in record.__dataclass_fields__ if name.startswith("latest_") and name.endswith("_update"))
    return next(((name, getattr(record, name)) for name in names if getattr(record, name) is not None), None)


def _fail(world: World, record: Record, verb: str, fault: Fault, at: float) -> None:
    update = latest_update(record)
    if verb == "UPDATE" and update is not None:
        reason = {"failure_reason": fault.failure_reason} if hasattr(update[1], "failure_reason") else {}
        failed = replace(update[1], status=statuses.CREATE_FAILED, last_updated_date_time=at, **reason)
        changes: dict[str, Any] = {update[0]: failed}
        world.store.replace(replace(record, **changes))
        return
    world.training.pop(record.arn, None)
    status = statuses.CREATE_FAILED if record.status.startswith("CREATE") else "FAILED"
    world.store.replace(replace(record, status=status, failure_reason=fault.failure_reason, last_updated_date_time=at))
