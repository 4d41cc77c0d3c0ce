"""Every example, and a project that uses everything, as stacks in an App of their own."""

from __future__ import annotations

import json
import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App
from aws_cdk.assertions import Template

from stacks.application import Application, add_stacks
from tastemaker.constructs import load_deployment
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
    sql: items.sql
sources: {articles: articles.csv}
prepare:
  athena:
    bucket: acme-raw
    tables: {articles: {prefix: articles/, format: csv, columns: {id: string, kind: string}}}
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
schedules: {full: cron(0 3 ? * SUN *), incremental: rate(1 day), onArrival: true}
notifications: {email: [shop@example.com]}
endpoints:
  recommendations: {campaign: for-you, filter: unseen}
  related: {campaign: similar}
  popular: {campaign: popular}
  events: {eventTracker: shop-events}
  archive: {keepDays: 400}
experiments:
  home: {route: recommendations, variants: {a: {campaign: for-you}, b: {items: [i1]}}}
tags: {team: shop}
deploy:
  permissionsBoundary: team-boundary
  api:
    firewall: {}
    domain:
      name: api.example.com
      certificateArn: arn:aws:acm:eu-west-1:123456789012:certificate/0a1b
      hostedZoneId: Z0123456789
    provisionedConcurrency: 1
    gradual: true
  network: {}
budget: 250
"""

INSIDE = """\
project: inside
datasets:
  interactions:
    schema: {USER_ID: string, ITEM_ID: string, TIMESTAMP: long}
    path: interactions.csv
solutions: {popular: {recipe: aws-popularity-count}}
campaigns: {popular: {solution: popular}}
endpoints: {popular: {campaign: popular}}
deploy:
  api:
    private: true
    domain:
      name: api.example.com
      certificateArn: arn:aws:acm:eu-west-1:123456789012:certificate/0a1b
      hostedZoneId: Z0123456789
  network: {zones: 3}
  monitoring: {alarms: false, dashboard: false}
"""
"""Reachable from its own network only."""


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
    """Each environment of each folder of `examples/` with a project file, `everything`, and a private API."""
    files = {path.parent.name: path for path in sorted(Path("examples").glob("*/tastemaker.yaml"))}
    for name, text in {"everything": EVERYTHING, "inside": INSIDE}.items():
        (folder / name).mkdir()
        files[name] = write_project(folder / name, text)
    (folder / "everything" / "items.sql").write_text("SELECT id AS ITEM_ID, kind AS GENRE FROM articles")
    projects = {name: load_project(file) for name, file in files.items()}
    return {
        f"{name} {environment}": _synthesise(project, environment, folder / f"{name}-{environment}")
        for name, project in projects.items()
        for environment in (project.environments or ("dev",))
    }


def build_own_apps(folder: Path) -> dict[str, App]:
    """The examples that are apps of somebody else's."""
    library, pipeline = (runpy.run_path(f"examples/{name}/app.py") for name in ("as-a-library", "pipeline"))
    apps = {
        name: App(outdir=str(folder / name), builtin_cloud_formation_validation=False)
        for name in ("as-a-library", "pipeline")
    }
    deployment = load_deployment(library["PROJECT"], "dev", folder / "as-a-library")
    library["Recommendations"](apps["as-a-library"], "our-recommendations", deployment=deployment)
    settings = pipeline["PLACEHOLDERS"]
    pipeline["Pipeline"](apps["pipeline"], "films-pipeline", settings=settings, folder=folder / "pipeline")
    for app in apps.values():
        app.synth()
    return apps


def _synthesise(project: Project, environment: str, folder: Path) -> ExampleApp:
    """With the functions' code left out: nothing here reads it."""
    asset = folder / "asset" / "lambdas"
    asset.mkdir(parents=True)
    (asset / "__init__.py").write_text("")
    flags = json.loads(Path("cdk.json").read_text())["context"]
    app = App(outdir=str(folder / "cdk.out"), context=flags, builtin_cloud_formation_validation=False)
    plan = build_plan(project, environment)
    document = build_openapi(plan.project, plan.routes, user_pool_arn=plan.user_pool_arn)
    application = add_stacks(app, plan, asset=asset.parent, document=document)
    templates = {stack.stack_name: Template.from_stack(stack).to_json() for stack in application.stacks}
    return ExampleApp(app, application, plan, templates)
