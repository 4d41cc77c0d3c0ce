"""The pack inside an app: our own stacks, and those of somebody who uses CloudFormation's resources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Acknowledgment, App, Stack, Validations
from aws_cdk import aws_personalize as personalize

from tastemaker.constructs.rules import PersonalizeRules, find_violations

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.example_apps import ExampleApp

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("example-apps")]

CAP = "11 requests a second are billed whether they come or not; the cap is 10"


def test_our_own_stacks_and_examples_have_no_finding(example_apps: dict[str, ExampleApp]) -> None:
    found = [
        f"{name}: {rule.id} at {violation.resource.logical_id} {violation.location}: {violation.message}"
        for name, example in example_apps.items()
        for rule, violation in find_violations(example.templates)
    ]
    assert found == []


def make_campaign(folder: Path, *, tps: int) -> tuple[App, personalize.CfnCampaign]:
    app = App(outdir=str(folder), builtin_cloud_formation_validation=False)
    stack = Stack(app, "shop")
    solution = personalize.CfnSolution(stack, "ForYou", name="for-you", dataset_group_arn="group")
    campaign = personalize.CfnCampaign(
        stack, "Campaign", name="home", min_provisioned_tps=tps, solution_version_arn=f"{solution.ref}/$LATEST"
    )
    Validations.of(app).add_plugins(PersonalizeRules())
    return app, campaign


def read_report(folder: Path) -> dict[str, Any]:
    """What the pack reported."""
    text = (folder / "validation-report.json").read_text("utf-8")
    (report,) = [each for each in json.loads(text)["pluginReports"] if each["pluginName"] == "Personalize"]
    return dict(report)


def test_an_error_ends_the_synthesis_and_names_construct_cause_and_remedy(tmp_path: Path) -> None:
    app, _ = make_campaign(tmp_path, tps=11)
    with pytest.raises(RuntimeError, match=r"Acknowledge with .Personalize::provisioned-throughput"):
        app.synth()
    (found,) = [each for each in read_report(tmp_path)["violations"] if each["ruleName"] == "provisioned-throughput"]
    assert (found["description"], found["severity"]) == (CAP, "error")
    assert found["suggestedFix"].startswith("Lower it")
    assert found["violatingConstructs"][0]["constructPath"] == "shop/Campaign"


def test_what_is_acknowledged_stays_in_the_report_with_its_reason(tmp_path: Path) -> None:
    app, campaign = make_campaign(tmp_path, tps=11)
    Validations.of(campaign).acknowledge(
        Acknowledgment(id="Personalize::provisioned-throughput", reason="A television show names our shop.")
    )
    Validations.of(app).acknowledge(Acknowledgment(id="Personalize::automatic-training", reason="Weekly suits us."))
    app.synth()
    report = read_report(tmp_path)
    assert {found["severity"] for found in report["violations"]} == {"warning"}
    assert {(found["ruleName"], found["reason"]) for found in report["suppressedViolations"]} == {
        ("provisioned-throughput", "A television show names our shop."),
        ("automatic-training", "Weekly suits us."),
    }
