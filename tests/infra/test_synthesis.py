"""A broken rule ends an app with its findings, whoever runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnOutput, Stack, Validations
from aws_cdk import aws_personalize as personalize

from tastemaker.constructs.rules import PersonalizeRules
from tastemaker.constructs.synthesis import REPORT_FILE, REPORTED_BY_APP, synthesise
from tastemaker.errors import TastemakerError

if TYPE_CHECKING:
    from pathlib import Path


def make_app(folder: Path, recipe: str, **context: Any) -> App:
    app = App(outdir=str(folder), context=context, builtin_cloud_formation_validation=False)
    Validations.of(app).add_plugins(PersonalizeRules())
    group = "arn:aws:personalize:us-east-1:123456789012:dataset-group/shop"
    arn = f"arn:aws:personalize:::recipe/{recipe}"
    personalize.CfnCampaign(Stack(app, "stack"), "Home", name="home", solution_version_arn=group, min_provisioned_tps=1)
    personalize.CfnSolution(Stack(app, "models"), "Feed", name="feed", dataset_group_arn=group, recipe_arn=arn)
    return app


@pytest.mark.parametrize("mode", ["process", "inmemory"])
def test_a_broken_rule_ends_in_an_error_of_ours_under_the_command_line_and_without_it(
    mode: str, tmp_path: Path
) -> None:
    app = make_app(tmp_path, "aws-nope", **{"@aws-cdk/core:appMode": mode})
    with pytest.raises(TastemakerError, match=r"validation-report\.json"):
        synthesise(app)
    assert "there is no recipe aws-nope" in (tmp_path / REPORT_FILE).read_text("utf-8")


def test_findings_that_the_command_line_reports_itself_are_left_to_it(tmp_path: Path) -> None:
    synthesise(make_app(tmp_path, "aws-nope", **{REPORTED_BY_APP: False}))
    assert '"failure"' in (tmp_path / REPORT_FILE).read_text("utf-8")


def test_other_failures_of_the_cdk_stay_what_they_are(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    first, second = Stack(app, "first"), Stack(app, "second")
    schemas = [personalize.CfnSchema(stack, "Schema", name="s", schema="{}") for stack in (first, second)]
    for stack, schema in zip((second, first), schemas, strict=True):
        CfnOutput(stack, "Arn", value=schema.attr_schema_arn)
    with pytest.raises(RuntimeError, match="cyclic"):
        synthesise(app)
