"""`adopt`: what is exported is what is there, so `ensure` finds nothing to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tastemaker.local import Local
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tests.support.adoption import adopt, find_mutations, find_planned, write_rows
from tests.support.by_hand import make_by_pipeline
from tests.support.command_line import run_command
from tests.support.workflows import SHOP, START, deployed_shop

pytestmark = pytest.mark.slow

TEXT = SHOP + "tags: {team: shop}\neventTracker: {name: events}\n"


def test_what_tastemaker_made_comes_back_as_it_was_declared(tmp_path: Path) -> None:
    with deployed_shop(tmp_path, TEXT) as shop:
        shop.deploy()
        _, plan, _ = adopt(shop.local, "shop-dev", tmp_path / "adopted.yaml")
        assert plan.resources == shop.local.plan.resources
        assert find_planned(plan) == []
        assert find_mutations(shop.local, plan) == []


@pytest.mark.parametrize(("example", "environment"), [("movielens", "dev"), ("pipeline", "prod"), ("retail", "dev")])
def test_an_example_that_is_adopted_needs_no_change(tmp_path: Path, example: str, environment: str) -> None:
    """Deployed and maintained once, on few rows of the example's schemas."""
    project = load_project(Path("examples") / example)
    declared = build_plan(project, environment)
    with Local(declared, start_time=START) as local:
        for upload, dataset in zip(declared.uploads, project.datasets.declared(), strict=True):
            (tmp_path / "rows.csv").write_text(write_rows(dataset), encoding="utf-8")
            local.put_dataset(upload.key, tmp_path / "rows.csv")
        local.deploy()
        _, plan, _ = adopt(local, declared.prefix, tmp_path / "tastemaker.yaml")
        assert plan.resources == {**declared.resources, "Teardown": False}  # consent cannot be seen
        assert find_planned(plan) == []
        assert find_mutations(local, plan) == []


def test_a_file_finds_what_its_tool_made(tmp_path: Path) -> None:
    """The calls that the CDK sample makes for its input, but for trainings; then the input is adopted."""
    sample = Path("tests/support/foreign_configurations/cdk_pipeline.json")
    assert run_command("adopt", sample, "--out", tmp_path / "p").code == 3
    plan = build_plan(load_project(tmp_path / "p"))
    with Local(plan, start_time=START) as local:
        make_by_pipeline(local, json.loads(sample.read_text(encoding="utf-8")))
        assert find_planned(plan) == ["undeclared dataset ACTIONS"]
        assert find_mutations(local, plan) == []
