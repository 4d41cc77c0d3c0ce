"""One Lambda function of the plan: code from the shared asset, role from its spec."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from tastemaker.constructs.statements import build_statements
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.plan.specs import FunctionSpec


def build_runtime() -> lambda_.Runtime:
    """The Python that synthesises: the asset's byte code is of use to that version only (decision 0012)."""
    return lambda_.Runtime(f"python3.{sys.version_info.minor}", lambda_.RuntimeFamily.PYTHON)


class Function(Construct):
    """Environment and rights are exactly the spec's, besides writing its own log and traces."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: FunctionSpec,
        prefix: str,
        values: Mapping[str, str],
        code: lambda_.Code,
    ) -> None:
        super().__init__(scope, construct_id)
        physical_name = f"{prefix}-{spec.name}"
        log_group = self._build_log_group(physical_name)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=physical_name,
            description=spec.summary,
            runtime=build_runtime(),
            architecture=lambda_.Architecture.ARM_64,
            code=code,
            handler=spec.handler,
            environment=resolve_tokens(spec.environment, values),
            timeout=Duration.seconds(spec.timeout_seconds),
            memory_size=spec.memory_mb,
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            role=self._build_role(spec, values, log_group),
        )

    def _build_role(self, spec: FunctionSpec, values: Mapping[str, str], log_group: logs.LogGroup) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Lambda function {spec.name}",
        )
        for statement in build_statements(spec.actions, values):
            role.add_to_policy(statement)
        log_group.grant_write(role)
        return role

    def _build_log_group(self, physical_name: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{physical_name}",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
