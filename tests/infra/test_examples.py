"""The examples of `examples/` that are CDK apps, as their reader runs them."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from tests.support.templates import only, resources_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pipeline's cloud assembly."""
    folder = tmp_path_factory.mktemp("cdk.out")
    example = runpy.run_path("examples/pipeline/app.py")
    app = App(outdir=str(folder), builtin_cloud_formation_validation=False)
    example["Pipeline"](app, "films-pipeline", settings=example["PLACEHOLDERS"], folder=folder)
    app.synth()
    return folder


def films(assembly: Path, environment: str) -> dict[str, Any]:
    (template,) = (assembly / f"assembly-films-pipeline-{environment}").glob("*.template.json")
    found: dict[str, Any] = json.loads(template.read_text())
    return found


def test_the_pipeline_asks_before_production(assembly: Path) -> None:
    template = json.loads((assembly / "films-pipeline.template.json").read_text())
    stages = {
        stage["Name"]: [action["ActionTypeId"]["Provider"] for action in stage["Actions"]]
        for stage in only(template, "AWS::CodePipeline::Pipeline")["Stages"]
    }
    assert list(stages) == ["Source", "Build", "UpdatePipeline", "Assets", "dev", "prod"]
    assert "Manual" not in stages["dev"]
    assert stages["prod"][0] == "Manual"


def test_the_pipeline_synthesises_itself_with_the_settings_that_it_was_deployed_with(assembly: Path) -> None:
    """And with the command line that this repository pins."""
    template = json.loads((assembly / "films-pipeline.template.json").read_text())
    projects = resources_of(template, "AWS::CodeBuild::Project").values()
    (build,) = [json.dumps(one["Source"]) for one in projects if "Synth" in str(one.get("Description", one))]
    pinned = json.loads(Path("package.json").read_text())["devDependencies"]["aws-cdk"]
    assert f"npx --yes aws-cdk@{pinned} synth" in build
    for setting in ("tools=111111111111", "dev=222222222222", "prod=333333333333", "repository=our-team/recommend"):
        assert f"-c {setting}" in build


def test_each_environment_goes_to_its_own_account(assembly: Path) -> None:
    targets = {}
    for environment in ("dev", "prod"):
        manifest = json.loads((assembly / f"assembly-films-pipeline-{environment}" / "manifest.json").read_text())
        stacks = [one for one in manifest["artifacts"].values() if one["type"] == "aws:cloudformation:stack"]
        targets[environment] = [stack["environment"] for stack in stacks]
    assert targets == {"dev": ["aws://222222222222/eu-west-1"], "prod": ["aws://333333333333/eu-west-1"]}


def test_environments_differ_in_what_the_project_file_says(assembly: Path) -> None:
    dev, prod = films(assembly, "dev"), films(assembly, "prod")
    states = {
        name: {schedule["State"] for schedule in resources_of(one, "AWS::Scheduler::Schedule").values()}
        for name, one in (("dev", dev), ("prod", prod))
    }
    assert states == {"dev": {"DISABLED", "ENABLED"}, "prod": {"ENABLED"}}
    assert len(resources_of(dev, "AWS::WAFv2::WebACL")) == 0
    assert len(resources_of(prod, "AWS::WAFv2::WebACL")) == 1
    assert {one.get("DeletionPolicy") for one in dev["Resources"].values() if one["Type"] == "AWS::S3::Bucket"} == {
        "Delete"
    }
    assert {one.get("DeletionPolicy") for one in prod["Resources"].values() if one["Type"] == "AWS::S3::Bucket"} == {
        "Retain"
    }
