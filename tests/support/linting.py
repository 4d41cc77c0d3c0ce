"""cfn-lint as a function from template to findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tastemaker.facts.regions import REGIONS, REGIONS_IN_CHINA
from tastemaker.plan.tokens import resolve_tokens
from tests.support.templates import resources_of

if TYPE_CHECKING:
    from collections.abc import Mapping


EVERYWHERE = (*REGIONS, *REGIONS_IN_CHINA)


def errors_of(template: Mapping[str, Any]) -> list[str]:
    """Rule id and message of every finding of level error, in any Region that has Amazon Personalize."""
    from cfnlint.api import lint  # more than a second, which only the process that lints should pay
    from cfnlint.config import ManualArgs

    matches = lint(json.dumps(template), config=ManualArgs(regions=list(EVERYWHERE)))
    return [f"{match.rule.id} {match.message}" for match in matches if match.rule.id.startswith("E")]


def machine_template(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A template with this machine alone, its definition as an object, so that cfn-lint reads it whatever it holds."""
    properties = {"RoleArn": "arn:aws:iam::123456789012:role/x", "Definition": definition}
    return {"Resources": {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}}


def resolved_definitions(template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Definition of each machine of a template by name, with its substitutions made."""
    return {
        machine["StateMachineName"]: resolve_tokens(
            json.loads(machine["DefinitionString"]), machine.get("DefinitionSubstitutions", {})
        )
        for machine in resources_of(template, "AWS::StepFunctions::StateMachine").values()
    }
