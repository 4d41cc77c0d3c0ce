"""The VPC that functions run in, where the project wants one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack

from tastemaker.constructs.network import Network

if TYPE_CHECKING:
    from constructs import Construct

    from tastemaker.constructs.token_values import DataReferences
    from tastemaker.plan.specs import Plan


class NetworkStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, *, plan: Plan, data: DataReferences) -> None:
        super().__init__(scope, construct_id, description=f"Tastemaker {plan.prefix}: network")
        self.references = Network(self, "Default", plan=plan, data=data).references
