"""Conditions for statements whose principal is an AWS service: it may act for this account's own resources only."""

from __future__ import annotations

from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from tastemaker.plan.data_access import source_conditions


def confused_deputy_conditions(service: str, resource: str = "*") -> dict[str, Any]:
    """For resources of `service` of this account and Region."""
    return source_conditions(Aws.ACCOUNT_ID, f"arn:{Aws.PARTITION}:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}")


def budget_conditions() -> dict[str, Any]:
    """Budgets are of no Region. Source: Cost Management user guide, Creating an Amazon SNS topic for notifications."""
    return source_conditions(Aws.ACCOUNT_ID, f"arn:{Aws.PARTITION}:budgets::{Aws.ACCOUNT_ID}:*")


def lambda_principal() -> iam.ServicePrincipal:
    """Lambda for this account's functions; which function it is for is not documented to be told to a role.

    Source: aws/agent-toolkit-for-aws, lambda-trust-policy.json.
    """
    return iam.ServicePrincipal(
        "lambda.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
    )
