"""Which stacks a plan becomes, and what holds for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_

from tastemaker.constructs.data import Data
from tastemaker.constructs.network import Network
from tastemaker.constructs.observability import Observability, is_observed
from tastemaker.constructs.serving import Serving
from tastemaker.constructs.standards import apply_standards
from tastemaker.constructs.workflow import Workflow

if TYPE_CHECKING:
    from pathlib import Path

    from constructs import Construct

    from tastemaker.plan.specs import Plan


@dataclass(frozen=True)
class Application:
    """The deployable units, in the order in which they are deployed; what the plan does not ask for is absent.

    Attributes:
        data: buckets, key, the role of Amazon Personalize and the ledger: everything that outlives a redeployment.
        network: the VPC that functions run in.
        workflow: state machines, the functions that only they call, their schedules, and what starts them on deploy.
        serving: the functions that answer requests and the REST API in front of them.
        observability: dashboard, alarms, budget.
    """

    data: Stack
    network: Stack | None
    workflow: Stack
    serving: Stack | None
    observability: Stack | None

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

    def unit(name: str, holds: str) -> Stack:
        return Stack(scope, f"{plan.prefix}-{name}", description=f"Tastemaker {plan.prefix}: {holds}")

    data = unit("data", "data, key, ledger")
    references = Data(data, "Default", plan=plan).references
    network = inside = None
    if plan.deploy.network is not None:
        network = unit("network", "network")
        inside = Network(network, "Default", plan=plan, data=references).references

    def shared() -> dict[str, Any]:
        """A code object belongs to one stack."""
        return {"plan": plan, "data": references, "network": inside, "code": lambda_.Code.from_asset(str(asset))}

    workflow = unit("workflow", "workflows")
    Workflow(workflow, "Default", **shared())
    serving = unit("serving", "REST API") if plan.routes else None
    if serving is not None:
        Serving(serving, "Default", **shared(), document=document)
    observability = unit("observability", "dashboard and alarms") if is_observed(plan) else None
    if observability is not None:
        Observability(observability, "Default", plan=plan, data=references)
        observability.add_stack_dependency(workflow)  # alarms tell a topic that they know by its name only
    application = Application(data, network, workflow, serving, observability)
    for stack in application.stacks:
        apply_standards(stack, plan)
    return application
