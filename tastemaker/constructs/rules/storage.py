"""Rules about the keys and buckets that Amazon Personalize uses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.datasets import GROUP
from tastemaker.constructs.rules.statements import (
    BUCKET,
    BUCKET_POLICY,
    KEY,
    PERSONALIZE,
    personalize_roles,
    resource_statements,
    role_statements,
)
from tastemaker.constructs.rules.statements import ROLE as IAM_ROLE
from tastemaker.constructs.rules.templates import as_list, as_mapping
from tastemaker.plan.data_access import KEY_POLICY_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.constructs.rules.statements import Statement
    from tastemaker.constructs.rules.templates import Resource, Templates

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def _keys(templates: Templates) -> list[Resource]:
    """Keys that Amazon Personalize uses: a dataset group's, and those that name it or its role in their policy."""
    used = {
        templates.find(group.properties.get("KmsKeyArn"), group.template, KEY) for group in templates.of_type(GROUP)
    }
    for statement in resource_statements(templates, KEY):
        if PERSONALIZE in statement.services or _role_of(templates, statement) is not None:
            used.add(statement.resource)
    return [key for key in templates.of_type(KEY) if key in used]


def _role_of(templates: Templates, statement: Statement) -> Resource | None:
    """The role of Amazon Personalize that a statement of a key policy names."""
    named = as_mapping(statement.written.get("Principal")).get("AWS")
    found = templates.find(named, statement.resource.template, IAM_ROLE)
    return found if found in personalize_roles(templates) else None


def _check_grants(templates: Templates) -> Iterator[Violation]:
    statements = resource_statements(templates, KEY)
    for key in _keys(templates):
        own = [statement for statement in statements if statement.resource == key]
        parties = {"Amazon Personalize": [statement for statement in own if PERSONALIZE in statement.services]}
        if personalize_roles(templates):
            parties["the role of Amazon Personalize"] = [one for one in own if _role_of(templates, one) is not None]
        for party, theirs in parties.items():
            missing = [action for action in KEY_POLICY_ACTIONS if not any(one.allows(action) for one in theirs)]
            if missing:
                message = f"the key policy does not allow {party} {', '.join(missing)}"
                yield Violation(key, "Properties.KeyPolicy", message)


def _check_rotation(templates: Templates) -> Iterator[Violation]:
    for key in _keys(templates):
        if key.properties.get("EnableKeyRotation") is not True:
            yield Violation(key, "Properties.EnableKeyRotation", "the key of users' data is never rotated")


def _buckets(templates: Templates) -> list[Resource]:
    """Buckets that a role of Amazon Personalize may read or write, and those that name the service in their policy."""
    used = {_bucket_of(templates, one) for one in _bucket_statements(templates)}
    for role in personalize_roles(templates):
        for statement in role_statements(templates, role):
            for written in as_list(statement.written.get("Resource")):
                used.add(templates.find(written, statement.resource.template, BUCKET))
    return [bucket for bucket in templates.of_type(BUCKET) if bucket in used]


def _bucket_statements(templates: Templates) -> list[Statement]:
    return [one for one in resource_statements(templates, BUCKET_POLICY) if PERSONALIZE in one.services]


def _bucket_of(templates: Templates, statement: Statement) -> Resource | None:
    policy = statement.resource
    return templates.find(policy.properties.get("Bucket"), policy.template, BUCKET)


def _check_policy(templates: Templates) -> Iterator[Violation]:
    for bucket in _buckets(templates):
        own = [one for one in _bucket_statements(templates) if _bucket_of(templates, one) == bucket]
        missing = [action for action in ("s3:GetObject", "s3:ListBucket") if not any(one.allows(action) for one in own)]
        if missing:
            message = f"the bucket policy does not allow Amazon Personalize {' and '.join(missing)}"
            yield Violation(bucket, "Properties", message)


def _check_encryption(templates: Templates) -> Iterator[Violation]:
    for bucket in _buckets(templates):
        if "aws:kms" not in json.dumps(bucket.properties.get("BucketEncryption", {})):
            message = "users' data lie in a bucket that no key of the account encrypts"
            yield Violation(bucket, "Properties.BucketEncryption", message)


def _check_public(templates: Templates) -> Iterator[Violation]:
    for bucket in _buckets(templates):
        settings = as_mapping(bucket.properties.get("PublicAccessBlockConfiguration"))
        missing = [name for name in _BLOCKS if settings.get(name) is not True]
        if missing:
            message = f"the bucket can be made public: {', '.join(missing)} not set"
            yield Violation(bucket, "Properties.PublicAccessBlockConfiguration", message)


_S3, _KMS = "developer guide, granting-personalize-s3-access", "developer guide, granting-personalize-key-access"
GRANTS = Rule(
    "key-policy", "The key policy allows the service and its role what they need.",
    f"Allow both {', '.join(KEY_POLICY_ACTIONS)}.", _KMS, Severity.ERROR, _check_grants,
)  # fmt: skip
ROTATION = Rule(
    "key-rotation", "The key of users' data is rotated.", "Set EnableKeyRotation.", _KMS, Severity.ERROR,
    _check_rotation,
)  # fmt: skip
POLICY = Rule(
    "bucket-policy", "The bucket policy allows what the role is allowed: the service needs both.",
    "Allow personalize.amazonaws.com s3:ListBucket on the bucket and s3:GetObject on its objects.",
    _S3, Severity.ERROR, _check_policy,
)  # fmt: skip
ENCRYPTION = Rule(
    "bucket-encryption", "Users' data are encrypted with a key of the account.",
    "Set BucketEncryption to aws:kms with a key that Amazon Personalize may use.",
    "developer guide, data-encryption", Severity.WARNING, _check_encryption,
)  # fmt: skip
PUBLIC = Rule(
    "bucket-public", "Users' data cannot become public.", "Set all four members of PublicAccessBlockConfiguration.",
    "Amazon S3 user guide, access-control-block-public-access", Severity.ERROR, _check_public,
)  # fmt: skip
