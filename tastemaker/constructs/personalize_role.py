"""The role that Amazon Personalize assumes to read and write the data bucket."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from tastemaker.constructs.service_principals import confused_deputy_conditions

PERSONALIZE = "personalize.amazonaws.com"
BUCKET_ACTIONS = ["s3:ListBucket"]
OBJECT_ACTIONS = ["s3:GetObject", "s3:PutObject"]
ROLE_KEY_ACTIONS = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:ListGrants"]
KEY_POLICY_ACTIONS = [*ROLE_KEY_ACTIONS, "kms:CreateGrant"]
"""Import, export and batch jobs need their S3 rights on the role and in the bucket policy, their KMS rights on the role
and in the key policy; only the key policy has CreateGrant. Source: reference §11."""


class PersonalizeRole(Construct):
    """The role; `allow_data` gives it the bucket and the key once these exist."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(PERSONALIZE, conditions=confused_deputy_conditions("personalize")),
            description="Amazon Personalize reads datasets from and writes results to the data bucket",
        )

    def allow_metrics(self) -> None:
        """For a metric attribution; PutMetricData knows no resources. Source: reference §6."""
        self.role.add_to_policy(iam.PolicyStatement(actions=["cloudwatch:PutMetricData"], resources=["*"]))

    def allow_data(self, bucket_arn: str, key_arn: str) -> None:
        for actions, resource in (
            (BUCKET_ACTIONS, bucket_arn),
            (OBJECT_ACTIONS, f"{bucket_arn}/*"),
            (ROLE_KEY_ACTIONS, key_arn),
        ):
            self.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
