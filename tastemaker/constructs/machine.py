"""One state machine of the plan: definition as a constant, role from its own states, logs, tracing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from tastemaker.constructs.log_group import build_log_group
from tastemaker.constructs.statements import build_statements
from tastemaker.constructs.token_values import used_token_values
from tastemaker.plan.permissions import machine_actions
from tastemaker.plan.tokens import machine_arn_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_kms as kms

    from tastemaker.plan.specs import MachineSpec


class Machine(Construct):
    """DefinitionString equals the plan's dictionary; tokens become DefinitionSubstitutions."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: MachineSpec,
        prefix: str,
        values: Mapping[str, str],
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        physical_name = f"{prefix}-{spec.name}"
        # The prefix keeps the account's log resource policy short: Step Functions guide, CloudWatch Logs.
        self.log_group = build_log_group(self, "Logs", name=f"/aws/vendedlogs/states/{physical_name}", key=key)
        self.role = self._build_role(spec, values)
        self.machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=physical_name,
            comment=spec.summary,
            definition_body=sfn.DefinitionBody.from_string(json.dumps(spec.definition)),
            # CloudFormation refuses an empty map.
            definition_substitutions=used_token_values(spec.definition, values) or None,
            role=self.role,
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=self.log_group, level=sfn.LogLevel.ALL, include_execution_data=True),
        )

    def _build_role(self, spec: MachineSpec, values: Mapping[str, str]) -> iam.Role:
        own_arn = values[machine_arn_token(spec.name)[2:-1]]
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnLike": {"aws:SourceArn": f"{own_arn}*"},  # a distributed Map appends its label
                },
            ),
            description=f"State machine {spec.name}",
        )
        for statement in build_statements(machine_actions(spec.definition, machine_arn_token(spec.name)), values):
            role.add_to_policy(statement)
        return role
