"""The functions that answer requests and the REST API in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, Stack

from tastemaker.constructs.function import Function
from tastemaker.constructs.rest_api import RestApi
from tastemaker.constructs.token_values import build_token_values
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

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
    ) -> None:
        prefix = plan.prefix
        super().__init__(scope, construct_id, description=f"Tastemaker {prefix}: REST API")
        values = build_token_values(plan, data)
        answering = {route.function for route in plan.routes}
        functions = {
            spec.name: Function(self, spec.name, spec=spec, prefix=prefix, values=values, code=code).function
            for spec in plan.functions
            if spec.name in answering
        }
        document = resolve_tokens(document, values)
        api = RestApi(self, "RestApi", name=prefix, document=document, stage_name=plan.environment)
        for name, function in functions.items():
            api.allow_invoke(function, [route for route in plan.routes if route.function == name])
        CfnOutput(self, "Url", value=api.api.url, description="Base URL of the API")
        CfnOutput(self, "ApiKeyId", value=api.api_key_id, description="aws apigateway get-api-key --include-value")
