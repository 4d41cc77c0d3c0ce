"""Random small machines end with the status, output and time that a direct calculation gives."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.errors import FunctionError
from tastemaker.runner.interpreter.engine import Engine
from tests.support.tasks import LAMBDA, START, ScriptedAws


class Picky:
    """A function that refuses multiples of three and adds one to other numbers."""

    def invoke(self, function: str, payload: Any) -> Any:
        if payload % 3 == 0:
            raise FunctionError("Picky", function)
        return payload + 1


@dataclass
class Step:
    """One state of a chain; data is one number.

    Attributes:
        numbers: parameters of the kind.
        skip: how many states the other way of a choice or a catch jumps over.
        inner: chains of branches, or of the item processor.
    """

    kind: str
    numbers: tuple[int, int]
    skip: int
    inner: list[list[Step]] = field(default_factory=list)


KINDS = ["Pass", "Wait", "Choice", "Task", "CaughtTask", "Fail", "Succeed"]
plain = st.builds(Step, st.sampled_from(KINDS), st.tuples(st.integers(1, 9), st.integers(1, 9)), st.integers(0, 2))
chains = st.lists(plain, min_size=1, max_size=4)
nested = st.builds(
    Step, st.sampled_from(["Parallel", "Map"]), st.tuples(st.integers(1, 3), st.integers(1, 4)), st.just(0),
    st.lists(chains, min_size=1, max_size=3),
)  # fmt: skip
machines = st.lists(plain | nested, min_size=1, max_size=6)


@dataclass
class Result:
    """Outcome of a chain: its number, None when it failed, and the seconds it took."""

    value: int | None
    seconds: float


def calculate(chain: list[Step], value: int) -> Result:
    """The oracle: what the chain does, without States Language, SimPy or JSONata."""
    position, seconds = 0, 0.0
    while position < len(chain):
        step = chain[position]
        result = one_step(step, value)
        seconds += result.seconds
        if result.value is None and step.kind != "CaughtTask":
            return Result(None, seconds)
        if step.kind == "Succeed":
            return Result(value, seconds)
        jumps = (step.kind == "Choice" and value > step.numbers[0]) or result.value is None
        position = min(position + 1 + (step.skip if jumps else 0), len(chain))
        value = value if result.value is None else result.value
    return Result(value, seconds)


def one_step(step: Step, value: int) -> Result:
    first, second = step.numbers
    match step.kind:
        case "Pass":
            return Result(value + first, 0)
        case "Wait":
            return Result(value, first)
        case "Fail":
            return Result(None, 0)
        case "Task" | "CaughtTask":
            # two retries, the second after twice the interval
            return Result(None, first + 2 * first) if value % 3 == 0 else Result(value + 1, 0)
        case "Parallel":
            return together([calculate(chain, value) for chain in step.inner], len(step.inner))
        case "Map":
            return together([calculate(step.inner[0], value + item) for item in range(second)], first)
    return Result(value, 0)


def together(results: list[Result], width: int) -> Result:
    """Jobs in `width` lanes; the first failure ends all."""
    lanes, ended = [0.0] * width, []
    for result in results:
        start = heapq.heappop(lanes)
        ended.append((start + result.seconds, result.value))
        heapq.heappush(lanes, start + result.seconds)
    failed = [seconds for seconds, value in ended if value is None]
    if failed:
        return Result(None, min(failed))
    return Result(sum(value for _, value in ended if value is not None), max(seconds for seconds, _ in ended))


def build_scope(chain: list[Step], prefix: str) -> dict[str, Any]:
    """States `<prefix>0` …, and a last one that every jump can reach."""
    states = {f"{prefix}{i}": build_state(step, prefix, i, len(chain)) for i, step in enumerate(chain)}
    states[f"{prefix}{len(chain)}"] = {"Type": "Succeed"}
    reached, waiting = set[str](), [f"{prefix}0"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            rules = [*states[name].get("Choices", []), *states[name].get("Catch", []), states[name]]
            waiting += [rule[key] for rule in rules for key in ("Next", "Default") if key in rule]
    return {"StartAt": f"{prefix}0", "States": {name: states[name] for name in states if name in reached}}


def build_state(step: Step, prefix: str, i: int, length: int) -> dict[str, Any]:
    first, second = step.numbers
    following = f"{prefix}{i + 1}"
    other = f"{prefix}{min(i + 1 + step.skip, length)}"
    inner = [build_scope(chain, f"{prefix}{i}_{j}_") for j, chain in enumerate(step.inner)]
    task = {
        "Type": "Task", "Resource": LAMBDA,
        "Arguments": {"FunctionName": "picky", "Payload": "{% $states.input %}"},
        "Retry": [{"ErrorEquals": ["Picky"], "IntervalSeconds": first, "MaxAttempts": 2, "BackoffRate": 2}],
        "Output": "{% $states.result.Payload %}", "Next": following,
    }  # fmt: skip
    match step.kind:
        case "Pass":
            return {"Type": "Pass", "Output": f"{{% $states.input + {first} %}}", "Next": following}
        case "Wait":
            return {"Type": "Wait", "Seconds": first, "Next": following}
        case "Choice":
            rule = {"Condition": f"{{% $states.input > {first} %}}", "Next": other}
            return {"Type": "Choice", "Choices": [rule], "Default": following}
        case "Task":
            return task
        case "CaughtTask":
            return {**task, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": other, "Output": "{% $states.input %}"}]}
        case "Parallel":
            return {"Type": "Parallel", "Branches": inner, "Output": "{% $sum($states.result) %}", "Next": following}
        case "Map":
            items = f"{{% [0..{second - 1}].($states.input + $) %}}" if second > 1 else "{% [$states.input] %}"
            return {
                "Type": "Map", "Items": items, "MaxConcurrency": first, "ItemProcessor": inner[0],
                "Output": "{% $sum($states.result) %}", "Next": following,
            }  # fmt: skip
    return {"Type": step.kind}


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(machines, st.integers(0, 9))
def test_a_machine_ends_as_calculated(chain: list[Step], value: int) -> None:
    engine = Engine(aws=ScriptedAws(), functions=Picky(), start_time=START)
    engine.register("m", {"QueryLanguage": "JSONata", **build_scope(chain, "s")})
    execution = engine.run(engine.start("m", value))
    expected = calculate(chain, value)
    assert execution.status == ("FAILED" if expected.value is None else "SUCCEEDED")
    assert execution.output == expected.value
    assert (execution.stopped_at or 0) - START == expected.seconds
    assert [event["id"] for event in execution.history] == list(range(1, len(execution.history) + 1))
    assert all(event["previousEventId"] < event["id"] for event in execution.history)
