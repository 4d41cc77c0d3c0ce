"""States, context object and intrinsic functions as the developer guide describes them; each test names the section."""

from __future__ import annotations

import pytest

from tests.support.tasks import engine_with, jsonpath, played


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [("2147483647, 1", 2_147_483_648), ("-2147483648, -1", -2_147_483_649), ("2147483648, 0", 2_147_483_648)],
)
def test_math_add_keeps_to_javas_integers(arguments: str, wrong: int) -> None:
    """Intrinsics for JSONPath states, States.MathAdd: values in the range of -2147483648 to 2147483647."""
    state = {"Type": "Pass", "Parameters": {"x.$": f"States.MathAdd({arguments})"}, "End": True}
    execution = played(jsonpath("P", P=state))
    assert execution.error == "States.IntrinsicFailure"
    assert (execution.cause or "").endswith(f"{wrong} is not between -2147483648 and 2147483647")


def test_the_context_object_tells_the_time_of_the_redrive() -> None:
    """Accessing execution data from the Context object: Execution.RedriveCount and Execution.RedriveTime."""
    fail = {"Type": "Fail", "ErrorPath": "States.JsonToString($$.Execution)"}
    engine = engine_with()
    execution = played(jsonpath("F", F=fail), engine=engine)
    assert '"RedriveCount":0' in (execution.error or "")
    assert "RedriveTime" not in (execution.error or "")
    engine.advance(60)
    engine.redrive(execution)
    engine.run(execution)
    assert '"RedriveCount":1,"RedriveTime":"2026-01-01T00:01:00Z"' in (execution.error or "")
