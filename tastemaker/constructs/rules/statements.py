"""The statements of every policy in an app's templates."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tastemaker.constructs.rules.templates import as_list, as_mapping, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.constructs.rules.templates import Resource, Templates

PERSONALIZE = "personalize.amazonaws.com"
ROLE, KEY, BUCKET, BUCKET_POLICY = "AWS::IAM::Role", "AWS::KMS::Key", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"
_IDENTITY = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
_DOCUMENTS = {KEY: "KeyPolicy", BUCKET_POLICY: "PolicyDocument"}


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        resource: what the policy is part of.
        location: of the statement inside the resource.
        written: as in the template.
    """

    resource: Resource
    location: str
    written: Mapping[str, Any]

    @property
    def actions(self) -> list[str]:
        return [text_of(action) for action in as_list(self.written.get("Action"))]

    @property
    def resources(self) -> list[str]:
        return [text_of(resource) for resource in as_list(self.written.get("Resource"))]

    @property
    def services(self) -> list[str]:
        """Service principals."""
        return [text_of(name) for name in as_list(as_mapping(self.written.get("Principal")).get("Service"))]

    @property
    def condition_keys(self) -> set[str]:
        """Lower case: IAM does not tell cases apart."""
        return {
            key.lower()
            for operator in as_mapping(self.written.get("Condition")).values()
            for key in as_mapping(operator)
        }

    def allows(self, action: str) -> bool:
        """Whether it is an Allow whose actions match; wildcards count."""
        patterns = [pattern.lower() for pattern in self.actions]
        return self.written.get("Effect") == "Allow" and any(fnmatchcase(action.lower(), part) for part in patterns)


def trust_statements(role: Resource) -> list[Statement]:
    return _read(role, "AssumeRolePolicyDocument", role.properties.get("AssumeRolePolicyDocument"))


def resource_statements(templates: Templates, resource_type: str) -> list[Statement]:
    """Of all key policies or all bucket policies."""
    name = _DOCUMENTS[resource_type]
    return [
        statement
        for resource in templates.of_type(resource_type)
        for statement in _read(resource, name, resource.properties.get(name))
    ]


def identity_statements(templates: Templates) -> Iterator[Statement]:
    """Of policies, managed policies, and policies written inside a role."""
    for policy in templates.of_type(*_IDENTITY):
        yield from _read(policy, "PolicyDocument", policy.properties.get("PolicyDocument"))
    for role in templates.of_type(ROLE):
        for at, policy in enumerate(as_list(role.properties.get("Policies"))):
            yield from _read(role, f"Policies.{at}.PolicyDocument", as_mapping(policy).get("PolicyDocument"))


def role_statements(templates: Templates, role: Resource) -> list[Statement]:
    """What this role may do."""
    return [
        statement
        for statement in identity_statements(templates)
        if statement.resource == role
        or any(
            templates.find(attached, statement.resource.template, ROLE) == role
            for attached in as_list(statement.resource.properties.get("Roles"))
        )
    ]


def personalize_roles(templates: Templates) -> list[Resource]:
    """Roles that Amazon Personalize may assume."""
    return [
        role
        for role in templates.of_type(ROLE)
        if any(PERSONALIZE in statement.services for statement in trust_statements(role))
    ]


def _read(resource: Resource, name: str, document: Any) -> list[Statement]:
    written = as_list(as_mapping(document).get("Statement"))
    return [
        Statement(resource, f"Properties.{name}.Statement.{at}", as_mapping(part)) for at, part in enumerate(written)
    ]
