"""Expressions of EventBridge Scheduler: when they fire next."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tastemaker.runner.schedule import next_fire


def epoch(text: str, zone: str = "UTC", fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def fires(expression: str, after: str, count: int, zone: str = "UTC") -> list[str]:
    """UTC times of the next firings."""
    found, at = [], epoch(after, zone)
    for _ in range(count):
        following = next_fire(expression, zone, at)
        if following is None:
            break
        at = following
        found.append(f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}")
    return found


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(1 minute)", 60), ("rate(90 minutes)", 5400), ("rate(1 hour)", 3600), ("rate(2 days)", 172_800)],
)
def test_a_rate_counts_from_the_last_time(expression: str, seconds: int) -> None:
    assert next_fire(expression, "Europe/Vienna", 1000.5) == 1000.5 + seconds


def test_a_day_of_a_rate_is_24_hours_also_when_the_clocks_change() -> None:
    assert fires("rate(1 day)", "2026-03-28T12:00", 2, "Europe/Vienna") == [
        "2026-03-29 11:00:00",
        "2026-03-30 11:00:00",
    ]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 3 ? * SUN *", ["2026-01-04 03:00", "2026-01-11 03:00"]),
        ("0 3 * * ? *", ["2026-01-02 03:00", "2026-01-03 03:00"]),
        ("15,45 10 * * ? *", ["2026-01-02 10:15", "2026-01-02 10:45"]),
        ("0/20 11-12 * * ? *", ["2026-01-01 12:20", "2026-01-01 12:40", "2026-01-02 11:00", "2026-01-02 11:20"]),
        ("*/30 0 5 * ? *", ["2026-01-05 00:00", "2026-01-05 00:30", "2026-02-05 00:00"]),
        ("0 0 ? * MON-FRI *", ["2026-01-02 00:00", "2026-01-05 00:00"]),
        ("0 0 ? * SAT-SUN *", ["2026-01-03 00:00", "2026-01-04 00:00", "2026-01-10 00:00"]),
        ("0 0 ? * 2 *", ["2026-01-05 00:00"]),
        ("0 0 L * ? *", ["2026-01-31 00:00", "2026-02-28 00:00"]),
        ("0 0 LW * ? *", ["2026-01-30 00:00", "2026-02-27 00:00"]),
        ("0 0 3W * ? *", ["2026-01-02 00:00", "2026-02-03 00:00"]),
        ("0 0 1W AUG ? *", ["2026-08-03 00:00"]),
        ("0 0 31W MAY ? 2026", ["2026-05-29 00:00"]),
        ("0 0 ? * 3#2 *", ["2026-01-13 00:00", "2026-02-10 00:00"]),
        ("0 0 ? * MON#5 *", ["2026-03-30 00:00", "2026-06-29 00:00"]),
        ("0 0 ? * 6L *", ["2026-01-30 00:00", "2026-02-27 00:00"]),
        ("0 0 ? * L *", ["2026-01-03 00:00", "2026-01-10 00:00"]),
        ("0 0 29 2 ? *", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("0 0 1 JAN,jul ? 2027/2", ["2027-01-01 00:00", "2027-07-01 00:00", "2029-01-01 00:00"]),
        ("0 0 1 1 ? 2020-2025", []),
        ("0 0 31 2 ? *", []),
    ],
)
def test_a_cron_fires_when_all_fields_agree(cron: str, expected: list[str]) -> None:
    found = fires(f"cron({cron})", "2026-01-01T12:00", max(len(expected), 1))
    assert [text.removesuffix(":00") for text in found] == expected


def test_a_cron_fires_strictly_after_the_given_time() -> None:
    noon = epoch("2026-01-01T12:00")
    assert next_fire("cron(0 12 * * ? *)", "UTC", noon) == noon + 86_400
    assert next_fire("cron(0 12 * * ? *)", "UTC", noon - 0.001) == noon


def test_a_cron_follows_its_zone_through_the_year() -> None:
    assert fires("cron(0 3 1 1,7 ? *)", "2026-01-01T12:00", 2, "Europe/Vienna") == [
        "2026-07-01 01:00:00",
        "2027-01-01 02:00:00",
    ]


def test_a_time_that_the_clocks_skip_in_spring_does_not_fire() -> None:
    assert fires("cron(30 2 * * ? *)", "2026-03-28T00:00", 2, "Europe/Vienna") == [
        "2026-03-28 01:30:00",
        "2026-03-30 00:30:00",
    ]


def test_a_time_that_the_clocks_repeat_in_autumn_fires_once() -> None:
    assert fires("cron(30 2 * * ? *)", "2026-10-24T12:00", 2, "Europe/Vienna") == [
        "2026-10-25 00:30:00",
        "2026-10-26 01:30:00",
    ]
    between = epoch("2026-10-25T02:10", "Europe/Vienna", fold=1)
    assert next_fire("cron(30 2 * * ? *)", "Europe/Vienna", between) == epoch("2026-10-26T02:30", "Europe/Vienna")


def test_a_one_time_schedule_fires_once_in_its_zone() -> None:
    expression = "at(2026-07-01T03:00:00)"
    at = epoch("2026-07-01T01:00")
    assert next_fire(expression, "Europe/Vienna", at - 1) == at
    assert next_fire(expression, "Europe/Vienna", at) is None


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("every day", "schedule 'every day': expected rate(value unit), cron(six fields) or at(yyyy-mm-ddThh:mm:ss)"),
        ("rate(0 days)", "schedule rate(0 days): the value of a rate is a positive number"),
        ("cron(0 3 * * ?)", "cron(0 3 * * ?): expected six fields, minutes hours day-of-month month day-of-week year"),
        ("cron(0 3 * * * *)", "cron(0 3 * * * *): exactly one of day-of-month and day-of-week must be ?"),
        ("cron(0 3 ? * ? *)", "cron(0 3 ? * ? *): exactly one of day-of-month and day-of-week must be ?"),
        ("cron(60 3 * * ? *)", "cron(60 3 * * ? *): '60' is not between 0 and 59"),
        ("cron(0 3 ? * XYZ *)", "cron(0 3 ? * XYZ *): 'XYZ' is not between 1 and 7"),
        ("cron(0 9-3 * * ? *)", "cron(0 9-3 * * ? *): the range 9-3 runs backwards"),
        ("cron(0/0 3 * * ? *)", "cron(0/0 3 * * ? *): '0' is not a step"),
    ],
)
def test_a_wrong_expression_is_named(expression: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        next_fire(expression, "UTC", 0)
    assert str(caught.value) == message


def test_an_unknown_time_zone_is_named() -> None:
    with pytest.raises(ValueError, match=r"^unknown time zone 'Mars/North'; give an IANA name such as Europe/Vienna$"):
        next_fire("rate(1 day)", "Mars/North", 0)
