"""One Lambda function of the plan: code from the shared asset, role from its spec."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from tastemaker.constructs.log_group import build_log_group
from tastemaker.constructs.service_principals import lambda_principal
from tastemaker.constructs.statements import build_statements
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_logs as logs

    from tastemaker.constructs.network import NetworkReferences
    from tastemaker.plan.specs import FunctionSpec

NETWORK_INTERFACES = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]
"""What Lambda does with the role of a function in a VPC. Source: Lambda developer guide, Giving access to a VPC."""


def build_runtime() -> lambda_.Runtime:
    """The Python that synthesises: the asset's byte code is of use to that version only (decision 0012)."""
    return lambda_.Runtime(f"python3.{sys.version_info.minor}", lambda_.RuntimeFamily.PYTHON)


@dataclass(frozen=True)
class Workshop:
    """What the functions of one stack have in common.

    Attributes:
        prefix: of physical names.
        values: what the plan's tokens stand for.
        key: encrypts logs and environment variables.
        network: None for functions outside of any VPC.
        reserved_concurrency: None for the account's pool.
    """

    prefix: str
    values: Mapping[str, str]
    code: lambda_.Code
    key: kms.IKey
    network: NetworkReferences | None = None
    reserved_concurrency: int | None = None


class Function(Construct):
    """Environment and rights are exactly the spec's, besides writing its own log and traces."""

    def __init__(self, scope: Construct, construct_id: str, *, spec: FunctionSpec, shared: Workshop) -> None:
        super().__init__(scope, construct_id)
        physical_name = f"{shared.prefix}-{spec.name}"
        log_group = build_log_group(self, "Logs", name=f"/aws/lambda/{physical_name}", key=shared.key)
        network = {} if shared.network is None else shared.network.of_a_function()
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=physical_name,
            description=spec.summary,
            runtime=build_runtime(),
            architecture=lambda_.Architecture.ARM_64,
            code=shared.code,
            handler=spec.handler,
            environment=resolve_tokens(spec.environment, shared.values),
            environment_encryption=shared.key,
            timeout=Duration.seconds(spec.timeout_seconds),
            memory_size=spec.memory_mb,
            reserved_concurrent_executions=shared.reserved_concurrency,
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            role=self._build_role(spec, shared, log_group),
            **network,
        )

    def _build_role(self, spec: FunctionSpec, shared: Workshop, log_group: logs.LogGroup) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=lambda_principal(),
            description=f"Lambda function {spec.name}",
        )
        for statement in build_statements(spec.actions, shared.values):
            role.add_to_policy(statement)
        if shared.network is not None:
            _allow_network(role, f"{shared.prefix}-{spec.name}")
        log_group.grant_write(role)
        return role


def _allow_network(role: iam.Role, function_name: str) -> None:
    """For Lambda itself, which asks for `*`; the function's own code may not.

    Source: Lambda developer guide, Giving Lambda functions access to resources in a VPC, IAM permissions.
    """
    role.add_to_policy(iam.PolicyStatement(actions=NETWORK_INTERFACES, resources=["*"]))
    function_arn = f"arn:{Aws.PARTITION}:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:{function_name}"
    role.add_to_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=NETWORK_INTERFACES,
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
        )
    )
