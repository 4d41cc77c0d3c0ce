"""Policies of the account's roles, buckets and keys: read through the SDK, and those that the data stack makes.

The rights are those of `plan/data_access.py`, which the deployed policies are made of, too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Protocol

from tastemaker.errors import AwsError
from tastemaker.plan.data_access import (
    BUCKET,
    DATA_RIGHTS,
    EVERYTHING,
    KEY,
    KEY_POLICY_ACTIONS,
    OBJECTS,
    role_rights,
    source_conditions,
)
from tastemaker.simulator.access import SERVICE, Document, Job, PolicyAccess, Role, parse_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ABSENT: Final = frozenset(
    {
        "NoSuchEntity",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "ServerSideEncryptionConfigurationNotFoundError",
        "NotFoundException",
    }
)


class Caller(Protocol):
    """An AWS operation by botocore's names."""

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]: ...


class AccountPolicies:
    """A `PolicySource` over IAM, S3 and KMS; reads them anew each time, so that a change counts at once."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def role(self, role_arn: str) -> Role | None:
        """See `PolicySource`."""
        name = role_arn.rpartition("/")[2]
        found = self._find("iam", "GetRole", RoleName=name)
        if found is None or found["Role"]["Arn"] != role_arn:
            return None
        policies = (*self._inline(name), *self._attached(name))
        return Role(role_arn, parse_policy(found["Role"]["AssumeRolePolicyDocument"]), policies)

    def _inline(self, role_name: str) -> list[Document]:
        names = self._caller.call("iam", "ListRolePolicies", {"RoleName": role_name})["PolicyNames"]
        answers = (
            self._caller.call("iam", "GetRolePolicy", {"RoleName": role_name, "PolicyName": name}) for name in names
        )
        return [parse_policy(answer["PolicyDocument"]) for answer in answers]

    def _attached(self, role_name: str) -> list[Document]:
        listed = self._caller.call("iam", "ListAttachedRolePolicies", {"RoleName": role_name})["AttachedPolicies"]
        return [self._managed(entry["PolicyArn"]) for entry in listed]

    def _managed(self, policy_arn: str) -> Document:
        version = self._caller.call("iam", "GetPolicy", {"PolicyArn": policy_arn})["Policy"]["DefaultVersionId"]
        params = {"PolicyArn": policy_arn, "VersionId": version}
        return parse_policy(self._caller.call("iam", "GetPolicyVersion", params)["PolicyVersion"]["Document"])

    def bucket_policy(self, bucket: str) -> Document | None:
        """See `PolicySource`."""
        found = self._find("s3", "GetBucketPolicy", Bucket=bucket)
        return None if found is None else parse_policy(found["Policy"])

    def bucket_key(self, bucket: str) -> str | None:
        """See `PolicySource`."""
        found = self._find("s3", "GetBucketEncryption", Bucket=bucket)
        rules = found["ServerSideEncryptionConfiguration"]["Rules"] if found is not None else []
        keys = (rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID") for rule in rules)
        return next((str(key) for key in keys if key is not None), None)

    def key_policy(self, key_arn: str) -> Document | None:
        """See `PolicySource`."""
        found = self._find("kms", "GetKeyPolicy", KeyId=key_arn, PolicyName="default")
        return None if found is None else parse_policy(found["Policy"])

    def _find(self, service: str, operation: str, **params: str) -> dict[str, Any] | None:
        """The answer; None when the service says that there is no such thing."""
        try:
            return self._caller.call(service, operation, params)
        except AwsError as error:
            if error.code in _ABSENT:
                return None
            raise


def find_data_denial(caller: Caller, *, region: str, account_id: str, role_arn: str, bucket: str) -> str | None:
    """Why a job of Amazon Personalize may not read or write the bucket, its key included; None when it may.

    The same rules decide here and in the local service. Policies of the organisation are not read.
    """
    access = PolicyAccess(AccountPolicies(caller))
    job = Job(region, account_id, role_arn)
    return access.denial(job, ["s3:ListBucket", "s3:GetObject", "s3:PutObject"], bucket, "full/interactions/")


def create_data_access(
    caller: Caller, *, bucket: str, role_name: str, region: str, account_id: str, publishes_metrics: bool = False
) -> str:
    """Make the role and the key, and let Amazon Personalize into an existing bucket; gives the key's ARN.

    Args:
        publishes_metrics: the role may write to CloudWatch, which a metric attribution needs.
    """
    of_account = source_conditions(account_id, f"arn:aws:personalize:{region}:{account_id}:*")
    service = {"Principal": {"Service": SERVICE}, "Condition": of_account}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", **service}
    role = caller.call("iam", "CreateRole", {"RoleName": role_name, "AssumeRolePolicyDocument": _policy(trust)})
    key_arn = _create_key(caller, account_id, role["Role"]["Arn"], of_account)
    places = {BUCKET: f"arn:aws:s3:::{bucket}", OBJECTS: f"arn:aws:s3:::{bucket}/*", KEY: key_arn, EVERYTHING: "*"}
    rights = role_rights(publishes_metrics=publishes_metrics)
    document = _policy(*(_allow(actions, places[place]) for actions, place in rights))
    caller.call("iam", "PutRolePolicy", {"RoleName": role_name, "PolicyName": "data", "PolicyDocument": document})
    bucket_policy = _policy(*({**_allow(actions, places[place]), **service} for actions, place in DATA_RIGHTS))
    caller.call("s3", "PutBucketPolicy", {"Bucket": bucket, "Policy": bucket_policy})
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}
    caller.call("s3", "PutBucketEncryption", {"Bucket": bucket, "ServerSideEncryptionConfiguration": rules})
    return key_arn


def _create_key(caller: Caller, account_id: str, role_arn: str, of_account: Document) -> str:
    policy = _policy(
        {**_allow(["kms:*"], "*"), "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"}},
        {**_allow(KEY_POLICY_ACTIONS, "*"), "Principal": {"AWS": role_arn}},
        {**_allow(KEY_POLICY_ACTIONS, "*"), "Principal": {"Service": SERVICE}, "Condition": of_account},
    )
    return str(caller.call("kms", "CreateKey", {"Policy": policy})["KeyMetadata"]["Arn"])


def _allow(actions: Iterable[str], resource: str) -> Document:
    return {"Effect": "Allow", "Action": [*actions], "Resource": resource}


def _policy(*statements: Document) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
