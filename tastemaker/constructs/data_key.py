"""The customer managed key of data, ledger, logs and functions' settings, and where wanted of the dataset group."""

from __future__ import annotations

from typing import Any

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from tastemaker.constructs.service_principals import budget_conditions, confused_deputy_conditions
from tastemaker.plan.data_access import KEY_POLICY_ACTIONS, PERSONALIZE

PUBLISHING = ["kms:Decrypt", "kms:GenerateDataKey"]
LOGGING = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]


class DataKey(Construct):
    """A rotating key that the account's IAM policies, Amazon Personalize and CloudWatch may use."""

    def __init__(
        self, scope: Construct, construct_id: str, *, prefix: str, role: iam.IRole, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix = prefix
        self.key = kms.Key(
            self,
            "Key",
            alias=f"alias/{prefix}-data",
            description=f"Datasets, batch input and results, ledger and logs of {prefix}",
            enable_key_rotation=True,
            removal_policy=removal_policy,
        )
        self._allow("PersonalizeRole", iam.ArnPrincipal(role.role_arn), [*KEY_POLICY_ACTIONS])
        self._allow_service("PersonalizeService", PERSONALIZE, [*KEY_POLICY_ACTIONS], "personalize")
        self._allow_service("AlarmsToTopic", "cloudwatch.amazonaws.com", PUBLISHING, "cloudwatch", f"alarm:{prefix}-*")
        self._allow_logs()

    def allow_budgets(self) -> None:
        self._allow("BudgetsToTopic", iam.ServicePrincipal("budgets.amazonaws.com"), PUBLISHING, budget_conditions())

    def _allow_logs(self) -> None:
        """Source: CloudWatch Logs user guide, Encrypt log data using AWS KMS."""
        groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:"
        own = [f"{groups}{beginning}{self._prefix}*" for beginning in ("/aws/*/", "aws-waf-logs-")]
        conditions = {"StringLike": {"kms:EncryptionContext:aws:logs:arn": own}}
        self._allow("LogGroups", iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com"), LOGGING, conditions)

    def _allow_service(self, sid: str, principal: str, actions: list[str], service: str, resource: str = "*") -> None:
        conditions = confused_deputy_conditions(service, resource)
        self._allow(sid, iam.ServicePrincipal(principal), actions, conditions)

    def _allow(
        self, sid: str, principal: iam.IPrincipal, actions: list[str], conditions: dict[str, Any] | None = None
    ) -> None:
        """In a key policy `*` means this key."""
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid, principals=[principal], actions=actions, resources=["*"], conditions=conditions
            )
        )
