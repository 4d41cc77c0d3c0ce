"""What every state machine must keep, checked on the dictionaries."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.plan.build import build_machines
from tastemaker.plan.machines.polling import DONE, FAILED
from tastemaker.plan.tokens import find_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.plan.specs import MachineSpec

MACHINES = build_machines()
DEADLINE = re.compile(r"\$(\w*[sS]econds) >= ")
"""How a loop's deadline reads in a Choice."""

every_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)


def _inside(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]


def _scopes(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield definition
    for state in definition["States"].values():
        for scope in _inside(state):
            yield from _scopes(scope)


def _states(machine: MachineSpec) -> dict[str, dict[str, Any]]:
    return {name: state for scope in _scopes(machine.definition) for name, state in scope["States"].items()}


def _successors(state: dict[str, Any]) -> set[str]:
    names = {state[field] for field in ("Next", "Default") if field in state}
    names |= {rule["Next"] for field in ("Choices", "Catch") for rule in state.get(field, ())}
    return names


def _reachable(states: dict[str, dict[str, Any]], start: set[str]) -> set[str]:
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _successors(states[name])
    return reached


def _loops(states: dict[str, dict[str, Any]]) -> set[frozenset[str]]:
    """The states of each cycle: those that a state reaches and that reach it."""
    after = {name: _reachable(states, _successors(state)) for name, state in states.items()}
    return {frozenset(other for other in after[name] if name in after[other]) for name in states if name in after[name]}


@every_machine
def test_state_names_are_unique_in_the_whole_machine(machine: MachineSpec) -> None:
    names = [name for scope in _scopes(machine.definition) for name in scope["States"]]
    assert sorted(names) == sorted(set(names))


@every_machine
def test_every_state_can_be_reached_and_every_target_exists(machine: MachineSpec) -> None:
    for scope in _scopes(machine.definition):
        assert _reachable(scope["States"], {scope["StartAt"]}) == set(scope["States"])


@every_machine
def test_every_loop_waits_and_has_a_deadline_that_leads_out_of_it(machine: MachineSpec) -> None:
    for scope in _scopes(machine.definition):
        for loop in _loops(scope["States"]):
            states = {name: scope["States"][name] for name in loop}
            counted = {
                name
                for state in states.values()
                if state["Type"] == "Wait"
                for name, value in state.get("Assign", {}).items()
                if f"${name} + " in str(value)
            }
            ends = {
                found[1]
                for state in states.values()
                for rule in state.get("Choices", ())
                if rule["Next"] not in loop
                for found in [DEADLINE.search(str(rule["Condition"]))]
                if found
            }
            assert counted & ends, sorted(loop)


@every_machine
def test_no_wait_stands_outside_a_loop_with_a_deadline(machine: MachineSpec) -> None:
    for scope in _scopes(machine.definition):
        looping = set().union(*_loops(scope["States"]))
        assert {name for name, state in scope["States"].items() if state["Type"] == "Wait"} <= looping


@every_machine
def test_every_task_has_a_retry_policy(machine: MachineSpec) -> None:
    assert [
        name for name, state in _states(machine).items() if state["Type"] == "Task" and not state.get("Retry")
    ] == []


@every_machine
def test_every_call_of_an_aws_operation_ends_after_a_minute(machine: MachineSpec) -> None:
    late = [
        name
        for name, state in _states(machine).items()
        if "aws-sdk" in state.get("Resource", "") and state.get("TimeoutSeconds") != 60
    ]
    assert late == []


def _uncaught(scope: dict[str, Any], is_caught: bool) -> Iterator[str]:
    for name, state in scope["States"].items():
        caught = is_caught or any("States.ALL" in rule["ErrorEquals"] for rule in state.get("Catch", ()))
        if state["Type"] == "Task" and not caught:
            yield name
        for inner in _inside(state):
            yield from _uncaught(inner, caught)


@every_machine
def test_every_task_has_a_catch_policy_of_its_own_or_of_the_state_around_it(machine: MachineSpec) -> None:
    assert list(_uncaught(machine.definition, is_caught=False)) == []


@every_machine
def test_every_failure_has_an_error_name_and_a_cause(machine: MachineSpec) -> None:
    fails = [state for state in _states(machine).values() if state["Type"] == "Fail"]
    assert all(state["Error"] and state["Cause"].startswith("{%") for state in fails)


@every_machine
def test_every_status_at_which_nothing_more_happens_has_a_branch(machine: MachineSpec) -> None:
    judges = {
        name: state for name, state in _states(machine).items() if name.startswith("Judge ") and "Choices" in state
    }
    for name, state in judges.items():
        conditions = " ".join(str(rule["Condition"]) for rule in state["Choices"])
        if ".Status" in conditions:
            assert [status for status in (*DONE, *FAILED) if f"'{status}'" not in conditions] == [], name


def _assigned(scope: dict[str, Any]) -> set[str]:
    holders = [
        holder
        for state in scope["States"].values()
        for holder in (state, *state.get("Choices", ()), *state.get("Catch", ()))
    ]
    return {name for holder in holders for name in holder.get("Assign", {})}


def _shadowed(scope: dict[str, Any], outer: set[str]) -> Iterator[str]:
    mine = _assigned(scope)
    yield from mine & outer
    for state in scope["States"].values():
        for inner in _inside(state):
            yield from _shadowed(inner, outer | mine)


@every_machine
def test_no_inner_scope_assigns_a_variable_of_an_outer_one(machine: MachineSpec) -> None:
    # Step Functions refuses it: developer guide, "Variable scope"
    assert list(_shadowed(machine.definition, set())) == []


@every_machine
def test_the_machine_is_generic_its_tokens_are_only_those_of_the_platform(machine: MachineSpec) -> None:
    platform = {"LedgerTableName", "EventBusName", "TopicArn", "ForgetFunctionArn"}
    machines = {f"{name}MachineArn" for name in ("Ensure", "ImportData", "Train", "Release", "Batch")}
    assert find_tokens(machine.definition) <= platform | machines


@every_machine
def test_the_definition_fits_into_step_functions_limit_of_one_megabyte(machine: MachineSpec) -> None:
    assert len(json.dumps(machine.definition).encode()) < 1_000_000


def test_no_lambda_function_polls() -> None:
    looping = {
        scope["States"][name].get("Resource", "")
        for machine in MACHINES
        for scope in _scopes(machine.definition)
        for loop in _loops(scope["States"])
        for name in loop
    }
    assert not {resource for resource in looping if "lambda" in resource}


def test_the_test_of_loops_finds_one_without_a_deadline() -> None:
    endless: dict[str, dict[str, Any]] = {
        "A": {"Type": "Wait", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [], "Default": "A"},
    }
    assert _loops(endless) == {frozenset({"A", "B"})}
