"""Every example, and a project that uses everything, as stacks in an App of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App
from aws_cdk.assertions import Template

from stacks.application import Application, add_stacks
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.plan.openapi import build_openapi
from tests.support.project_files import write_project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.model.project import Project
    from tastemaker.plan.specs import Plan

EVERYTHING = """\
project: shop
datasetGroup: {customerManagedKey: true}
datasets:
  interactions:
    schema: {USER_ID: string, ITEM_ID: string, TIMESTAMP: long, EVENT_TYPE: string}
    path: interactions.csv
  items:
    schema: {ITEM_ID: string, GENRE: {type: string, categorical: true}}
    path: items.csv
eventTracker: {name: shop-events}
filters:
  unseen: EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")
metricAttribution: {name: sales, metrics: {sold: {eventType: buy, expression: SAMPLECOUNT()}}}
solutions:
  for-you: {recipe: aws-user-personalization-v2}
  similar: {recipe: aws-similar-items}
  popular: {recipe: aws-popularity-count}
campaigns:
  for-you: {solution: for-you, scaling: {maximum: 4, traffic: {}}}
  similar: {solution: similar}
  popular: {solution: popular}
batch:
  mail: {solution: popular, input: batch-input/mail.json, schedule: rate(7 days)}
schedules: {full: cron(0 3 ? * SUN *), incremental: rate(1 day)}
notifications: {email: [shop@example.com]}
endpoints:
  recommendations: {campaign: for-you, filter: unseen}
  related: {campaign: similar}
  popular: {campaign: popular}
  events: {eventTracker: shop-events}
experiments:
  home: {route: recommendations, variants: {a: {campaign: for-you}, b: {items: [i1]}}}
tags: {team: shop}
"""


@dataclass(frozen=True)
class ExampleApp:
    """One synthesised project.

    Attributes:
        templates: name of a stack to its template.
    """

    app: App
    application: Application
    plan: Plan
    templates: Mapping[str, Mapping[str, Any]]


def build_example_apps(folder: Path) -> dict[str, ExampleApp]:
    """Name to app: each folder of `examples/` with a project file, and `everything`."""
    files = {path.parent.name: path for path in sorted(Path("examples").glob("*/tastemaker.yaml"))}
    files["everything"] = write_project(folder, EVERYTHING)
    return {name: _synthesise(load_project(file), folder / name) for name, file in files.items()}


def _synthesise(project: Project, folder: Path) -> ExampleApp:
    """With the functions' code left out: nothing here reads it."""
    asset = folder / "asset" / "lambdas"
    asset.mkdir(parents=True)
    (asset / "__init__.py").write_text("")
    flags = json.loads(Path("cdk.json").read_text())["context"]
    app = App(outdir=str(folder / "cdk.out"), context=flags, builtin_cloud_formation_validation=False)
    plan = build_plan(project)
    document = build_openapi(plan.project, plan.routes, user_pool_arn=plan.user_pool_arn)
    application = add_stacks(app, plan, asset=asset.parent, document=document)
    templates = {stack.stack_name: Template.from_stack(stack).to_json() for stack in application.stacks}
    return ExampleApp(app, application, plan, templates)
