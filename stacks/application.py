"""Which stacks a plan becomes, and how they are tagged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import App, Stack, Tags
from aws_cdk import aws_lambda as lambda_

from stacks.data_stack import DataStack
from stacks.serving_stack import ServingStack
from stacks.workflow_stack import WorkflowStack

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.plan.specs import Plan


@dataclass(frozen=True)
class Application:
    """The deployable units, in the order in which they are deployed; serving is absent when nothing is routed."""

    data: DataStack
    workflow: WorkflowStack
    serving: ServingStack | None

    @property
    def stacks(self) -> tuple[Stack, ...]:
        return (self.data, self.workflow) if self.serving is None else (self.data, self.workflow, self.serving)


def add_stacks(app: App, plan: Plan, *, asset: Path, document: dict[str, Any]) -> Application:
    """Add the stacks of one project in one environment to the app.

    Args:
        app: receives the stacks.
        plan: what to deploy.
        asset: directory with the code of every function, as `assets.stage_lambdas` lays it out.
        document: OpenAPI document of the plan's routes, tokens unresolved.
    """
    prefix, code = plan.prefix, lambda_.Code.from_asset(str(asset))
    data = DataStack(app, f"{prefix}-data", prefix=prefix, publishes_metrics=plan.publishes_metrics)
    workflow = WorkflowStack(app, f"{prefix}-workflow", plan=plan, data=data.references, code=code)
    serving = None
    if plan.routes:
        serving = ServingStack(
            app,
            f"{prefix}-serving",
            plan=plan,
            data=data.references,
            code=lambda_.Code.from_asset(str(asset)),  # a code object belongs to one stack
            document=document,
        )
    application = Application(data, workflow, serving)
    for stack in application.stacks:
        for key, value in {
            "project": plan.project,
            "environment": plan.environment,
            "managed-by": "tastemaker",
        }.items():
            Tags.of(stack).add(key, value)
    return application
