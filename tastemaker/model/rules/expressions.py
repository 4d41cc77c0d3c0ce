"""Grammar of EventBridge Scheduler expressions. Source: EventBridge Scheduler user guide, schedule-types."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_DAYS = {name: number for number, name in enumerate(_DAY_NAMES, start=1)}
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("minutes", 0, 59, {}),
    ("hours", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2199, {}),
)
_RATE = re.compile(r"rate\(([1-9]\d*) (minutes?|hours?|days?)\)")
_DAY_OF_MONTH = re.compile(r"\?|L|LW|(?:[1-9]|[12]\d|3[01])W")
_DAY_OF_WEEK = re.compile(r"\?|L|(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:L|#[1-5])")


def find_expression_problem(expression: str) -> str | None:
    """What is wrong with a `rate(…)`, `cron(…)` or `at(…)` expression; None when nothing is."""
    kind, opened, rest = expression.partition("(")
    if not opened or not rest.endswith(")") or kind not in {"rate", "cron", "at"}:
        return f"`{expression}` is none of rate(…), cron(…), at(…)"
    if kind == "rate":
        valid = _RATE.fullmatch(expression) is not None
        return None if valid else "a rate is a whole number and minutes, hours or days"
    return _find_at_problem(rest[:-1]) if kind == "at" else _find_cron_problem(rest[:-1])


def _find_at_problem(text: str) -> str | None:
    try:
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - the schedule's time zone is a field of its own
    except ValueError:
        return f"`{text}` is no time like 2027-01-31T03:00:00"
    return None


def _find_cron_problem(text: str) -> str | None:
    parts = text.split()
    if len(parts) != len(_FIELDS):
        return f"cron takes 6 fields (minutes hours day-of-month month day-of-week year), not {len(parts)}"
    if (parts[2] == "?") == (parts[4] == "?"):
        return "exactly one of day of month and day of week must be ?"
    for part, (name, low, high, words) in zip(parts, _FIELDS, strict=True):
        special = {"day of month": _DAY_OF_MONTH, "day of week": _DAY_OF_WEEK}.get(name)
        if special is not None and special.fullmatch(part) is not None:
            continue
        if not all(_fits(piece, low, high, words) for piece in part.upper().split(",")):
            return f"`{part}` is no {name} ({low} to {high})"
    return None


def _fits(piece: str, low: int, high: int, words: Mapping[str, int]) -> bool:
    """One of `*`, `5`, `MON-FRI`, `*/15`, `0/15`."""
    span, slash, step = piece.partition("/")
    if slash and not (step.isdecimal() and int(step) > 0):
        return False
    if span == "*":
        return True
    ends = [words.get(end, int(end) if end.isdecimal() else -1) for end in span.split("-")]
    return len(ends) <= 2 and all(low <= end <= high for end in ends)
