"""Plays a plan's schedules with arriving data and traffic, up to a moment of virtual time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from tastemaker.plan.tokens import resolve_tokens
from tastemaker.rehearsal.traffic import Answered, Traffic, build_sessions
from tastemaker.runner.schedule import ScheduleRunner

if TYPE_CHECKING:
    from tastemaker.local import Local
    from tastemaker.rehearsal.replay import Replay

DAY_SECONDS = 86_400
ARRIVAL_SECONDS = 1_800
"""Files of a day lie ready half an hour after midnight UTC, before nightly schedules look for them."""


@dataclass(frozen=True)
class Played:
    """What happened outside of the state machines.

    Attributes:
        arrivals: moments at which new files were uploaded.
    """

    start: float
    end: float
    arrivals: tuple[float, ...]
    answered: tuple[Answered, ...]


def play(local: Local, replay: Replay, start: float, until: float) -> Played:
    """Let schedules fire, files arrive and users come until a moment.

    Args:
        start: when the story began; what happened to users since then, while the deployment ran, is told at once.

    A workflow that fails does not end the play: like on AWS, the next schedule starts the next one.

    Raises:
        TastemakerError: what the simulator does not support; nothing else.
    """
    schedules = [replace(one, input=resolve_tokens(one.input, local.values)) for one in local.plan.schedules]
    ScheduleRunner(local.engine, schedules).begin()
    arrivals = _let_files_arrive(local, replay, until)
    traffic = Traffic(local.gateway, local.plan.routes)
    for session in build_sessions(replay.live(until)):
        local.engine.at(max(session.at, local.engine.now()), partial(traffic.play, session))
    local.engine.run_until(until)
    return Played(start, until, tuple(arrivals), tuple(traffic.answered))


def _let_files_arrive(local: Local, replay: Replay, until: float) -> list[float]:
    arrivals: list[float] = []

    def arrive() -> None:
        now = local.engine.now()
        arrivals.append(now)
        local.upload(replay.files_at(now))

    midnight = (local.engine.now() // DAY_SECONDS + 1) * DAY_SECONDS
    while midnight + ARRIVAL_SECONDS <= until:
        local.engine.at(midnight + ARRIVAL_SECONDS, arrive)
        midnight += DAY_SECONDS
    return arrivals
