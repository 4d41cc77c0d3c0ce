"""The REST API, deployed from the generated OpenAPI document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

from tastemaker.constructs.custom_domain import policy_through
from tastemaker.constructs.log_group import build_log_group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs

    from tastemaker.plan.specs import ClientSpec, RouteSpec

RATE_PER_SECOND, BURST = 100, 200
"""Well under GetRecommendations' quota of 500 transactions per second and campaign. Source: reference §9."""


class ApiKeys(Construct):
    """One API key for each client.

    Attributes:
        ids: client to the id of its key, which an operator asks `get-api-key` for; the value itself never enters the
            template.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, clients: Sequence[ClientSpec]) -> None:
        super().__init__(scope, construct_id)
        self.keys = {
            client: apigateway.ApiKey(
                self,
                client.name,
                api_key_name=f"{name}-{client.name}",
                description=f"Client {client.name} of {name}",
            )
            for client in clients
        }
        self.ids = {client.name: key.key_id for client, key in self.keys.items()}
        self.values = {client.id_token: key.key_id for client, key in self.keys.items()}


class RestApi(Construct):
    """Stage, access log, throttling, each API key on a usage plan of its own.

    Args:
        endpoint: through which alone a private API is reached; None for a public one.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        document: dict[str, Any],
        stage_name: str,
        api_keys: ApiKeys,
        key: kms.IKey,
        endpoint: ec2.IInterfaceVpcEndpoint | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        log_group = build_log_group(self, "AccessLogs", name=f"/aws/apigateway/{name}", key=key)
        self.api = apigateway.SpecRestApi(
            self,
            "Api",
            rest_api_name=name,
            api_definition=apigateway.ApiDefinition.from_inline(document),
            fail_on_warnings=True,
            **_reachable(endpoint),
            # Without this account-wide role API Gateway refuses a stage that logs. It serves every API of the account
            # and Region, so it stays when the stack goes.
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN,
            deploy_options=_stage_options(log_group, stage_name),
        )
        self.api.node.try_remove_child("Endpoint")  # an output with a generated name; the stack has its own
        for client, api_key in api_keys.keys.items():
            self._add_usage_plan(f"{name}-{client.name}", client, api_key)

    def _add_usage_plan(self, name: str, client: ClientSpec, key: apigateway.IApiKey) -> None:
        """Bound to this API's stage: the key is worth nothing at the API of another project or event tracker."""
        plan = self.api.add_usage_plan(
            f"UsagePlan-{client.name}",
            name=name,
            throttle=apigateway.ThrottleSettings(rate_limit=client.rate_per_second, burst_limit=client.burst),
            api_stages=[apigateway.UsagePlanPerApiStage(api=self.api, stage=self.api.deployment_stage)],
        )
        plan.add_api_key(key)

    def allow_invoke(self, function: lambda_.IFunction, routes: Sequence[RouteSpec]) -> None:
        """Each route may invoke the function that answers it, from this API's stage only."""
        for route in routes:
            function.add_permission(
                f"Invoke-{route.operation_id}",
                principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
                source_arn=self.api.arn_for_execute_api(
                    route.method, re.sub(r"\{[^}]+\}", "*", route.path), self.api.deployment_stage.stage_name
                ),
            )


def _stage_options(log_group: logs.LogGroup, stage_name: str) -> apigateway.StageOptions:
    return apigateway.StageOptions(
        stage_name=stage_name,
        access_log_destination=apigateway.LogGroupLogDestination(log_group),
        access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
            caller=False,
            http_method=True,
            ip=True,
            protocol=True,
            request_time=True,
            resource_path=True,
            response_length=True,
            status=True,
            user=False,
        ),
        logging_level=apigateway.MethodLoggingLevel.ERROR,
        data_trace_enabled=False,
        metrics_enabled=True,
        tracing_enabled=True,
        throttling_rate_limit=RATE_PER_SECOND,
        throttling_burst_limit=BURST,
    )


def _reachable(endpoint: ec2.IInterfaceVpcEndpoint | None) -> dict[str, Any]:
    """Endpoint type, and for a private API who may come."""
    if endpoint is None:
        return {"endpoint_types": [apigateway.EndpointType.REGIONAL]}
    configuration = apigateway.EndpointConfiguration(types=[apigateway.EndpointType.PRIVATE], vpc_endpoints=[endpoint])
    return {"endpoint_configuration": configuration, "policy": policy_through(endpoint)}
