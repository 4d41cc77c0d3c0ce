"""What holds for everything of a plan, whichever stack it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Tags
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from constructs import Construct

    from tastemaker.plan.specs import Plan


def build_tags(plan: Plan) -> dict[str, str]:
    """The project's own tags may not take the place of those that name it."""
    return {**plan.tags, "project": plan.project, "environment": plan.environment, "managed-by": "tastemaker"}


def apply_standards(scope: Construct, plan: Plan) -> None:
    """Tags on everything below the scope, and the project's boundary on every role, those of CDK's helpers included."""
    for key, value in build_tags(plan).items():
        Tags.of(scope).add(key, value)
    if plan.deploy.permissions_boundary is not None:
        boundary = iam.ManagedPolicy.from_managed_policy_name(
            scope, "PermissionsBoundary", plan.deploy.permissions_boundary
        )
        iam.PermissionsBoundary.of(scope).apply(boundary)
