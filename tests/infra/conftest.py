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
from tests.support.plans import make_document, make_plan

if TYPE_CHECKING:
    from tests.support.templates import Templates


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Application:
    asset = tmp_path_factory.mktemp("asset")
    (asset / "lambdas").mkdir()
    (asset / "lambdas" / "__init__.py").write_text("")
    flags = json.loads(Path("cdk.json").read_text())["context"]
    outdir = str(tmp_path_factory.mktemp("cdk.out"))
    plan = make_plan()
    app = App(outdir=outdir, context=flags, builtin_cloud_formation_validation=False)
    return add_stacks(app, plan, asset=asset, document=make_document(plan))


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
