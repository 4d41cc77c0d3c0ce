"""Which stacks a plan becomes, and what holds for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_lambda as lambda_

from stacks.data_stack import DataStack
from stacks.network_stack import NetworkStack
from stacks.observability_stack import ObservabilityStack
from stacks.serving_stack import ServingStack
from stacks.workflow_stack import WorkflowStack
from tastemaker.constructs.observability import is_observed
from tastemaker.constructs.standards import apply_standards

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk import Stack
    from constructs import Construct

    from tastemaker.plan.specs import Plan


@dataclass(frozen=True)
class Application:
    """The deployable units, in the order in which they are deployed; what the plan does not ask for is absent."""

    data: DataStack
    network: NetworkStack | None
    workflow: WorkflowStack
    serving: ServingStack | None
    observability: ObservabilityStack | None

    @property
    def stacks(self) -> tuple[Stack, ...]:
        units = (self.data, self.network, self.workflow, self.serving, self.observability)
        return tuple(stack for stack in units if stack is not None)


def add_stacks(scope: Construct, plan: Plan, *, asset: Path, document: dict[str, Any]) -> Application:
    """Add the stacks of one project in one environment to an app or a stage.

    Args:
        scope: receives the stacks.
        plan: what to deploy.
        asset: directory with the code of every function, as `assets.stage_lambdas` lays it out.
        document: OpenAPI document of the plan's routes, tokens unresolved.
    """
    prefix = plan.prefix
    data = DataStack(scope, f"{prefix}-data", plan=plan)
    network = None
    if plan.deploy.network is not None:
        network = NetworkStack(scope, f"{prefix}-network", plan=plan, data=data.references)
    inside = None if network is None else network.references

    def shared() -> dict[str, Any]:
        """A code object belongs to one stack."""
        return {"plan": plan, "data": data.references, "network": inside, "code": lambda_.Code.from_asset(str(asset))}

    workflow = WorkflowStack(scope, f"{prefix}-workflow", **shared())
    serving = ServingStack(scope, f"{prefix}-serving", **shared(), document=document) if plan.routes else None
    application = Application(data, network, workflow, serving, _observe(scope, plan, data, workflow))
    for stack in application.stacks:
        apply_standards(stack, plan)
    return application


def _observe(scope: Construct, plan: Plan, data: DataStack, workflow: WorkflowStack) -> ObservabilityStack | None:
    """Alarms tell a topic that they know by its name only, hence the dependency."""
    if not is_observed(plan):
        return None
    observability = ObservabilityStack(scope, f"{plan.prefix}-observability", plan=plan, data=data.references)
    observability.add_stack_dependency(workflow)
    return observability
