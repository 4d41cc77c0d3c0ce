"""What CloudFormation makes of the templates, and `ensure` as it was deployed, started as the deployment starts it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tastemaker.aws import REGION
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.plan.tokens import resolve_tokens
from tests.support.example_templates import synthesise
from tests.support.moto_stacks import MotoStacks
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

STACKS = ("data", "workflow", "serving", "observability")
ENDPOINTS = """\
endpoints: {recommendations: {campaign: popular}, events: {eventTracker: clicks}, archive: {}}
eventTracker: {name: clicks}
"""


@dataclass
class Deployed:
    shop: Shop
    templates: dict[str, dict[str, Any]]
    stacks: MotoStacks
    statuses: dict[str, str]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("deployed")
    with deployed_shop(folder, SHOP + ENDPOINTS) as shop:
        plan = build_plan(load_project(folder / "tastemaker.yaml"), "live")  # names that nothing offline has
        templates = synthesise(plan, folder)
        stacks = MotoStacks(REGION)
        statuses = {name: stacks.deploy(name, templates[name]) for name in STACKS}
        yield Deployed(shop, templates, stacks, statuses)


def test_every_stack_is_created(deployed: Deployed) -> None:
    assert deployed.statuses == dict.fromkeys(STACKS, "CREATE_COMPLETE")


def test_only_what_moto_does_not_know_is_left_out(deployed: Deployed) -> None:
    assert deployed.stacks.left_out == {
        "data": {"AWS::S3::BucketPolicy"},
        "workflow": {
            "AWS::Logs::MetricFilter",
            "AWS::SNS::TopicPolicy",
            "AWS::SQS::QueuePolicy",
            "AWS::Scheduler::Schedule",
            "AWS::Scheduler::ScheduleGroup",
            "Custom::TastemakerEnsure",
            "Custom::TastemakerTeardown",
        },
        "serving": {
            "AWS::ApiGateway::Account",
            "AWS::ApiGateway::ApiKey",
            "AWS::ApiGateway::Deployment",
            "AWS::ApiGateway::Stage",
            "AWS::ApiGateway::UsagePlan",
            "AWS::ApiGateway::UsagePlanKey",
            "AWS::Lambda::Permission",  # names the stage
            "AWS::SQS::QueuePolicy",
        },
        "observability": {"AWS::CloudWatch::Alarm"},
    }


def test_ensure_as_deployed_brings_personalize_to_the_declared_state_and_then_rests(deployed: Deployed) -> None:
    shop, workflow = deployed.shop, deployed.templates["workflow"]
    register_deployed(deployed)
    started = json.loads(deployed.stacks.text("workflow", first(workflow, "Custom::TastemakerEnsure")["Create"]))
    job = json.loads(started["parameters"]["input"])
    before = len(shop.mutations())
    run(shop, job)
    groups = shop.call("ListDatasetGroups")["datasetGroups"]
    assert [group["name"] for group in groups] == ["shop-live"]
    assert len(shop.mutations()) > before
    done = len(shop.mutations())
    run(shop, job)
    assert len(shop.mutations()) == done


def register_deployed(deployed: Deployed) -> None:
    """The definitions that the service holds, with the substitutions that CloudFormation makes and moto does not."""
    client = boto3.client("stepfunctions", region_name=REGION)
    for resource in deployed.templates["workflow"]["Resources"].values():
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            name = resource["Properties"]["StateMachineName"]
            arn = f"arn:aws:states:{REGION}:123456789012:stateMachine:{name}"
            definition = json.loads(client.describe_state_machine(stateMachineArn=arn)["definition"])
            given = resource["Properties"].get("DefinitionSubstitutions", {})
            values = {token: deployed.stacks.text("workflow", value) for token, value in given.items()}
            deployed.shop.local.engine.register(name, resolve_tokens(definition, values))


def run(shop: Shop, job: dict[str, Any]) -> None:
    execution = shop.local.engine.start("shop-live-ensure", job)
    shop.local.engine.run(execution)
    assert (execution.status, execution.cause) == ("SUCCEEDED", None)


def first(template: dict[str, Any], resource_type: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one["Properties"] for one in template["Resources"].values() if one["Type"] == resource_type
    )
    return found
