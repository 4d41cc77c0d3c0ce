"""Dashboard, alarms, budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack

from tastemaker.constructs.observability import Observability

if TYPE_CHECKING:
    from constructs import Construct

    from tastemaker.constructs.token_values import DataReferences
    from tastemaker.plan.specs import Plan


class ObservabilityStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, *, plan: Plan, data: DataReferences) -> None:
        super().__init__(scope, construct_id, description=f"Tastemaker {plan.prefix}: dashboard and alarms")
        Observability(self, "Default", plan=plan, data=data)
