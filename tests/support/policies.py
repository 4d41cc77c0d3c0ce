"""Every policy of an app's templates as sets of single grants, so that two policies can be compared."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.templates import PSEUDO, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Statement = dict[str, Any]

HERE = f"{PSEUDO['AWS::Region']}:{PSEUDO['AWS::AccountId']}"
ACCOUNT = f"arn:aws:iam::{PSEUDO['AWS::AccountId']}"
_DOCUMENTS = {
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
    "AWS::ApiGateway::RestApi": "Policy",
    "AWS::ApiGateway::DomainNameV2": "Policy",
}
_ARNS: dict[str, tuple[str, str]] = {
    "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::{}"),
    "AWS::KMS::Key": ("", f"arn:aws:kms:{HERE}:key/{{}}"),
    "AWS::SQS::Queue": ("QueueName", f"arn:aws:sqs:{HERE}:{{}}"),
    "AWS::SNS::Topic": ("TopicName", f"arn:aws:sns:{HERE}:{{}}"),
    "AWS::IAM::Role": ("RoleName", f"{ACCOUNT}:role/{{}}"),
    "AWS::DynamoDB::Table": ("TableName", f"arn:aws:dynamodb:{HERE}:table/{{}}"),
    "AWS::Logs::LogGroup": ("LogGroupName", f"arn:aws:logs:{HERE}:log-group:{{}}:*"),
    "AWS::Scheduler::ScheduleGroup": ("Name", f"arn:aws:scheduler:{HERE}:schedule-group/{{}}"),
    "AWS::Lambda::Function": ("FunctionName", f"arn:aws:lambda:{HERE}:function:{{}}"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", f"arn:aws:states:{HERE}:stateMachine:{{}}"),
}
"""Resource type to the property with its name (the logical id stands in for a generated one) and its ARN."""
_REF_IS_ARN = ("AWS::SNS::Topic", "AWS::StepFunctions::StateMachine")


class Grant(NamedTuple):
    """One action for one principal on one resource; the condition as JSON."""

    effect: str
    principal: str
    action: str
    resource: str
    condition: str


@dataclass(frozen=True)
class Policy:
    """One document.

    Attributes:
        kind: `identity`, `trust` or `resource`.
        holder: the role's name for an identity or trust policy, else the ARN of what the policy guards.
        place: stack and logical id, for messages.
    """

    kind: str
    holder: str
    place: str
    statements: tuple[Statement, ...]

    @property
    def is_of_endpoint(self) -> bool:
        return self.kind == "resource" and any("aws:PrincipalAccount" in str(part) for part in self.statements)

    @property
    def is_of_key(self) -> bool:
        """In a key policy `*` means the key."""
        kms = any("kms:" in str(part["Action"]) for part in self.statements)
        return self.kind == "resource" and kms and not self.is_of_endpoint


def plain_templates(templates: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The templates with every reference, also to other stacks, as the text that it would have."""
    resolved = {stack: resolve(dict(template)) for stack, template in templates.items()}
    names = dict(_names(resolved))
    outputs = {
        f"<{name}>": output["Value"]
        for template in resolved.values()
        for name, output in template.get("Outputs", {}).items()
    }
    return {stack: _replace(_replace(template, outputs), names) for stack, template in resolved.items()}


def _names(templates: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for template in templates.values():
        for logical_id, resource in template["Resources"].items():
            if resource["Type"] in _ARNS:
                key, arn = _ARNS[resource["Type"]]
                name = str(resource.get("Properties", {}).get(key, logical_id))
                name = name.lower() if resource["Type"] == "AWS::S3::Bucket" else name
                yield f"<{logical_id}.Arn>", arn.format(name)
                yield f"<{logical_id}>", arn.format(name) if resource["Type"] in _REF_IS_ARN else name


def _replace(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replace(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [_replace(part, names) for part in value]
    if isinstance(value, str) and "<" in value:
        return re.sub(r"<[\w.]+>", lambda found: str(names.get(found[0], found[0])), value)
    return value


def policies_of(templates: Mapping[str, Mapping[str, Any]]) -> list[Policy]:
    """Every policy of plain templates, in their order."""
    return [
        policy
        for stack, template in templates.items()
        for logical_id, resource in template["Resources"].items()
        for policy in _read(f"{stack}/{logical_id}", logical_id, resource)
    ]


def _read(place: str, logical_id: str, resource: Mapping[str, Any]) -> Iterator[Policy]:
    properties = resource.get("Properties", {})
    match resource["Type"]:
        case "AWS::IAM::Role":
            yield Policy("trust", logical_id, place, _statements(properties["AssumeRolePolicyDocument"]))
            for inline in properties.get("Policies", []):
                yield Policy("identity", logical_id, place, _statements(inline["PolicyDocument"]))
        case "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy":
            for role in properties.get("Roles", []):
                yield Policy("identity", role, place, _statements(properties["PolicyDocument"]))
        case kind if kind in _DOCUMENTS and _DOCUMENTS[kind] in properties:
            guarded = properties.get("Bucket") or (properties.get("Queues") or properties.get("Topics") or [logical_id])
            holder = guarded if isinstance(guarded, str) else guarded[0]
            yield Policy("resource", holder, place, _statements(properties[_DOCUMENTS[kind]]))


def _statements(document: Mapping[str, Any]) -> tuple[Statement, ...]:
    return tuple(document["Statement"])


def grants_of(statements: Iterable[Statement]) -> set[Grant]:
    """The statements taken apart; trust policies have no resources."""
    return {
        Grant(statement["Effect"], principal, action, resource, json.dumps(statement.get("Condition"), sort_keys=True))
        for statement in statements
        for principal in _principals(statement.get("Principal"))
        for action in _list(statement["Action"])
        for resource in _list(statement.get("Resource", ""))
    }


def _principals(principal: Any) -> list[str]:
    if isinstance(principal, dict):
        return [f"{kind}:{name}" for kind, names in principal.items() for name in _list(names)]
    return ["" if principal is None else f"AWS:{principal}"]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
