"""The customer managed key of the data bucket and, where a project asks for it, of the dataset group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from tastemaker.constructs.personalize_role import KEY_POLICY_ACTIONS, PERSONALIZE, confused_deputy_conditions

if TYPE_CHECKING:
    from aws_cdk import aws_iam


class DataKey(Construct):
    """A rotating key that the account's IAM policies and Amazon Personalize may use."""

    def __init__(
        self, scope: Construct, construct_id: str, *, prefix: str, role: aws_iam.IRole, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            alias=f"alias/{prefix}-data",
            description=f"Datasets, batch input and results of {prefix}",
            enable_key_rotation=True,
            removal_policy=removal_policy,
        )
        # In a key policy `*` means this key.
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="PersonalizeRole",
                principals=[iam.ArnPrincipal(role.role_arn)],
                actions=KEY_POLICY_ACTIONS,
                resources=["*"],
            )
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="PersonalizeService",
                principals=[iam.ServicePrincipal(PERSONALIZE)],
                actions=KEY_POLICY_ACTIONS,
                resources=["*"],
                conditions=confused_deputy_conditions(),
            )
        )
