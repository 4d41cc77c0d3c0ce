"""cdk-nag over every stack of every example: what is not acknowledged with a reason is not there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cdk_nag
import pytest
from aws_cdk import Validations
from aws_cdk import aws_lambda as lambda_

from stacks.acknowledgements import ACKNOWLEDGEMENTS, Finding, acknowledge, findings_of
from tastemaker.constructs.function import build_runtime
from tastemaker.constructs.rules import PersonalizeRules
from tests.support.example_apps import build_own_apps

if TYPE_CHECKING:
    from tests.support.example_apps import ExampleApp

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("example-apps")]

PACKS = (
    cdk_nag.AwsSolutionsChecks,
    cdk_nag.ServerlessChecks,
    cdk_nag.NIST80053R5Checks,
    cdk_nag.HIPAASecurityChecks,
    cdk_nag.PCIDSS321Checks,
)


@pytest.fixture(scope="module")
def findings(example_apps: dict[str, ExampleApp], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    """Name of an example to what the packs find in it."""
    apps = {name: example.app for name, example in example_apps.items()}
    apps |= build_own_apps(tmp_path_factory.mktemp("own"))
    return {
        name: [finding for pack in PACKS for finding in findings_of(pack(app).validate_scope(app).violations)]
        for name, app in apps.items()
    }


def is_newest_runtime() -> bool:
    pythons = [runtime.name for runtime in lambda_.Runtime.ALL if runtime.name.startswith("python3.")]
    return build_runtime().name == max(pythons, key=lambda name: int(name.partition(".")[2]))


def test_every_finding_is_acknowledged(findings: dict[str, list[Finding]]) -> None:
    left = {
        f"{name}: {finding.pack}-{finding.rule} at {finding.path}"
        for name, found in findings.items()
        for finding in found
        if not any(entry.covers(finding) for entry in ACKNOWLEDGEMENTS)
    }
    assert sorted(left) == []


def test_every_acknowledgement_acknowledges_something(findings: dict[str, list[Finding]]) -> None:
    found = [finding for each in findings.values() for finding in each]
    dead = [
        rule
        for entry in ACKNOWLEDGEMENTS
        for rule in entry.rules
        if not any(map(replace(entry, rules=(rule,)).covers, found))
    ]
    assert dead == (["L1", "LambdaLatestVersion"] if is_newest_runtime() else [])


def test_a_dozen_acknowledgements_are_the_most_and_each_gives_its_reason() -> None:
    assert len(ACKNOWLEDGEMENTS) <= 12
    assert [entry.rules for entry in ACKNOWLEDGEMENTS if len(entry.reason) < 60] == []


def test_every_function_is_called_synchronously(example_apps: dict[str, ExampleApp]) -> None:
    """Which is why none has a dead-letter queue."""
    resources = [
        (resource["Type"], json.dumps(resource.get("Properties", {})))
        for example in example_apps.values()
        for template in example.templates.values()
        for resource in template["Resources"].values()
    ]
    callers = {json.loads(text)["Principal"] for kind, text in resources if kind == "AWS::Lambda::Permission"}
    assert callers == {"apigateway.amazonaws.com"}
    senders = (
        "AWS::Events::Rule",
        "AWS::Scheduler::Schedule",
        "AWS::SNS::Subscription",
        "AWS::Lambda::EventInvokeConfig",
    )
    assert [text for kind, text in resources if kind in senders and ":lambda:" in text] == []


def test_the_report_of_the_synthesis_lists_each_acknowledgement_with_its_reason(
    example_apps: dict[str, ExampleApp], findings: dict[str, list[Finding]]
) -> None:
    example, found = example_apps["everything dev"], findings["everything dev"]
    acknowledge(example.app, found)
    Validations.of(example.app).add_plugins(PersonalizeRules(), *(pack(example.app) for pack in PACKS))
    report = json.loads((Path(example.app.synth(force=True).directory) / "validation-report.json").read_text())
    listed = {
        (violation["ruleName"], resource["constructPath"], violation["reason"])
        for plugin in report["pluginReports"]
        for violation in plugin["suppressedViolations"]
        for resource in violation["violatingConstructs"]
    }
    reasons = {
        (f"{finding.pack}-{finding.rule}", finding.path, entry.reason)
        for finding in found
        for entry in ACKNOWLEDGEMENTS
        if entry.covers(finding)
    }
    assert listed == reasons
