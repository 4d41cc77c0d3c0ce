"""Plays a plan's schedules with arriving data, users and people, up to a moment of virtual time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from tastemaker.plan.tokens import resolve_tokens
from tastemaker.rehearsal.scenario import ARRIVAL_SECONDS, DAY_SECONDS, Deed, Scenario
from tastemaker.rehearsal.traffic import Answered, Traffic, build_sessions
from tastemaker.runner.schedule import ScheduleRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.local import Local
    from tastemaker.rehearsal.replay import Quality, Replay
    from tastemaker.rehearsal.traffic import Session

FIRST_REPLAY_SECONDS, LONGEST_REPLAY_SECONDS = 60, 3_600


@dataclass(frozen=True)
class Played:
    """What happened outside of the state machines."""

    start: float
    end: float
    answered: tuple[Answered, ...]


def play(local: Local, replay: Replay, scenario: Scenario, start: float) -> Played:
    """Let schedules fire, files arrive, users come and people act.

    A workflow that fails does not end the play: like on AWS, the next schedule starts the next one.

    Args:
        local: deployed; its clock may have left `start` behind.
        start: when the story begins; what lies in the past already is told at once.

    Raises:
        TastemakerError: what the simulator does not support; nothing else.
    """
    end = start + scenario.length_seconds
    schedules = [replace(one, input=resolve_tokens(one.input, local.values)) for one in local.plan.schedules]
    ScheduleRunner(local.engine, schedules).begin()

    def at(moment: float, deed: Callable[[], object]) -> None:
        local.engine.at(max(moment, local.engine.now()), deed)

    midnight = (start // DAY_SECONDS + 1) * DAY_SECONDS
    for number, quality in enumerate(scenario.arrivals):
        if quality is not None:
            at(midnight + number * DAY_SECONDS + ARRIVAL_SECONDS, partial(_arrive, local, replay, quality))
    for act in scenario.acts:
        at(start + act.after_seconds, partial(_act, local, act.deed))
    traffic = Traffic(local.gateway, local.plan.routes)
    for session in build_sessions(replay.live(end)):
        at(session.at, partial(_visit, local, traffic, session))
    local.engine.run_until(end)
    return Played(start, end, tuple(traffic.answered))


def _arrive(local: Local, replay: Replay, quality: Quality) -> None:
    local.upload(replay.files_at(local.engine.now(), quality))


def _visit(local: Local, traffic: Traffic, session: Session) -> None:
    if traffic.play(session).buffered:
        _replay_later(local, FIRST_REPLAY_SECONDS)
    archive = local.plan.archive_queue
    if archive is not None:
        local.engine.at(local.engine.now() + archive.batching_window_seconds, local.pumps[archive.name].drain)


def _replay_later(local: Local, pause_seconds: float) -> None:
    """Take the event queue to its function until nothing waits in it, as Lambda's event source mapping does."""

    def replay() -> None:
        if local.event_queue is not None:
            local.event_queue.drain()
            if local.event_queue.waiting():
                _replay_later(local, min(2 * pause_seconds, LONGEST_REPLAY_SECONDS))

    local.engine.at(local.engine.now() + pause_seconds, replay)


def _act(local: Local, deed: Deed) -> None:
    """Start a workflow by hand, whatever runs at the moment."""
    machine, value = {
        Deed.DEPLOY: ("ensure", local.plan.resources),
        Deed.MAINTAIN: ("maintain", local.plan.maintenance["FULL"]),
    }[deed]
    local.engine.start(machine, resolve_tokens(value, local.values))
