"""What Amazon Personalize may do with the data, deployed and on the laptop: role, bucket policy and key policy.

Import, export and batch jobs need their S3 rights on the role and in the bucket policy, their KMS rights on the role
and in the key policy; only the key policy has CreateGrant. Source: reference §11.
"""

from __future__ import annotations

from typing import Any, NamedTuple

PERSONALIZE = "personalize.amazonaws.com"
BUCKET, OBJECTS, KEY, EVERYTHING = "bucket", "objects", "key", "everything"
"""Places of rights; whoever writes a policy knows their ARNs."""


class Right(NamedTuple):
    """Actions on one place."""

    actions: tuple[str, ...]
    place: str


DATA_RIGHTS = (Right(("s3:ListBucket",), BUCKET), Right(("s3:GetObject", "s3:PutObject"), OBJECTS))
"""Of the role, and in the bucket policy."""
KEY_RIGHT = Right(("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:ListGrants"), KEY)
KEY_POLICY_ACTIONS = (*KEY_RIGHT.actions, "kms:CreateGrant")
"""Of the role and of the service."""
METRICS_RIGHT = Right(("cloudwatch:PutMetricData",), EVERYTHING)
"""For a metric attribution; PutMetricData knows no resources. Source: reference §6."""


def role_rights(*, publishes_metrics: bool) -> tuple[Right, ...]:
    """Of the role that the service assumes."""
    return (*DATA_RIGHTS, KEY_RIGHT, *((METRICS_RIGHT,) if publishes_metrics else ()))


def source_conditions(account_id: str, source_arn: str) -> dict[str, Any]:
    """A service may act for this account's own resources only.

    Source: IAM user guide, The confused deputy problem, cross-service.
    """
    return {"StringEquals": {"aws:SourceAccount": account_id}, "ArnLike": {"aws:SourceArn": source_arn}}
