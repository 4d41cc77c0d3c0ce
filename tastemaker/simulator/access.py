"""What a job's role may do with objects and keys, decided as IAM does.

A job passes when its role trusts Amazon Personalize, the role's policies allow the action, and the bucket policy allows
it to the service principal; an encrypted bucket, or a dataset group with a key of its own, needs the key as well
(reference §11). An explicit Deny anywhere wins.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, Protocol

from tastemaker.errors import AwsError, UnsupportedBySimulatorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tastemaker.simulator.objects import ObjectStore

Document = dict[str, Any]
SERVICE: Final = "personalize.amazonaws.com"
_KEY_ACTIONS: Final = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")


@dataclass(frozen=True)
class Role:
    """An IAM role.

    Attributes:
        trust: its assume-role policy.
        policies: inline and attached ones.
    """

    arn: str
    trust: Document
    policies: tuple[Document, ...]


class PolicySource(Protocol):
    """Where policies are read; each answer as the service stores it, JSON parsed."""

    def role(self, role_arn: str) -> Role | None:
        """The role; None when there is none."""
        ...

    def bucket_policy(self, bucket: str) -> Document | None:
        """The bucket's policy; None when it has none."""
        ...

    def bucket_key(self, bucket: str) -> str | None:
        """ARN of the customer managed key that encrypts the bucket; None for S3's own encryption."""
        ...

    def key_policy(self, key_arn: str) -> Document | None:
        """The key's policy; None when there is no such key."""
        ...


@dataclass(frozen=True)
class Job:
    """On whose behalf Amazon Personalize reaches out.

    Attributes:
        key_arn: the dataset group's own key; None without one.
        data_keys: ARNs of the keys that the request names for its input and output.
    """

    region: str
    account_id: str
    role_arn: str | None
    key_arn: str | None = None
    data_keys: tuple[str, ...] = ()

    @property
    def conditions(self) -> dict[str, str]:
        """Values of the request's condition keys."""
        return {
            "aws:SourceAccount": self.account_id,
            "aws:SourceArn": f"arn:aws:personalize:{self.region}:{self.account_id}:*",
        }


class AccessPolicy(Protocol):
    """Decides whether a job may reach an object."""

    def denial(self, job: Job, actions: Sequence[str], bucket: str, key: str) -> str | None:
        """Why one of the actions is denied, naming the policy at fault; None when all are allowed."""
        ...

    def role_denial(self, job: Job, action: str) -> str | None:
        """Why the job's role may not do what names no resource; None when it may."""
        ...


class PolicyAccess:
    """An `AccessPolicy` over the account's own policies."""

    def __init__(self, source: PolicySource) -> None:
        self._source = source

    def denial(self, job: Job, actions: Sequence[str], bucket: str, key: str) -> str | None:
        """See `AccessPolicy`."""
        role = self._trusted(job)
        if isinstance(role, str):
            return role
        service = Caller(SERVICE, "Service", job.conditions)
        bucket_policy = self._source.bucket_policy(bucket) or {}
        for action in actions:
            resource = f"arn:aws:s3:::{bucket}" + ("" if action == "s3:ListBucket" else f"/{key}")
            if not allows(role.policies, action, resource):
                return f"{role.arn} does not allow {action} on {resource}"
            if not allows([bucket_policy], action, resource, service):
                return f"the policy of bucket {bucket} does not allow {SERVICE} {action} on {resource}"
        keys = dict.fromkeys(
            key_arn for key_arn in (self._source.bucket_key(bucket), job.key_arn, *job.data_keys) if key_arn is not None
        )
        return next((why for key_arn in keys if (why := self._key_denial(job, role, key_arn)) is not None), None)

    def role_denial(self, job: Job, action: str) -> str | None:
        """See `AccessPolicy`."""
        role = self._trusted(job)
        if isinstance(role, str):
            return role
        return None if allows(role.policies, action, "*") else f"{role.arn} does not allow {action}"

    def _trusted(self, job: Job) -> Role | str:
        """The job's role, or why the service cannot take it."""
        role = self._source.role(job.role_arn) if job.role_arn is not None else None
        if role is None:
            return f"there is no role {job.role_arn}"
        if not allows([role.trust], "sts:AssumeRole", None, Caller(SERVICE, "Service", job.conditions)):
            return f"{role.arn} does not trust {SERVICE}"
        return role

    def _key_denial(self, job: Job, role: Role, key_arn: str) -> str | None:
        policy = self._source.key_policy(key_arn)
        if policy is None:
            return f"there is no key {key_arn}"
        callers = (Caller(role.arn, "AWS", {}), Caller(SERVICE, "Service", job.conditions))
        for action in _KEY_ACTIONS:
            if not allows(role.policies, action, key_arn):
                return f"{role.arn} does not allow {action} on {key_arn}"
            # in a key policy the account's root stands for every role that IAM allows
            if not any(allows([policy], action, key_arn, caller) for caller in callers):
                return f"the policy of key {key_arn} does not allow {action}"
        return None


