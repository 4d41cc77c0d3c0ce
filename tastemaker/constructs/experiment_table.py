"""The table of exposures and outcomes of experiments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import RemovalPolicy

    from tastemaker.plan.specs import ExperimentTableSpec


class ExperimentTable(Construct):
    """Records expire by themselves; a running experiment cannot be repeated, so the table is kept by default."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ExperimentTableSpec,
        prefix: str,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, construct_id)
        self.table = dynamodb.Table(
            self,
            "Table",
            table_name=f"{prefix}-{spec.name}",
            partition_key=dynamodb.Attribute(name=spec.partition_key, type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=spec.sort_key, type=dynamodb.AttributeType.STRING),
            time_to_live_attribute=spec.expiry,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=removal_policy,
        )
