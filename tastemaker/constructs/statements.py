"""IAM statements from the plan's table of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from tastemaker.plan.permissions import CONDITIONS
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping


def build_statements(actions: Mapping[str, tuple[str, ...]], values: Mapping[str, str]) -> list[iam.PolicyStatement]:
    """One statement for each set of resources and condition, in the order of its first action."""
    groups: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for action in sorted(actions):
        condition = action if action in CONDITIONS else ""
        groups.setdefault((actions[action], condition), []).append(action)
    return [
        iam.PolicyStatement(
            actions=names,
            resources=[resolve_tokens(resource, values) for resource in resources],
            conditions=CONDITIONS.get(condition),
        )
        for (resources, condition), names in groups.items()
    ]
