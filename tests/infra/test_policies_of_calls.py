"""What the state machines call when they are played offline, against the rights that their roles have on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.plan.tokens import resolve_tokens
from tests.support.call_rights import allows, rights_of
from tests.support.journeys import record_calls
from tests.support.policies import Grant, grants_of, plain_templates, policies_of
from tests.support.policy_uses import LOG_DELIVERY, SAMPLING, SENDING_TRACES, Uses

if TYPE_CHECKING:
    from tests.support.example_apps import ExampleApp

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("example-apps")]

SENT_BY_STEP_FUNCTIONS = {*LOG_DELIVERY, *SENDING_TRACES, *SAMPLING}
"""Logs and traces of executions: no state calls them."""


class Roles:
    """Rights of every machine's role, and what its calls need."""

    def __init__(self, example: ExampleApp, calls: dict[str, set[tuple[str, str]]]) -> None:
        self.calls = calls
        self.grants: dict[str, set[Grant]] = {}
        templates = plain_templates(example.templates)
        identity = [policy for policy in policies_of(templates) if policy.kind == "identity"]
        for template in templates.values():
            for resource in template["Resources"].values():
                if resource["Type"] == "AWS::StepFunctions::StateMachine":
                    machine = resource["Properties"]
                    role = machine["RoleArn"].rpartition("/")[2]
                    name = machine["StateMachineName"].removeprefix(f"{example.plan.prefix}-")
                    statements = [part for policy in identity if policy.holder == role for part in policy.statements]
                    self.grants[name] = grants_of(statements)


@pytest.fixture(scope="module")
def roles(example_apps: dict[str, ExampleApp], tmp_path_factory: pytest.TempPathFactory) -> Roles:
    example = example_apps["everything dev"]
    values = Uses(plain_templates(example.templates), example.plan).values
    recorded = record_calls(tmp_path_factory.mktemp("journeys"))
    needed = {
        machine: {
            right
            for call in calls
            for right in rights_of(call, resolve_tokens(call.parameters, values), values["DataKeyArn"])
        }
        for machine, calls in recorded.items()
    }
    return Roles(example, needed)


def test_no_recorded_call_lacks_a_right(roles: Roles) -> None:
    assert sum(len(rights) for rights in roles.calls.values()) > 200
    missing = {
        machine: sorted(right for right in rights if not allows(roles.grants[machine], right))
        for machine, rights in roles.calls.items()
    }
    assert missing == {machine: [] for machine in roles.calls}


def test_no_right_is_without_a_recorded_call(roles: Roles) -> None:
    assert sorted(roles.grants) == sorted(roles.calls)
    unused = {
        machine: sorted({grant.action for grant in grants} - {action for action, _ in roles.calls[machine]})
        for machine, grants in roles.grants.items()
    }
    assert {name: set(found) - SENT_BY_STEP_FUNCTIONS for name, found in unused.items()} == {
        name: set() for name in roles.grants
    }


def test_a_right_that_a_role_loses_is_missed(roles: Roles) -> None:
    """One action after the other, in every role."""
    lost = [
        (machine, action)
        for machine, grants in roles.grants.items()
        for action in {grant.action for grant in grants} - SENT_BY_STEP_FUNCTIONS
        if all(allows([g for g in grants if g.action != action], right) for right in roles.calls[machine])
    ]
    assert lost == []
