"""What a state machine may do, derived from what its states do.

Pure data: IAM action to resource ARNs with tokens (`tokens.py`). Constructs turn it into a role; a test compares.
Source: Step Functions developer guide, "How Step Functions generates IAM policies for integrated services".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tastemaker.errors import InvalidDefinitionError
from tastemaker.plan.personalize_permissions import WITHOUT_RESOURCE
from tastemaker.plan.service_permissions import SERVICES, Call, executions_arn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

WILDCARD_ACTIONS = WITHOUT_RESOURCE | {"cloudwatch:PutMetricData", "cloudwatch:GetMetricData"}
"""Actions that IAM can only allow on `*`: their authors defined no resource type."""

CONDITIONS: dict[str, dict[str, dict[str, str]]] = {
    "iam:PassRole": {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}},
}
"""Condition that every statement with this action carries."""

_INTEGRATION = re.compile(r"^arn:[^:]+:states:::(?:aws-sdk:)?([a-z0-9]+):([A-Za-z0-9]+)(?:\.([A-Za-z:0-9]+))?$")


def machine_actions(definition: Mapping[str, Any], machine_arn: str = "") -> dict[str, tuple[str, ...]]:
    """IAM actions that the definition needs, sorted, each with its sorted resources.

    Args:
        definition: a whole state machine, in either query language.
        machine_arn: token of the machine's own ARN; needed only when it holds a distributed Map, which starts itself.

    Raises:
        InvalidDefinitionError: a task whose rights cannot be derived; the message names the state.
    """
    grants: dict[str, set[str]] = {}
    for name, state in _states(definition):
        for action, resource in _state_grants(name, state, definition, machine_arn):
            grants.setdefault(action, set()).add(resource)
    return {action: tuple(sorted(grants[action])) for action in sorted(grants)}


def _states(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, state in definition["States"].items():
        yield name, state
        inner = [*state.get("Branches", ()), *(state[key] for key in ("ItemProcessor", "Iterator") if key in state)]
        for part in inner:
            yield from _states(part)


def _state_grants(
    name: str, state: Mapping[str, Any], definition: Mapping[str, Any], machine_arn: str
) -> Iterator[tuple[str, str]]:
    for holder in (state, state.get("ItemReader"), state.get("ResultWriter")):
        if holder is not None and "Resource" in holder:
            arguments = holder.get("Arguments", holder.get("Parameters", {}))
            yield from _resource_grants(name, holder["Resource"], arguments, definition)
    if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        if machine_arn == "":
            raise InvalidDefinitionError([f"{name}: a distributed Map needs machine_arn to derive its rights"])
        yield "states:StartExecution", machine_arn
        for action in ("states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"):
            yield action, executions_arn(machine_arn, "/*")


def _resource_grants(
    name: str, resource: str, arguments: Any, definition: Mapping[str, Any]
) -> Iterable[tuple[str, str]]:
    if resource.endswith("FunctionArn}"):
        return [("lambda:InvokeFunction", resource)]
    match = _INTEGRATION.match(resource)
    derive = SERVICES.get(match.group(1)) if match is not None else None
    if match is None or derive is None:
        problem = f"{name}: cannot derive the IAM rights of {resource}; add it to service_permissions.py"
        raise InvalidDefinitionError([problem])
    service, action, pattern = match.groups(default="")
    return derive(Call(name, service, action[0].upper() + action[1:], pattern, arguments, definition))
