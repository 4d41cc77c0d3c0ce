"""EventBridge Scheduler on the virtual clock: rate, cron and one-time expressions with time zones.

Source: EventBridge Scheduler user guide, "Schedule types". There is no PyPI library for these rules: those for AWS cron
know the UTC rules of EventBridge rules only.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tastemaker.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tastemaker.plan.specs import ScheduleSpec
    from tastemaker.runner.interpreter.execution import Execution

_RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
_CRON = re.compile(r"cron\((.*)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_LAST_YEAR = 2199
_DAYS_A_WEEK = 7


def next_fire(expression: str, time_zone: str, after_epoch: float) -> float | None:
    """The first time strictly after `after_epoch`; None when the schedule never fires again.

    A rate counts from `after_epoch`; a day is 24 hours. A cron time that the clocks skip in spring does not fire, one
    that they repeat in autumn fires once, at the first.

    Raises:
        ValueError: the expression or the time zone is wrong; names it.
    """
    zone = _zone(time_zone)
    rate = _RATE.fullmatch(expression)
    if rate:
        if int(rate[1]) < 1:
            raise ValueError(f"schedule {expression}: the value of a rate is a positive number")
        return after_epoch + int(rate[1]) * _SECONDS[rate[2].removesuffix("s")]
    at = _AT.fullmatch(expression)
    if at:
        epoch = datetime.fromisoformat(at[1]).replace(tzinfo=zone).timestamp()
        return epoch if epoch > after_epoch else None
    cron = _CRON.fullmatch(expression)
    if cron:
        return _next_cron(parse_cron(cron[1]), zone, after_epoch)
    raise ValueError(f"schedule {expression!r}: expected rate(value unit), cron(six fields) or at(yyyy-mm-ddThh:mm:ss)")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"unknown time zone {name!r}; give an IANA name such as Europe/Vienna") from error


@dataclass(frozen=True, slots=True)
class Cron:
    """The six fields; `days` tells the days of a month, given its year and number, ascending."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: tuple[int, ...]
    days: Callable[[int, int], list[int]]


