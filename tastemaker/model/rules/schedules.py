"""Schedule expressions and time zones, as EventBridge Scheduler takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.rules.expressions import find_expression_problem
from tastemaker.model.suggest import find_close_match

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check_expressions(declaration: Declaration) -> Iterator[Violation]:
    schedules = declaration.project.schedules
    if schedules is None:
        return
    for key, expression in (("full", schedules.full), ("incremental", schedules.incremental)):
        problem = None if expression is None else find_expression_problem(expression)
        if problem is not None:
            message = f"schedules.{key} is no schedule expression: {problem}"
            hint = "For example: rate(1 day), cron(0 3 ? * SUN *) or at(2027-01-31T03:00:00)."
            yield Violation(("schedules", key), message, hint)


def _check_time_zone(declaration: Declaration) -> Iterator[Violation]:
    schedules, endpoints = declaration.project.schedules, declaration.project.endpoints
    named = [("endpoints", endpoints.time_zone)]
    if schedules is not None:
        named.insert(0, ("schedules", schedules.time_zone))
    for section, name in named:
        if not _exists(name):
            close = find_close_match(name, sorted(available_timezones()))
            hint = f"Did you mean `{close}`?" if close is not None else "Use an IANA name such as Europe/Berlin or UTC."
            yield Violation((section, "timeZone"), f"unknown time zone `{name}`", hint)


def _exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


_SOURCE = "EventBridge Scheduler user guide, schedule-types"
EXPRESSION = Rule("schedule-expression", "Schedules are rate, cron or at expressions.", _SOURCE, _check_expressions)
TIME_ZONE = Rule("schedule-time-zone", "Time zones exist.", _SOURCE, _check_time_zone)
