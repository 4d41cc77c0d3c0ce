"""How resources come and go: the steps that all kinds share.

A step is a function of the world and the transition. It runs under the lock and may return `Work`, which
`service.py` computes outside the lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from tastemaker.facts import statuses
from tastemaker.simulator.records import Record
from tastemaker.simulator.refusals import in_use
from tastemaker.simulator.scheduler import Transition, Work
from tastemaker.simulator.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

R = TypeVar("R", bound=Record)
Handler = Callable[[World, dict[str, Any]], dict[str, Any]]
Step = Callable[[World, Transition], Work | None]


def base(world: World, arn: str, name: str | None) -> dict[str, Any]:
    """The arguments that every new record starts with."""
    now = world.now()
    return {
        "arn": arn,
        "name": name,
        "serial": world.store.next_serial(),
        "status": statuses.CREATE_PENDING,
        "creation_date_time": now,
        "last_updated_date_time": now,
    }


def begin_creation(
    world: World, record: Record, seconds: float, tags: dict[str, str] | None = None, *, step: str = "activate"
) -> None:
    """Add a record that becomes IN_PROGRESS, and after `seconds` whatever `step` makes of it."""
    world.store.add(record, tags if tags is not None else {})
    start = record.creation_date_time
    schedule(world, record, start + min(world.durations.pending_seconds, seconds / 2), "progress")
    schedule(world, record, start + seconds, step)


def begin_deletion(world: World, record: Record, *, step: str = "gone") -> None:
    """Mark a record as `DELETE PENDING`; it disappears after the deletion's duration.

    Raises:
        RefusalError: ResourceInUseException while it is being created or already deleted.
    """
    require_settled(record)
    now, seconds = world.now(), world.durations.deletion_seconds
    world.store.replace(replace(record, status=statuses.DELETE_PENDING, last_updated_date_time=now))
    schedule(world, record, now + seconds / 2, "deleting")
    schedule(world, record, now + seconds, step)


def require_settled(record: Record) -> None:
    """Refuse a resource that is being created or deleted."""
    if record.status in statuses.UNDER_WAY | statuses.BEING_DELETED:
        raise in_use(f"{record.arn} is in status {record.status}; wait until it is ACTIVE or failed.")


def require_active(record: Record) -> None:
    """Refuse a parent that cannot be built upon yet."""
    if record.status != statuses.ACTIVE:
        raise in_use(f"{record.arn} must be ACTIVE and is {record.status}.")


def schedule(world: World, record: Record, due: float, step: str, detail: int = 0) -> None:
    world.scheduler.schedule(due, step, record.arn, record.serial, detail)


def current(world: World, transition: Transition, kind: type[R]) -> R | None:
    """The record that scheduled the transition; None when it was deleted, or re-created, since."""
    record = world.store.find(transition.arn)
    if isinstance(record, kind) and record.serial == transition.serial:
        return record
    return None


def progress(world: World, transition: Transition) -> None:
    move(world, transition, statuses.CREATE_PENDING, statuses.CREATE_IN_PROGRESS)


def activate(world: World, transition: Transition) -> None:
    move(world, transition, statuses.CREATE_IN_PROGRESS, statuses.ACTIVE)


def deleting(world: World, transition: Transition) -> None:
    move(world, transition, statuses.DELETE_PENDING, statuses.DELETE_IN_PROGRESS)


def gone(world: World, transition: Transition) -> None:
    if current(world, transition, Record) is not None:
        world.store.remove(transition.arn)


def move(world: World, transition: Transition, before: str, after: str) -> None:
    """Change a status, if the resource still is where the transition expects it."""
    record = current(world, transition, Record)
    if record is not None and record.status == before:
        world.store.replace(replace(record, status=after, last_updated_date_time=transition.due))


def conclude(world: World, job: Record, at: float, failure_reason: str | None) -> None:
    """A job ends: ACTIVE, or CREATE FAILED with the reason."""
    status = statuses.ACTIVE if failure_reason is None else statuses.CREATE_FAILED
    world.store.replace(replace(job, status=status, failure_reason=failure_reason, last_updated_date_time=at))


STEPS: Mapping[str, Step] = {
    "progress": progress,
    "activate": activate,
    "deleting": deleting,
    "gone": gone,
}
