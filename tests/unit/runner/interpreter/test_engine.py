from __future__ import annotations

import pytest

from tastemaker.errors import AwsError
from tests.support.tasks import START, engine_with, invoke, machine, single, types_of

PASS = single({"Type": "Pass"})
WAIT = single({"Type": "Wait", "Seconds": 100})


def test_arns_name_region_account_machine_and_execution() -> None:
    engine = engine_with()
    assert engine.register("m", PASS) == "arn:aws:states:us-east-1:123456789012:stateMachine:m"
    assert engine.start("m", {}, "e").arn == "arn:aws:states:us-east-1:123456789012:execution:m:e"


def test_a_machine_is_started_by_name_or_arn() -> None:
    engine = engine_with()
    arn = engine.register("m", PASS)
    assert engine.start("m", {}).machine == engine.start(arn, {}).machine == "m"


def test_generated_names_are_uuids_that_repeat_with_the_seed() -> None:
    names = []
    for seed in (1, 1, 2):
        engine = engine_with(seed=seed)
        engine.register("m", PASS)
        names.append(engine.start("m", {}).name)
    assert names[0] == names[1] != names[2]
    assert len(names[0]) == 36


def test_the_same_name_and_input_give_the_running_execution() -> None:
    engine = engine_with()
    engine.register("m", WAIT)
    first = engine.start("m", {"a": 1}, "e")
    assert engine.start("m", {"a": 1}, "e") is first
    assert engine.executions == [first]


@pytest.mark.parametrize("ended", [True, False])
def test_the_same_name_otherwise_already_exists(ended: bool) -> None:
    engine = engine_with()
    engine.register("m", WAIT)
    first = engine.start("m", {"a": 1}, "e")
    if ended:
        engine.run(first)
    with pytest.raises(AwsError) as caught:
        engine.start("m", {"a": 1 if ended else 2}, "e")
    assert caught.value.code == "ExecutionAlreadyExists"
    assert caught.value.message == ("Execution Already Exists: 'arn:aws:states:us-east-1:123456789012:execution:m:e'")


@pytest.mark.parametrize(
    ("machine_name", "name", "code", "message"),
    [
        ("gone", "e", "StateMachineDoesNotExist", "State Machine Does Not Exist: 'gone'"),
        ("m", "a b", "InvalidName", "Invalid Name: 'a b'"),
        ("m", "x" * 81, "InvalidName", f"Invalid Name: '{'x' * 81}'"),
    ],
)
def test_a_refused_start(machine_name: str, name: str, code: str, message: str) -> None:
    engine = engine_with()
    engine.register("m", PASS)
    with pytest.raises(AwsError) as caught:
        engine.start(machine_name, {}, name)
    assert (caught.value.code, caught.value.message) == (code, message)


@pytest.mark.parametrize("value", [{"a": {1, 2}}, "x" * 262_144])
def test_an_input_that_the_service_would_refuse(value: object) -> None:
    engine = engine_with()
    engine.register("m", PASS)
    with pytest.raises(AwsError, match=r"^InvalidExecutionInput: Invalid State Machine Execution Input: "):
        engine.start("m", value)


def test_later_changes_of_the_callers_input_do_not_reach_the_execution() -> None:
    engine = engine_with()
    engine.register("m", WAIT)
    data = {"a": [1]}
    execution = engine.start("m", data)
    data["a"].append(2)
    assert engine.run(execution).output == {"a": [1]}


def test_run_stops_at_the_end_of_that_execution() -> None:
    engine = engine_with()
    engine.register("m", WAIT)
    engine.register("quick", single({"Type": "Wait", "Seconds": 5}))
    slow = engine.start("m", {})
    engine.run(engine.start("quick", {}))
    assert (engine.now(), slow.status) == (START + 5, "RUNNING")


def test_run_until_plays_what_happens_at_that_very_time() -> None:
    engine = engine_with()
    engine.register("m", WAIT)
    execution = engine.start("m", {})
    engine.run_until(START + 99)
    assert (engine.now(), execution.status) == (START + 99, "RUNNING")
    engine.run_until(START + 100)
    assert (engine.now(), execution.status) == (START + 100, "SUCCEEDED")
    engine.advance(0)
    engine.advance(7.5)
    assert engine.now() == START + 107.5


