"""Rules about whom Amazon Personalize acts for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.statements import (
    BUCKET_POLICY,
    KEY,
    PERSONALIZE,
    identity_statements,
    personalize_roles,
    resource_statements,
    trust_statements,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.constructs.rules.statements import Statement
    from tastemaker.constructs.rules.templates import Templates

_SOURCES = {"aws:sourceaccount": "aws:SourceAccount", "aws:sourcearn": "aws:SourceArn"}


def _missing_sources(statement: Statement) -> str:
    missing = [written for key, written in _SOURCES.items() if key not in statement.condition_keys]
    return " and ".join(missing) if PERSONALIZE in statement.services else ""


def _check_role(templates: Templates) -> Iterator[Violation]:
    for role in personalize_roles(templates):
        for statement in trust_statements(role):
            missing = _missing_sources(statement)
            if missing:
                message = f"Amazon Personalize may assume the role for anybody: the trust lacks {missing}"
                yield Violation(role, statement.location, message)


def _check_policies(templates: Templates) -> Iterator[Violation]:
    for statement in (*resource_statements(templates, KEY), *resource_statements(templates, BUCKET_POLICY)):
        missing = _missing_sources(statement)
        if missing:
            message = f"Amazon Personalize may use it for anybody: the statement lacks {missing}"
            yield Violation(statement.resource, statement.location, message)


def _check_pass_role(templates: Templates) -> Iterator[Violation]:
    """Looks at policies that are about Amazon Personalize; what others pass is not this pack's business."""
    statements = list(identity_statements(templates))
    ours = {one.resource for one in statements if any(action.startswith("personalize:") for action in one.actions)}
    for statement in statements:
        passes = statement.resource in ours and statement.allows("iam:PassRole")
        if passes and "iam:passedtoservice" not in statement.condition_keys:
            message = "the role can be handed to any service: the statement lacks iam:PassedToService"
            yield Violation(statement.resource, statement.location, message)


_PAGE = "developer guide, cross-service-confused-deputy-prevention"
ROLE = Rule(
    "service-role-source", "Amazon Personalize assumes a role for its own account's resources only.",
    "Add aws:SourceAccount and aws:SourceArn to the trust policy.", _PAGE, Severity.ERROR, _check_role,
)  # fmt: skip
POLICIES = Rule(
    "resource-policy-source", "Buckets and keys are open to Amazon Personalize of one account only.",
    "Add aws:SourceAccount and aws:SourceArn to the statement.", _PAGE, Severity.ERROR, _check_policies,
)  # fmt: skip
PASS_ROLE = Rule(
    "pass-role", "A role is passed to the service that it is for.",
    'Add the condition {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}}.',
    "developer guide, aws-personalize-set-up-permissions", Severity.ERROR, _check_pass_role,
)  # fmt: skip
