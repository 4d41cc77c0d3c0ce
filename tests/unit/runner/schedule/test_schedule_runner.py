from __future__ import annotations

import pytest

from tastemaker.errors import AwsError
from tastemaker.plan.specs import ScheduleSpec
from tastemaker.runner.schedule import ScheduleRunner, execution_name
from tests.support.tasks import START, engine_with, single

DAY = 86_400.0


def schedule(name: str, expression: str, **fields: object) -> ScheduleSpec:
    given = {"summary": "", "machine": "m", "time_zone": "UTC", "input": {"mode": name}} | fields
    return ScheduleSpec(name=name, expression=expression, **given)  # type: ignore[arg-type] # test data


def test_a_month_of_weekly_and_daily_schedules_passes() -> None:
    engine = engine_with()
    engine.register("m", single({"Type": "Wait", "Seconds": 600}))
    weekly = schedule("weekly", "cron(0 3 ? * SUN *)")
    daily = schedule("daily", "cron(30 4 * * ? *)")
    ScheduleRunner(engine, [weekly, daily]).begin()
    engine.run_until(START + 30 * DAY)
    names = [execution.name for execution in engine.executions]
    assert len([name for name in names if name.startswith("daily-")]) == 30
    assert [name for name in names if name.startswith("weekly-")] == [
        "weekly-20260104T030000Z", "weekly-20260111T030000Z", "weekly-20260118T030000Z", "weekly-20260125T030000Z",
    ]  # fmt: skip
    assert {execution.status for execution in engine.executions} == {"SUCCEEDED"}
    assert engine.executions[0].input == {"mode": "daily"}


def test_a_rate_fires_at_once_and_then_at_its_interval() -> None:
    engine = engine_with()
    engine.register("m", single({"Type": "Pass"}))
    ScheduleRunner(engine, [schedule("hourly", "rate(1 hour)")]).begin()
    engine.advance(7200)
    assert [execution.started_at - START for execution in engine.executions] == [0, 3600, 7200]


def test_a_paused_schedule_never_fires() -> None:
    engine = engine_with()
    engine.register("m", single({"Type": "Pass"}))
    ScheduleRunner(engine, [schedule("paused", "rate(1 hour)", paused=True), schedule("daily", "rate(1 day)")]).begin()
    engine.advance(7200)
    assert [execution.input for execution in engine.executions] == [{"mode": "daily"}]


def test_a_one_time_schedule_in_the_past_never_fires() -> None:
    engine = engine_with()
    ScheduleRunner(engine, [schedule("once", "at(2025-01-01T00:00:00)")]).begin()
    engine.advance(DAY)
    assert engine.executions == []


@pytest.mark.parametrize("seconds_between", [0, 1000])
def test_firing_twice_starts_one_execution(seconds_between: int) -> None:
    engine = engine_with()
    engine.register("m", single({"Type": "Wait", "Seconds": 600}))
    spec = schedule("daily", "rate(1 day)")
    runner = ScheduleRunner(engine, [spec])
    first = runner.fire(spec, START)
    engine.advance(seconds_between)
    again = runner.fire(spec, START)
    assert again is (first if seconds_between == 0 else None)
    assert engine.executions == [first]


def test_another_refusal_is_not_hidden() -> None:
    spec = schedule("daily", "rate(1 day)", machine="gone")
    with pytest.raises(AwsError, match=r"^StateMachineDoesNotExist: "):
        ScheduleRunner(engine_with(), [spec]).fire(spec, START)


def test_the_input_may_name_the_scheduled_time() -> None:
    engine = engine_with()
    engine.register("m", single({"Type": "Pass"}))
    spec = schedule("daily", "rate(1 day)", input={"at": ["<aws.scheduler.scheduled-time>"], "n": 1})
    execution = ScheduleRunner(engine, [spec]).fire(spec, START)
    assert execution is not None
    assert execution.input == {"at": ["2026-01-01T00:00:00Z"], "n": 1}


def test_names_of_executions_keep_the_limit_of_80_characters() -> None:
    assert len(execution_name("x" * 100, START)) == 80


def test_one_wrong_schedule_sets_none() -> None:
    engine = engine_with()
    with pytest.raises(ValueError, match=r"^cron"):
        ScheduleRunner(engine, [schedule("a", "rate(1 day)"), schedule("b", "cron(1)")]).begin()
    engine.advance(2 * DAY)
    assert engine.executions == []
