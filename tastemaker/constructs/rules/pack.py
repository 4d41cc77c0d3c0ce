"""The pack as a validation plugin of the CDK."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsii
from aws_cdk import IPolicyValidationPlugin, PolicyValidationPluginReport, PolicyViolatingResource, PolicyViolation

from tastemaker.constructs.rules.base import Severity
from tastemaker.constructs.rules.registry import RULES
from tastemaker.constructs.rules.templates import Templates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from aws_cdk import IPolicyValidationContext

    from tastemaker.constructs.rules.base import Rule, Violation

MAX_PROVISIONED_TPS = 10


def find_violations(
    documents: Mapping[str, Mapping[str, Any]],
    *,
    rules: Sequence[Rule] = RULES,
    max_provisioned_tps: int = MAX_PROVISIONED_TPS,
) -> list[tuple[Rule, Violation]]:
    """What the rules find in these templates, in the rules' order.

    Args:
        documents: path of a template, or any name, to its content.
        max_provisioned_tps: see `PersonalizeRules`.
    """
    templates = Templates(documents, max_provisioned_tps)
    return [(rule, violation) for rule in rules for violation in rule.check(templates)]


@jsii.implements(IPolicyValidationPlugin)
class PersonalizeRules:
    """`Validations.of(app).add_plugins(PersonalizeRules())` checks every template of the app when it is synthesised.

    A finding is acknowledged on the construct that it names, or on one around it, by the id `Personalize::<rule>`; it
    stays in the report with the reason.

    Args:
        max_provisioned_tps: the greatest `minProvisionedTPS` of a campaign, or request rate of a recommender, that is
            no finding: it is billed whether it is used or not.
    """

    def __init__(self, *, max_provisioned_tps: int = MAX_PROVISIONED_TPS) -> None:
        self._max_provisioned_tps = max_provisioned_tps

    @property
    def name(self) -> str:
        return "Personalize"

    @property
    def rule_ids(self) -> list[str]:
        return [rule.id for rule in RULES]

    @property
    def version(self) -> str | None:
        return None

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Fails for errors; warnings are reported alone."""
        documents = {path: json.loads(Path(path).read_text("utf-8")) for path in context.template_paths}
        found = find_violations(documents, max_provisioned_tps=self._max_provisioned_tps)
        return PolicyValidationPluginReport(
            success=all(rule.severity is not Severity.ERROR for rule, _ in found),
            violations=[_report(rule, violation) for rule, violation in found],
        )


def _report(rule: Rule, violation: Violation) -> PolicyViolation:
    resource = PolicyViolatingResource(
        resource_logical_id=violation.resource.logical_id,
        template_path=violation.resource.template,
        locations=[violation.location],
    )
    return PolicyViolation(
        rule_name=rule.id,
        description=violation.message,
        fix=rule.hint,
        severity=rule.severity.value,
        rule_metadata={"source": rule.source},
        violating_resources=[resource],
    )
