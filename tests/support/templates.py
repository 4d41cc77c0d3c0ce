"""Reading a synthesised CloudFormation template as plain text, so that a test can write the expected value out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Templates = Mapping[str, Mapping[str, Any]]

PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
}


def resolve(value: Any) -> Any:
    """Replace references by text: pseudo parameters by example values, everything else by `<name>`."""
    if isinstance(value, list):
        return [resolve(part) for part in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, argument),) = value.items()
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](argument)
    return {key: resolve(part) for key, part in value.items()}


_FUNCTIONS: dict[str, Any] = {
    "Ref": lambda name: PSEUDO.get(name, f"<{name}>"),
    "Fn::GetAtt": lambda path: f"<{'.'.join(path)}>",
    "Fn::Join": lambda argument: argument[0].join(str(resolve(part)) for part in argument[1]),
    "Fn::GetStackOutput": lambda argument: f"<{argument['OutputName']}>",
}


def resources_of(template: Mapping[str, Any], resource_type: str) -> dict[str, dict[str, Any]]:
    """Logical id to resolved properties, for one resource type."""
    return {
        logical_id: resolve(resource.get("Properties", {}))
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == resource_type
    }


def only(template: Mapping[str, Any], resource_type: str) -> dict[str, Any]:
    """Resolved properties of the one resource of this type."""
    (properties,) = resources_of(template, resource_type).values()
    return properties


def statements_of(template: Mapping[str, Any], role: str) -> list[dict[str, Any]]:
    """Statements of every policy of the role whose logical id starts with `role`; Action and Resource are lists."""
    found = []
    for policy in resources_of(template, "AWS::IAM::Policy").values():
        if any(name.startswith(f"<{role}") for name in policy["Roles"]):
            found += [as_lists(statement) for statement in policy["PolicyDocument"]["Statement"]]
    return found


def as_lists(statement: dict[str, Any]) -> dict[str, Any]:
    """The statement with Action and Resource as lists."""
    return {
        key: [part] if key in {"Action", "Resource"} and isinstance(part, str) else part
        for key, part in statement.items()
    }