@lru_cache(maxsize=256)
def parse_cron(text: str) -> Cron:
    """`minutes hours day-of-month month day-of-week year`, without `cron()`.

    Raises:
        ValueError: names the expression and what is wrong.
    """
    fields = text.upper().split()
    if len(fields) != 6:
        raise ValueError(f"cron({text}): expected six fields, minutes hours day-of-month month day-of-week year")
    minutes, hours, of_month, month, of_week, year = fields
    if (of_month == "?") == (of_week == "?"):
        raise ValueError(f"cron({text}): exactly one of day-of-month and day-of-week must be ?")
    try:
        days = _days_of_week(of_week) if of_month == "?" else _days_of_month(of_month)
        return Cron(
            minutes=tuple(sorted(_numbers(minutes, 0, 59))),
            hours=tuple(sorted(_numbers(hours, 0, 23))),
            months=frozenset(_numbers(month, 1, 12, _MONTHS)),
            years=tuple(sorted(_numbers(year, 1970, _LAST_YEAR))),
            days=days,
        )
    except ValueError as error:
        raise ValueError(f"cron({text}): {error}") from error


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> set[int]:
    """The numbers that a field of lists, ranges and steps stands for; `names` may go round (SAT-SUN)."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        start, _, end = span.partition("-")
        first, last = (low, high) if span == "*" else (_number(start, low, high, names), 0)
        if span != "*":
            last = _number(end, low, high, names) if end else (high if step else first)
        if last < first and high != _DAYS_A_WEEK:
            raise ValueError(f"the range {span} runs backwards")
        every = int(step) if step.isdigit() else 1
        if step and (not step.isdigit() or every < 1):
            raise ValueError(f"{step!r} is not a step")
        span_length = last - first if last >= first else last - first + _DAYS_A_WEEK
        found |= {(first + offset - low) % (high - low + 1) + low for offset in range(0, span_length + 1, every)}
    return found


def _number(text: str, low: int, high: int, names: dict[str, int] | None) -> int:
    value = (names or {}).get(text, int(text) if text.isdigit() else None)
    if value is None or not low <= value <= high:
        raise ValueError(f"{text!r} is not between {low} and {high}")
    return value


def _days_of_month(field: str) -> Callable[[int, int], list[int]]:
    """Days 1-31, `L` the last day, `LW` the last weekday, `15W` the weekday nearest to the 15th in its month."""
    if field in {"L", "LW"}:
        return lambda year, month: [
            _last(year, month) if field == "L" else _nearest_weekday(year, month, _last(year, month))
        ]
    if field.endswith("W"):
        day = _number(field[:-1], 1, 31, None)
        return lambda year, month: [_nearest_weekday(year, month, day)] if day <= _last(year, month) else []
    numbers = sorted(_numbers(field, 1, 31))
    return lambda year, month: [day for day in numbers if day <= _last(year, month)]


def _days_of_week(field: str) -> Callable[[int, int], list[int]]:
    """Days SUN-SAT or 1-7, `6L` the last Friday, `3#2` the second Tuesday, `L` Saturday."""
    if field == "L":
        field = "7"
    if field.endswith("L"):
        weekday = _number(field[:-1], 1, 7, _DAYS)
        return lambda year, month: _weekdays(year, month, {weekday})[-1:]
    if "#" in field:
        day, _, nth = field.partition("#")
        weekday, position = _number(day, 1, 7, _DAYS), _number(nth, 1, 5, None)
        return lambda year, month: _weekdays(year, month, {weekday})[position - 1 : position]
    weekdays = _numbers(field, 1, 7, _DAYS)
    return lambda year, month: _weekdays(year, month, weekdays)


def _last(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _weekdays(year: int, month: int, wanted: set[int]) -> list[int]:
    """Days of a month whose weekday, 1 for Sunday, is wanted."""
    first = date(year, month, 1).isoweekday() % 7
    return [day for day in range(1, _last(year, month) + 1) if (first + day - 1) % 7 + 1 in wanted]


def _nearest_weekday(year: int, month: int, day: int) -> int:
    weekday = date(year, month, day).isoweekday()
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 7:
        return day + 1 if day < _last(year, month) else day - 2
    return day


def _next_cron(cron: Cron, zone: ZoneInfo, after_epoch: float) -> float | None:
    local = datetime.fromtimestamp(after_epoch, zone).date()
    for day in _dates(cron, local):
        for hour in cron.hours:
            for minute in cron.minutes:
                fire = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                epoch = fire.timestamp()
                if epoch > after_epoch and _exists(fire, zone):
                    return epoch
    return None


def _dates(cron: Cron, start: date) -> Iterator[date]:
    """Dates that the day fields allow, from `start` on."""
    for year in cron.years:
        for month in range(1, 13):
            if (year, month) >= (start.year, start.month) and month in cron.months:
                yield from (day for day in (date(year, month, d) for d in cron.days(year, month)) if day >= start)


def _exists(fire: datetime, zone: ZoneInfo) -> bool:
    """False for a wall-clock time that the change to summer time skips."""
    return fire.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == fire.replace(tzinfo=None)


class Starter(Protocol):
    """What schedules need of the engine."""

    def now(self) -> float: ...

    def at(self, epoch: float, callback: Callable[[], object]) -> None: ...

    def start(self, machine: str, input: Any, name: str | None = None) -> Execution:  # noqa: A002 - AWS's word
        ...


def execution_name(schedule: str, fire_epoch: float) -> str:
    """Name of the execution that a schedule starts at a time, e.g. `weekly-20260105T030000Z`; at most 80 characters."""
    return f"{schedule[:63]}-{datetime.fromtimestamp(fire_epoch, UTC):%Y%m%dT%H%M%SZ}"


class ScheduleRunner:
    """Puts a plan's schedules on the engine, but for those that are paused.

    A rate fires at once and then at its interval, as a schedule without a start date does. The name of an execution
    comes from schedule and time, so a schedule that fires twice starts nothing twice.
    """

    def __init__(self, engine: Starter, schedules: Sequence[ScheduleSpec]) -> None:
        self._engine = engine
        self._schedules = tuple(schedule for schedule in schedules if not schedule.paused)

    def begin(self) -> None:
        """Set the first alarm of every schedule, in their order.

        Raises:
            ValueError: an expression or time zone is wrong; nothing is set.
        """
        now = self._engine.now()
        first = [_first_fire(schedule, now) for schedule in self._schedules]
        for schedule, fire in zip(self._schedules, first, strict=True):
            self._set(schedule, fire)

    def fire(self, schedule: ScheduleSpec, epoch: float) -> Execution | None:
        """Start the execution of one firing; None when it was started before and has ended.

        Raises:
            AwsError: any other refusal, e.g. StateMachineDoesNotExist.
        """
        name = execution_name(schedule.name, epoch)
        try:
            return self._engine.start(schedule.machine, _with_context(schedule.input, name, epoch), name)
        except AwsError as error:
            if error.code == "ExecutionAlreadyExists":
                return None
            raise

    def _set(self, schedule: ScheduleSpec, epoch: float | None) -> None:
        if epoch is None:
            return

        def alarm() -> None:
            self.fire(schedule, epoch)
            self._set(schedule, next_fire(schedule.expression, schedule.time_zone, epoch))

        self._engine.at(epoch, alarm)


def _first_fire(schedule: ScheduleSpec, now: float) -> float | None:
    fire = next_fire(schedule.expression, schedule.time_zone, now)
    return now if schedule.expression.startswith("rate(") else fire


def _with_context(value: Any, execution: str, epoch: float) -> Any:
    """The input with the scheduler's context attributes. Source: user guide, "Context attributes"."""
    if isinstance(value, dict):
        return {key: _with_context(part, execution, epoch) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_context(part, execution, epoch) for part in value]
    if not isinstance(value, str):
        return value
    time = f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"
    attributes = {"scheduled-time": time, "execution-id": execution, "attempt-number": "1"}
    for attribute, text in attributes.items():
        value = value.replace(f"<aws.scheduler.{attribute}>", text)
    return value
