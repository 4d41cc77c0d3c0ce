"""What every state machine must keep, checked on the dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.plan.build import build_machines
from tastemaker.plan.tokens import find_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.plan.specs import MachineSpec

MACHINES = build_machines()


def _scopes(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield definition
    for state in definition["States"].values():
        if state["Type"] == "Map":
            yield from _scopes(state["ItemProcessor"])


def _states(machine: MachineSpec) -> dict[str, dict[str, Any]]:
    return {name: state for scope in _scopes(machine.definition) for name, state in scope["States"].items()}


def _successors(state: dict[str, Any]) -> set[str]:
    names = {state[field] for field in ("Next", "Default") if field in state}
    names |= {rule["Next"] for field in ("Choices", "Catch") for rule in state.get(field, ())}
    return names


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_state_names_are_unique_in_the_whole_machine(machine: MachineSpec) -> None:
    names = [name for scope in _scopes(machine.definition) for name in scope["States"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_can_be_reached_and_every_target_exists(machine: MachineSpec) -> None:
    for scope in _scopes(machine.definition):
        reached, waiting = set(), [scope["StartAt"]]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += _successors(scope["States"][name])
        assert reached == set(scope["States"])


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_wait_stands_in_a_loop_with_a_deadline(machine: MachineSpec) -> None:
    for scope in _scopes(machine.definition):
        states = scope["States"]
        for name, state in states.items():
            if state["Type"] != "Wait":
                continue
            assert "waitedSeconds" in state["Assign"], name
            judge = states[states[state["Next"]]["Next"]]
            conditions = [rule["Condition"] for rule in judge["Choices"]]
            assert any("$waitedSeconds >=" in condition for condition in conditions), name


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_call_of_aws_has_a_retry_policy_and_a_time_out(machine: MachineSpec) -> None:
    for name, state in _states(machine).items():
        if state["Type"] == "Task" and "aws-sdk" in state["Resource"]:
            assert state["Retry"], name
            assert state["TimeoutSeconds"] == 60, name


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_the_machine_is_generic_its_tokens_are_only_those_of_the_platform(machine: MachineSpec) -> None:
    platform = {"LedgerTableName", "ImportDataMachineArn", "TrainMachineArn", "ReleaseMachineArn"}
    assert find_tokens(machine.definition) <= platform


def test_no_lambda_function_polls() -> None:
    resources = {
        state["Resource"] for machine in MACHINES for state in _states(machine).values() if "Resource" in state
    }
    assert not {resource for resource in resources if "lambda" in resource}
