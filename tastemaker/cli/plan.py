"""`tastemaker plan`: what will exist, and what each scheduled run does."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tastemaker.cli.experiment_screen import show_experiments
from tastemaker.cli.options import environment_option, json_option, project_option
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import out, show_plan
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan

if TYPE_CHECKING:
    from pathlib import Path


@click.command("plan")
@project_option
@environment_option
@json_option
def command(project_path: Path, environment: str, as_json: bool) -> None:
    """Show what will exist and what each scheduled run will do."""
    plan = build_plan(load_project(project_path), environment)
    if as_json:
        print_json({**asdict(plan), "deploy": plan.deploy.model_dump(mode="json", by_alias=True)})
    else:
        show_plan(out(), plan)
        show_experiments(out(), plan)
