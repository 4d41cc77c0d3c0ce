"""Statements as tests expect them."""

from __future__ import annotations

from typing import Any

from tests.support.policies import HERE

PERSONALIZE = "personalize.amazonaws.com"


def sources(source_arn: str, operator: str = "ArnLike") -> dict[str, dict[str, str]]:
    """The condition of a service that may act for this account's own resources."""
    account = {"aws:SourceAccount": HERE.partition(":")[2]}
    if operator == "StringEquals":
        return {"StringEquals": {**account, "aws:SourceArn": source_arn}}
    return {"StringEquals": account, operator: {"aws:SourceArn": source_arn}}


OF_PERSONALIZE = sources(f"arn:aws:personalize:{HERE}:*")


def name_of(arn: str) -> str:
    """The last part of a role's or key's ARN."""
    return arn.rpartition("/")[2]


def allowed(principal: Any, actions: list[str], resource: Any, condition: Any = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": resource}
    return statement if condition is None else {**statement, "Condition": condition}


def denied(action: str, resource: Any, condition: Any) -> dict[str, Any]:
    return {**allowed({"AWS": "*"}, [action], resource, condition), "Effect": "Deny"}
