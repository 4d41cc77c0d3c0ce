"""Templates of a plan, and of the MovieLens example without what differs from one machine to the next."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App

from stacks.application import add_stacks
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.plan.openapi import build_openapi

if TYPE_CHECKING:
    from tastemaker.plan.specs import Plan

PROJECT = Path("examples/movielens/tastemaker.yaml")


def synthesise_example(folder: Path) -> dict[str, dict[str, Any]]:
    return synthesise(build_plan(load_project(PROJECT)), folder)


def synthesise(plan: Plan, folder: Path) -> dict[str, dict[str, Any]]:
    """By the stack's short name its template; the code asset holds one empty file."""
    asset = folder / "asset"
    asset.mkdir()
    (asset / "__init__.py").write_text("")
    flags = json.loads(Path("cdk.json").read_text())["context"]
    app = App(outdir=str(folder / "cdk.out"), context=flags, builtin_cloud_formation_validation=False)
    application = add_stacks(app, plan, asset=asset, document=build_openapi(plan.project, plan.routes))
    app.synth()
    texts = {stack.stack_name: (folder / "cdk.out" / stack.template_file).read_text() for stack in application.stacks}
    return {name.rpartition("-")[2]: json.loads(text) for name, text in texts.items()}


def without_machine(template: dict[str, Any]) -> dict[str, Any]:
    """Assets' hashes and the Python version become words; definitions of state machines have golden files already."""
    text = re.sub(r"python3\.\d+", "python3.x", json.dumps(template))
    plain: dict[str, Any] = json.loads(re.sub(r"[0-9a-f]{64}\.zip", "asset.zip", text))
    for resource in plain["Resources"].values():
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            name = resource["Properties"]["StateMachineName"]
            resource["Properties"]["DefinitionString"] = f"tests/golden/machines: {name}"
        if "PlanFingerprint" in resource.get("Properties", {}):
            resource["Properties"]["PlanFingerprint"] = "follows from input and machines"
        for key in [key for key in resource.get("Metadata", {}) if key.startswith("aws:asset")]:
            del resource["Metadata"][key]
    return plain
