"""Rules about what an app's roles may do, and about the functions that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.statements import ROLE, identity_statements, role_statements
from tastemaker.constructs.rules.trackers import FUNCTION
from tastemaker.plan.personalize_permissions import WITHOUT_RESOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.constructs.rules.statements import Statement
    from tastemaker.constructs.rules.templates import Templates

_RUNTIME = ("GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations")
_BOUNDLESS = {action.lower() for action in WITHOUT_RESOURCE}


def _personalize_actions(statement: Statement) -> list[str]:
    allowed = statement.actions if statement.written.get("Effect") == "Allow" else []
    return [action for action in allowed if action.lower().startswith("personalize:")]


def _check_actions(templates: Templates) -> Iterator[Violation]:
    for statement in identity_statements(templates):
        wide = [action for action in _personalize_actions(statement) if "*" in action or "?" in action]
        if wide:
            message = f"{', '.join(wide)} allows what is not needed, and what the service adds later"
            yield Violation(statement.resource, f"{statement.location}.Action", message)


def _check_resources(templates: Templates) -> Iterator[Violation]:
    for statement in identity_statements(templates):
        narrow = [action for action in _personalize_actions(statement) if action.lower() not in _BOUNDLESS]
        if narrow and "*" in statement.resources:
            message = f"{', '.join(narrow)} can be allowed on resources, but is allowed on everything"
            yield Violation(statement.resource, f"{statement.location}.Resource", message)


def _check_timeout(templates: Templates) -> Iterator[Violation]:
    for function in templates.of_type(FUNCTION):
        role = templates.find(function.properties.get("Role"), function.template, ROLE)
        statements = [] if role is None or "Timeout" in function.properties else role_statements(templates, role)
        if any(statement.allows(f"personalize:{action}") for statement in statements for action in _RUNTIME):
            message = "the function ends after 3 seconds, Lambda's default, before a slow answer or a retry"
            yield Violation(function, "Properties.Timeout", message)


ACTIONS = Rule(
    "wildcard-action", "Actions of Amazon Personalize are named.", "List the actions.",
    "IAM user guide, best-practices", Severity.ERROR, _check_actions,
)  # fmt: skip
RESOURCES = Rule(
    "wildcard-resource", "Actions that know resources are allowed on some.", "Name campaigns, solutions … by ARN.",
    "service authorization reference, Amazon Personalize", Severity.ERROR, _check_resources,
)  # fmt: skip
TIMEOUT = Rule(
    "function-timeout", "A function that asks for recommendations has a timeout of its own.",
    "Set Timeout above the SDK's connect and read timeouts.",
    "Lambda developer guide, configuration-timeout", Severity.WARNING, _check_timeout,
)  # fmt: skip