def test_time_never_runs_backwards() -> None:
    engine = engine_with()
    with pytest.raises(ValueError, match=r"^time never runs backwards: it is 1767225600\.0, not 5$"):
        engine.run_until(5)
    with pytest.raises(ValueError, match=r"^time never runs backwards: it is 1767225600\.0, not 5$"):
        engine.at(5, lambda: None)


def test_callbacks_come_at_their_time_in_the_order_they_were_set() -> None:
    engine, heard = engine_with(), list[tuple[str, float]]()
    for name, at in (("b", 20), ("a", 10), ("c", 20)):
        engine.at(START + at, lambda name=name: heard.append((name, engine.now() - START)))  # type: ignore[misc] # default
    engine.advance(30)
    assert heard == [("a", 10), ("b", 20), ("c", 20)]


def test_a_machine_that_takes_too_long_is_timed_out() -> None:
    engine = engine_with()
    engine.register("m", {**WAIT, "TimeoutSeconds": 30})
    execution = engine.run(engine.start("m", {}))
    assert (execution.status, execution.error, execution.stopped_at) == ("TIMED_OUT", "States.Timeout", START + 30)
    assert types_of(execution) == ["ExecutionStarted", "WaitStateEntered", "ExecutionTimedOut"]


def test_a_machine_in_time_is_left_alone() -> None:
    engine = engine_with()
    engine.register("m", {**WAIT, "TimeoutSeconds": 101})
    execution = engine.run(engine.start("m", {}))
    engine.advance(1000)
    assert execution.status == "SUCCEEDED"


def test_stop_keeps_error_and_cause() -> None:
    engine = engine_with()
    engine.register("m", WAIT)
    execution = engine.start("m", {})
    engine.advance(10)
    engine.stop(execution, "Enough", "someone said so")
    assert (execution.status, execution.error, execution.cause) == ("ABORTED", "Enough", "someone said so")
    assert execution.stopped_at == START + 10
    assert execution.history[-1]["executionAbortedEventDetails"] == {"error": "Enough", "cause": "someone said so"}
    engine.stop(execution, "Again")
    assert execution.error == "Enough"


def test_an_execution_can_be_stopped_before_it_moved() -> None:
    engine = engine_with()
    engine.register("m", WAIT)
    execution = engine.start("m", {})
    engine.stop(execution)
    assert (execution.status, execution.error) == ("ABORTED", None)


def test_find_gives_the_execution_of_an_arn() -> None:
    engine = engine_with()
    engine.register("m", PASS)
    execution = engine.start("m", {})
    assert engine.find(execution.arn) is execution
    with pytest.raises(AwsError, match=r"^ExecutionDoesNotExist: Execution Does Not Exist: 'gone'$"):
        engine.find("gone")


def test_listeners_hear_start_states_and_end_with_virtual_time() -> None:
    engine, heard = engine_with(), list[tuple[str, float, str, str]]()
    engine.listeners.append(lambda it: heard.append((it.kind, it.at - START, it.state, it.execution.status)))
    engine.register("m", machine("A", A={"Type": "Wait", "Seconds": 5, "Next": "B"}, B=invoke("f", End=True)))
    engine.run(engine.start("m", {}))
    assert heard == [
        ("execution started", 0, "", "RUNNING"),
        ("state entered", 0, "A", "RUNNING"),
        ("state entered", 5, "B", "RUNNING"),
        ("execution ended", 5, "", "SUCCEEDED"),
    ]


def test_a_running_execution_keeps_its_definition_when_the_machine_is_replaced() -> None:
    engine = engine_with()
    engine.register(
        "m",
        machine("W", W={"Type": "Wait", "Seconds": 9, "Next": "P"}, P={"Type": "Pass", "Output": "old", "End": True}),
    )
    execution = engine.start("m", {})
    engine.advance(1)
    engine.register("m", single({"Type": "Pass", "Output": "new"}))
    assert engine.run(execution).output == "old"
    assert engine.run(engine.start("m", {})).output == "new"


def test_time_cannot_be_moved_while_it_moves() -> None:
    engine = engine_with()
    engine.register("m", PASS)
    engine.at(START + 1, lambda: engine.run(engine.start("m", {})))
    with pytest.raises(RuntimeError, match=r"^time passes already: "):
        engine.advance(2)
