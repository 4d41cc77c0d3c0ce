"""The functions that answer requests and the REST API in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Stack

from tastemaker.constructs.serving import Serving

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

    from tastemaker.constructs.network import NetworkReferences
    from tastemaker.constructs.token_values import DataReferences
    from tastemaker.plan.specs import Plan


class ServingStack(Stack):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: Plan,
        data: DataReferences,
        code: lambda_.Code,
        document: dict[str, Any],
        network: NetworkReferences | None,
    ) -> None:
        super().__init__(scope, construct_id, description=f"Tastemaker {plan.prefix}: REST API")
        Serving(self, "Default", plan=plan, data=data, code=code, document=document, network=network)
