"""The functions that answer requests and the REST API in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, Stack

from tastemaker.constructs.event_queue import EventQueue
from tastemaker.constructs.experiment_table import ExperimentTable
from tastemaker.constructs.function import Function
from tastemaker.constructs.rest_api import ApiKeys, RestApi
from tastemaker.constructs.token_values import build_token_values
from tastemaker.plan.tokens import pascal_case, resolve_tokens

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
        keys = ApiKeys(self, "ApiKeys", name=prefix, clients=plan.clients)
        values = {**build_token_values(plan, data), **keys.values}
        queue = None
        if plan.event_queue is not None:
            queue = EventQueue(self, "EventQueue", spec=plan.event_queue, prefix=prefix)
            values |= queue.values
        if plan.experiment_table is not None:
            ExperimentTable(self, "ExperimentTable", spec=plan.experiment_table, prefix=prefix)
        functions = {
            spec.name: Function(self, spec.name, spec=spec, prefix=prefix, values=values, code=code).function
            for spec in plan.functions
            if spec.name in plan.serving
        }
        if queue is not None and plan.event_queue is not None:
            queue.feed(functions[plan.event_queue.consumer])
        document = resolve_tokens(document, values)
        api = RestApi(self, "RestApi", name=prefix, document=document, stage_name=plan.environment, api_keys=keys)
        for name, function in functions.items():
            api.allow_invoke(function, [route for route in plan.routes if route.function == name])
        CfnOutput(self, "Url", value=api.api.url, description="Base URL of the API")
        for client, key_id in keys.ids.items():
            output = f"{pascal_case(client)}ApiKeyId"
            CfnOutput(self, output, value=key_id, description="aws apigateway get-api-key --include-value")
