"""Conditions for statements whose principal is an AWS service: it may act for this account's own resources only."""

from __future__ import annotations

from typing import Any

from aws_cdk import Aws


def confused_deputy_conditions(service: str, resource: str = "*") -> dict[str, Any]:
    """For resources of `service` of this account and Region.

    Source: IAM user guide, The confused deputy problem, cross-service.
    """
    return _conditions(f"arn:{Aws.PARTITION}:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}")


def budget_conditions() -> dict[str, Any]:
    """Budgets are of no Region. Source: Cost Management user guide, Creating an Amazon SNS topic for notifications."""
    return _conditions(f"arn:{Aws.PARTITION}:budgets::{Aws.ACCOUNT_ID}:*")


def _conditions(source_arn: str) -> dict[str, Any]:
    return {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}, "ArnLike": {"aws:SourceArn": source_arn}}
