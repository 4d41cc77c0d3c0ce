"""What is deployed is what the runner executes: one dictionary, two readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from stacks.application import add_stacks
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.plan.openapi import build_openapi
from tastemaker.plan.tokens import find_tokens, resolve_tokens
from tests.support.templates import PSEUDO, only, resources_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.plan.specs import Plan

pytestmark = pytest.mark.xdist_group("templates of the example")  # synthesised once

PROJECT = Path("examples/movielens/tastemaker.yaml")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return build_plan(load_project(PROJECT))


@pytest.fixture(scope="module")
def workflow(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    asset = tmp_path_factory.mktemp("asset")
    (asset / "__init__.py").write_text("")
    flags = json.loads(Path("cdk.json").read_text())["context"]
    outdir = str(tmp_path_factory.mktemp("cdk.out"))
    app = App(outdir=outdir, context=flags, builtin_cloud_formation_validation=False)
    application = add_stacks(app, plan, asset=asset, document=build_openapi(plan.project, plan.routes))
    return Template.from_stack(application.workflow).to_json()


@pytest.fixture(scope="module")
def machines(workflow: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = resources_of(workflow, "AWS::StepFunctions::StateMachine").values()
    return {machine["StateMachineName"]: machine for machine in found}


def test_every_machine_of_the_plan_is_deployed_and_no_other(plan: Plan, machines: dict[str, Any]) -> None:
    assert sorted(machines) == sorted(f"{plan.project}-{plan.environment}-{machine.name}" for machine in plan.machines)


def test_the_definition_in_the_template_is_the_definition_in_the_plan(plan: Plan, machines: dict[str, Any]) -> None:
    for machine in plan.machines:
        deployed = machines[f"{plan.project}-{plan.environment}-{machine.name}"]
        assert json.loads(deployed["DefinitionString"]) == machine.definition


def test_every_token_of_a_definition_is_substituted_and_no_other(plan: Plan, machines: dict[str, Any]) -> None:
    for machine in plan.machines:
        deployed = machines[f"{plan.project}-{plan.environment}-{machine.name}"]
        assert set(deployed.get("DefinitionSubstitutions", {})) == find_tokens(machine.definition)


def test_the_deployment_sends_ensure_the_plans_resources(plan: Plan, workflow: Mapping[str, Any]) -> None:
    call = json.loads(only(workflow, "Custom::TastemakerEnsure")["Create"])
    sent = json.loads(call["parameters"]["input"])
    values = {
        "Partition": PSEUDO["AWS::Partition"],
        "Region": PSEUDO["AWS::Region"],
        "AccountId": PSEUDO["AWS::AccountId"],
    }
    references = {name: output_of(workflow, name) for name in find_tokens(plan.resources) - set(values)}
    assert sent == resolve_tokens(plan.resources, values | references)


def output_of(workflow: Mapping[str, Any], token: str) -> str:
    """How a value of the data stack reads in the template, taken from a machine that uses the same token."""
    for machine in resources_of(workflow, "AWS::StepFunctions::StateMachine").values():
        found = machine.get("DefinitionSubstitutions", {}).get(token)
        if found is not None:
            return str(found)
    raise AssertionError(f"no machine uses {token}")


def test_each_schedule_sends_its_machine_the_plans_input(plan: Plan, workflow: Mapping[str, Any]) -> None:
    deployed = {found["Name"]: found for found in resources_of(workflow, "AWS::Scheduler::Schedule").values()}
    schedules = plan.schedules
    assert sorted(deployed) == sorted(schedule.name for schedule in schedules)
    for schedule in schedules:
        target = deployed[schedule.name]["Target"]
        assert target["Arn"].endswith(f":stateMachine:{plan.project}-{plan.environment}-{schedule.machine}")
        assert sorted(json.loads(target["Input"])) == sorted(schedule.input)
