"""State machines, the functions that only they call, their schedules, and what starts them on deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack

from tastemaker.constructs.workflow import Workflow

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

    from tastemaker.constructs.network import NetworkReferences
    from tastemaker.constructs.token_values import DataReferences
    from tastemaker.plan.specs import Plan


class WorkflowStack(Stack):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: Plan,
        data: DataReferences,
        code: lambda_.Code,
        network: NetworkReferences | None,
    ) -> None:
        super().__init__(scope, construct_id, description=f"Tastemaker {plan.prefix}: workflows")
        Workflow(self, "Default", plan=plan, data=data, code=code, network=network)