@dataclass(frozen=True)
class AuthorizedObjects:
    """An `ObjectStore` that asks before it reads or writes."""

    objects: ObjectStore
    access: AccessPolicy
    job: Job

    def fetch(self, location: str) -> list[Path]:
        """See `ObjectStore`."""
        self._check(location, ("s3:GetObject", "s3:ListBucket"))
        return self.objects.fetch(location)

    def fetch_tree(self, location: str) -> list[Path]:
        """See `ObjectStore`."""
        self._check(location, ("s3:GetObject", "s3:ListBucket"))
        return self.objects.fetch_tree(location)

    def put(self, location: str, body: bytes) -> None:
        """See `ObjectStore`."""
        self._check(location, ("s3:PutObject", "s3:ListBucket"))
        self.objects.put(location, body)

    def _check(self, location: str, actions: Sequence[str]) -> None:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        why = self.access.denial(self.job, actions, bucket, key)
        if why is not None:
            raise AwsError("s3", "AccessDenied", f"Access Denied: {why}.", 403)


@dataclass(frozen=True)
class Caller:
    """Who asks, for policies that name principals.

    Attributes:
        kind: `Service` or `AWS`, the member of Principal that names it.
        conditions: condition key to the request's value.
    """

    name: str
    kind: str
    conditions: Mapping[str, str]


def allows(
    policies: Iterable[Document], action: str, resource: str | None = None, caller: Caller | None = None
) -> bool:
    """Whether some statement allows and none denies.

    Args:
        resource: None for a trust policy, which names none.
        caller: None for a policy of a role, which names no principal and whose conditions see no source.

    Raises:
        UnsupportedBySimulatorError: a statement has an element or a condition operator that is not evaluated here.
    """
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in _listed(policy.get("Statement"))
        if _applies(statement, action, resource, caller)
    }
    return effects == {"Allow"}


def _applies(statement: Document, action: str, resource: str | None, caller: Caller | None) -> bool:
    conditions = caller.conditions if caller is not None else {}
    return (
        _matches(statement, "Action", action.lower(), lower=True)
        and (resource is None or _matches(statement, "Resource", resource))
        and (caller is None or _names(statement, caller))
        and all(_holds(*condition, conditions) for condition in _conditions(statement))
    )


def _matches(statement: Document, element: str, value: str, *, lower: bool = False) -> bool:
    """Whether the statement's element, or the absence from its `Not…`, covers a value; actions ignore case."""
    for name, wanted in ((element, True), (f"Not{element}", False)):
        if name in statement:
            patterns = (pattern.lower() if lower else pattern for pattern in _listed(statement[name]))
            return any(_like(value, pattern) for pattern in patterns) is wanted
    return False


def _names(statement: Document, caller: Caller) -> bool:
    if "NotPrincipal" in statement:
        raise UnsupportedBySimulatorError("a policy with NotPrincipal", "Write the statement with Principal.")
    principal = statement.get("Principal", {})
    if principal == "*":
        return True
    named = _listed(principal.get(caller.kind))
    if "*" in _listed(principal.get("AWS")) or caller.name in named:
        return True
    account = caller.name.split(":")[4] if caller.kind == "AWS" else ""
    return bool(account) and (account in named or f"arn:aws:iam::{account}:root" in named)


def _conditions(statement: Document) -> Iterator[tuple[str, str, list[str]]]:
    for operator, tests in statement.get("Condition", {}).items():
        for name, values in tests.items():
            yield operator, name, [str(value) for value in _listed(values)]


def _holds(operator: str, name: str, wanted: list[str], request: Mapping[str, str]) -> bool:
    """One condition. Keys of the request that it does not carry fail, except in negated and `IfExists` operators."""
    if operator == "Bool":  # the service always uses TLS
        return name.lower() == "aws:securetransport" and "true" in {value.lower() for value in wanted}
    plain = operator.removesuffix("IfExists")
    value = next((value for key, value in request.items() if key.lower() == name.lower()), None)
    negated = "Not" in plain
    test = {
        "StringEquals": str.__eq__, "StringLike": _like, "ArnEquals": _covers, "ArnLike": _covers,
    }.get(plain.replace("Not", "", 1))  # fmt: skip
    if test is None:
        raise UnsupportedBySimulatorError(f"a policy with the condition operator {operator}")
    if value is None:
        return negated or operator.endswith("IfExists")
    return any(test(value, pattern) for pattern in wanted) is not negated


def _covers(value: str, pattern: str) -> bool:
    """An ARN pattern; `value` may itself end in `*` for any resource of the account."""
    return _like(value, pattern)


def _like(value: str, pattern: str) -> bool:
    """IAM's wildcards: `*` and `?`, nothing else is special."""
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def parse_policy(text: str | Document) -> Document:
    """A policy as services give it: JSON text, or parsed already."""
    document: Document = json.loads(text) if isinstance(text, str) else text
    return document
