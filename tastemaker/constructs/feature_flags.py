"""Feature flags of the CDK that the constructs are written for, whatever the app around them has chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs import Construct

FEATURE_FLAGS = (
    "@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard",
    "@aws-cdk/aws-iam:minimizePolicies",
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy",
)
"""cdk.json has them as well, for what stands beside our constructs in a stack."""


def set_feature_flags(construct: Construct) -> None:
    """For everything below; a construct takes no context once it has children."""
    for flag in FEATURE_FLAGS:
        construct.node.set_context(flag, True)
