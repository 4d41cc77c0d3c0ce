"""cfn-lint on the templates, and on each state machine with its tokens resolved; the CDK's own validation."""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from aws_cdk import App, CfnResource, Stack

from tests.support.linting import EVERYWHERE, errors_of, machine_template, resolved_definitions

if TYPE_CHECKING:
    from tests.support.example_apps import ExampleApp
    from tests.support.templates import Templates

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("stack", ["data", "workflow", "serving"])
def test_cfn_lint_finds_no_error_in_a_template(stack: str, templates: Templates) -> None:
    assert errors_of(templates[stack]) == []


@pytest.mark.parametrize("name", ["shop-dev-ensure", "shop-dev-import-data", "shop-dev-teardown"])
def test_cfn_lint_finds_no_error_in_a_resolved_state_machine(name: str, templates: Templates) -> None:
    definition = resolved_definitions(templates["workflow"])[name]
    assert errors_of(machine_template(definition)) == []


def test_cfn_lint_would_find_a_task_that_calls_nothing() -> None:
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task", "End": True}}}
    assert errors_of(machine_template(definition)) == ["E3601 'Resource' is a required property"]


@pytest.mark.xdist_group("example-apps")
@pytest.mark.parametrize(("example", "stacks"), [("everything dev", "*"), ("inside dev", "inside-dev-[ns]*")])
def test_cfn_lint_finds_no_error_in_a_project_that_uses_everything_and_in_a_private_api(
    example: str, stacks: str, example_apps: dict[str, ExampleApp]
) -> None:
    found = example_apps[example].templates
    templates = {stack: found[stack] for stack in fnmatch.filter(found, stacks)}
    assert {stack: errors_of(template) for stack, template in templates.items()} == {stack: [] for stack in templates}


def test_cfn_lint_would_find_what_one_region_alone_lacks() -> None:
    """The newer types of Amazon Personalize are not in China."""
    campaign = {"Name": "c", "SolutionVersionArn": "arn:aws:personalize:eu-west-1:123456789012:solution/s/$LATEST"}
    errors = errors_of({"Resources": {"C": {"Type": "AWS::Personalize::Campaign", "Properties": campaign}}})
    assert errors == ["E3006 Resource type 'AWS::Personalize::Campaign' does not exist in 'cn-north-1'"]


def test_the_regions_are_those_of_the_sdk() -> None:
    session = boto3.Session()
    known = [*session.get_available_regions("personalize"), *session.get_available_regions("personalize", "aws-cn")]
    assert sorted(EVERYWHERE) == sorted(known)


def test_with_our_flags_the_validation_of_the_cdk_ends_a_synthesis(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), context=json.loads(Path("cdk.json").read_text("utf-8"))["context"])
    CfnResource(Stack(app, "wrong"), "Bucket", type="AWS::S3::Bucket", properties={"BucketNam": "x"})
    with pytest.raises(RuntimeError, match="Acknowledge with 'CloudFormation-Validate::F3002'"):
        app.synth()
