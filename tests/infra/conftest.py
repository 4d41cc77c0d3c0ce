"""One App for the whole session: starting jsii and importing the CDK costs more than every assertion together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from stacks.application import Application, add_stacks
from tests.support.example_apps import ExampleApp, build_example_apps
from tests.support.plans import make_document, make_full_plan, make_plan, make_private_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.templates import Templates


@pytest.fixture(scope="session")
def applications(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Application]:
    """By environment: a project with default settings, the same with every option, and one with a private API."""
    asset = tmp_path_factory.mktemp("asset")
    (asset / "lambdas").mkdir()
    (asset / "lambdas" / "__init__.py").write_text("")
    flags = json.loads(Path("cdk.json").read_text())["context"]
    outdir = str(tmp_path_factory.mktemp("cdk.out"))
    app = App(outdir=outdir, context=flags, builtin_cloud_formation_validation=False)
    return {
        plan.environment: add_stacks(app, plan, asset=asset, document=make_document(plan))
        for plan in (make_plan(), make_full_plan(), make_private_plan())
    }


@pytest.fixture(scope="session")
def application(applications: dict[str, Application]) -> Application:
    return applications["dev"]


@pytest.fixture(scope="session")
def full(applications: dict[str, Application]) -> Mapping[str, Template]:
    """Templates of the project with every option, by the last part of the stack's name."""
    return templates_of(applications["prod"])


@pytest.fixture(scope="session")
def private(applications: dict[str, Application]) -> Mapping[str, Template]:
    """Templates of the project with a private API."""
    return templates_of(applications["inner"])


def templates_of(application: Application) -> Mapping[str, Template]:
    return {stack.stack_name.rpartition("-")[2]: Template.from_stack(stack) for stack in application.stacks}


@pytest.fixture(scope="session")
def data(application: Application) -> Template:
    return Template.from_stack(application.data)


@pytest.fixture(scope="session")
def workflow(application: Application) -> Template:
    return Template.from_stack(application.workflow)


@pytest.fixture(scope="session")
def serving(application: Application) -> Template:
    assert application.serving is not None
    return Template.from_stack(application.serving)


@pytest.fixture(scope="session")
def templates(data: Template, workflow: Template, serving: Template) -> Templates:
    return {"data": data.to_json(), "workflow": workflow.to_json(), "serving": serving.to_json()}


@pytest.fixture(scope="session")
def example_apps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ExampleApp]:
    """Tests that ask for it belong to the group `example-apps`."""
    return build_example_apps(tmp_path_factory.mktemp("examples"))
