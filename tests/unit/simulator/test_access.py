from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from tastemaker.aws import Boto3Caller
from tastemaker.aws_policies import AccountPolicies, create_data_access
from tastemaker.errors import AwsError, UnsupportedBySimulatorError
from tastemaker.simulator.access import AuthorizedObjects, Caller, Document, Job, PolicyAccess, Role, allows
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.service import Simulator
from tests.support.simulator import ROLE, START, CountingRecipe, FolderStore, Lab, interactions_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVICE = "personalize.amazonaws.com"
KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
JOB = Job("us-east-1", "123456789012", ROLE)
READ = ("s3:GetObject", "s3:ListBucket")
SOURCE = {"aws:SourceAccount": "123456789012", "aws:SourceArn": "arn:aws:personalize:us-east-1:123456789012:*"}
OF_ACCOUNT = {
    "StringEquals": {"aws:SourceAccount": "123456789012"},
    "StringLike": {"aws:SourceArn": "arn:aws:personalize:us-east-1:123456789012:*"},
}


def policy(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: str | list[str], resource: str | list[str] = "*", **more: Any) -> Document:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


TRUST = policy(
    {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole", "Condition": OF_ACCOUNT}
)
DATA = (allow("s3:ListBucket", "arn:aws:s3:::shop"), allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::shop/*"))
KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]


@dataclass
class Policies:
    """A `PolicySource` in memory, correct until a test changes it."""

    roles: dict[str, Role] = field(
        default_factory=lambda: {ROLE: Role(ROLE, TRUST, (policy(*DATA), policy(allow(KEY_ACTIONS, KEY))))}
    )
    buckets: dict[str, Document] = field(
        default_factory=lambda: {
            "shop": policy(*({**entry, "Principal": {"Service": SERVICE}, "Condition": OF_ACCOUNT} for entry in DATA))
        }
    )
    encrypted: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Document] = field(
        default_factory=lambda: {KEY: policy(allow(KEY_ACTIONS, Principal={"AWS": ROLE}))}
    )

    def role(self, role_arn: str) -> Role | None:
        return self.roles.get(role_arn)

    def bucket_policy(self, bucket: str) -> Document | None:
        return self.buckets.get(bucket)

    def bucket_key(self, bucket: str) -> str | None:
        return self.encrypted.get(bucket)

    def key_policy(self, key_arn: str) -> Document | None:
        return self.keys.get(key_arn)


def denial(policies: Policies, job: Job = JOB, actions: tuple[str, ...] = READ) -> str | None:
    return PolicyAccess(policies).denial(job, actions, "shop", "data/a.csv")


def test_a_role_and_a_bucket_that_both_allow_are_enough() -> None:
    assert denial(Policies()) is None


def test_a_role_must_exist() -> None:
    assert denial(Policies(roles={})) == f"there is no role {ROLE}"


def test_a_role_must_trust_personalize() -> None:
    trust = json.loads(json.dumps(TRUST).replace(SERVICE, "sagemaker.amazonaws.com"))
    assert denial(Policies(roles={ROLE: Role(ROLE, trust, (policy(*DATA),))})) == (
        f"{ROLE} does not trust personalize.amazonaws.com"
    )


def test_a_role_that_trusts_personalize_of_another_account_is_no_use() -> None:
    job = replace(JOB, account_id="210987654321")
    assert denial(Policies(), job) == f"{ROLE} does not trust personalize.amazonaws.com"


def test_a_role_needs_every_action() -> None:
    policies = Policies(roles={ROLE: Role(ROLE, TRUST, (policy(DATA[1]),))})
    assert denial(policies) == f"{ROLE} does not allow s3:ListBucket on arn:aws:s3:::shop"


def test_writing_needs_its_own_right() -> None:
    reader = policy(DATA[0], allow("s3:GetObject", "arn:aws:s3:::shop/*"))
    policies = Policies(roles={ROLE: Role(ROLE, TRUST, (reader,))})
    assert denial(policies) is None
    assert denial(policies, actions=("s3:PutObject",)) == (
        f"{ROLE} does not allow s3:PutObject on arn:aws:s3:::shop/data/a.csv"
    )


def test_a_bucket_without_a_policy_is_closed() -> None:
    assert denial(Policies(buckets={})) == (
        "the policy of bucket shop does not allow personalize.amazonaws.com s3:GetObject on "
        "arn:aws:s3:::shop/data/a.csv"
    )


def test_a_deny_in_the_bucket_policy_wins() -> None:
    policies = Policies()
    policies.buckets["shop"]["Statement"].append(
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::shop/data/*"}
    )
    assert denial(policies) is not None


def test_a_deny_of_requests_without_tls_does_not_concern_the_service() -> None:
    policies = Policies()
    policies.buckets["shop"]["Statement"].append(
        {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )
    assert denial(policies) is None


def test_an_encrypted_bucket_needs_the_key() -> None:
    policies = Policies(encrypted={"shop": KEY})
    assert denial(policies) is None
    policies.keys[KEY] = policy(allow(["kms:Decrypt"], Principal={"AWS": ROLE}))
    assert denial(policies) == f"the policy of key {KEY} does not allow kms:GenerateDataKey"
    assert denial(replace(policies, keys={})) == f"there is no key {KEY}"


def test_a_role_needs_the_key_itself_even_when_the_key_allows_it() -> None:
    policies = Policies(encrypted={"shop": KEY}, roles={ROLE: Role(ROLE, TRUST, (policy(*DATA),))})
    assert denial(policies) == f"{ROLE} does not allow kms:Decrypt on {KEY}"


def test_the_accounts_root_in_a_key_policy_stands_for_its_roles() -> None:
    root = policy(allow("kms:*", Principal={"AWS": "arn:aws:iam::123456789012:root"}))
    assert denial(Policies(encrypted={"shop": KEY}, keys={KEY: root})) is None


def test_a_group_with_a_key_of_its_own_needs_that_key() -> None:
    other = KEY.replace("key/k", "key/other")
    assert denial(Policies(), replace(JOB, key_arn=KEY)) is None
    assert denial(Policies(), replace(JOB, key_arn=other)) == f"there is no key {other}"


def test_a_request_that_names_keys_needs_them() -> None:
    other = KEY.replace("key/k", "key/other")
    assert denial(Policies(), replace(JOB, data_keys=(KEY,))) is None
    assert denial(Policies(), replace(JOB, data_keys=(KEY, other))) == f"there is no key {other}"


def guarded_lab(root: Path, role: Role, **more: Any) -> Lab:
    """A simulator whose bucket is open to the service, with one role."""
    buckets = {"bucket": policy(allow("s3:*", Principal={"Service": SERVICE}))}
    access = PolicyAccess(Policies(roles={ROLE: role}, buckets=buckets, **more))
    clock, objects, recipe = ManualClock(START), FolderStore(root), CountingRecipe()
    return Lab(Simulator(clock=clock, objects=objects, recipes={}, access=access), clock, objects, recipe)


def test_an_export_to_a_key_that_is_not_there_fails(tmp_path: Path) -> None:
    lab = guarded_lab(tmp_path, Role(ROLE, TRUST, (policy(allow("*")),)), keys={})
    dataset = lab.dataset(lab.group())
    lab.load(dataset, interactions_csv())
    place = {"path": "s3://bucket/out/", "kmsKeyArn": KEY}
    params = {"jobName": "e", "datasetArn": dataset, "roleArn": ROLE, "ingestionMode": "BULK"}
    arn = lab.control("CreateDatasetExportJob", **params, jobOutput={"s3DataDestination": place})["datasetExportJobArn"]
    lab.wait()
    job = lab.control("DescribeDatasetExportJob", datasetExportJobArn=arn)["datasetExportJob"]
    assert (job["status"], job["failureReason"]) == (
        "CREATE FAILED",
        "Insufficient privileges for accessing data in Amazon S3",
    )


@pytest.mark.parametrize(
    ("trust", "actions", "expected"),
    [
        (TRUST, "cloudwatch:PutMetricData", ("ACTIVE", None)),
        (TRUST, "cloudwatch:Get*", ("CREATE FAILED", f"{ROLE} does not allow cloudwatch:PutMetricData.")),
        (policy(), "cloudwatch:*", ("CREATE FAILED", f"{ROLE} does not trust {SERVICE}.")),
    ],
)
def test_a_metric_attribution_needs_a_role_that_may_write_to_cloudwatch(
    tmp_path: Path, trust: Document, actions: str, expected: tuple[str, str | None]
) -> None:
    lab = guarded_lab(tmp_path, Role(ROLE, trust, (policy(allow(actions)),)))
    group = lab.group()
    lab.dataset(group)
    metrics = [{"eventType": "view", "metricName": "views", "expression": "SAMPLECOUNT()"}]
    params = {"name": "ma", "datasetGroupArn": group, "metrics": metrics, "metricsOutputConfig": {"roleArn": ROLE}}
    arn = lab.control("CreateMetricAttribution", **params)["metricAttributionArn"]
    lab.wait()
    found = lab.control("DescribeMetricAttribution", metricAttributionArn=arn)["metricAttribution"]
    reason = found.get("failureReason")
    prefix = "Insufficient privileges for publishing metrics to Amazon CloudWatch: "
    assert (found["status"], reason and reason.removeprefix(prefix)) == expected


def test_objects_refuse_as_s3_does(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("s3://shop/data/a.csv", b"x")
    allowed = AuthorizedObjects(store, PolicyAccess(Policies()), JOB)
    assert allowed.fetch("s3://shop/data/a.csv") == [tmp_path / "shop/data/a.csv"]
    allowed.put("s3://shop/data/b.csv", b"y")
    closed = AuthorizedObjects(store, PolicyAccess(Policies(buckets={})), JOB)
    with pytest.raises(AwsError, match="Access Denied: the policy of bucket shop does not allow") as caught:
        closed.fetch("s3://shop/data/a.csv")
    assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    ("buckets", "expected"),
    [
        ({"bucket": policy(allow("s3:*", Principal={"Service": SERVICE}))}, ("ACTIVE", None)),
        ({}, ("CREATE FAILED", "Insufficient privileges for accessing data in Amazon S3")),
    ],
)
def test_an_import_reads_what_its_role_and_the_bucket_allow(
    tmp_path: Path, buckets: dict[str, Document], expected: tuple[str, str | None]
) -> None:
    clock, objects, recipe = ManualClock(START), FolderStore(tmp_path), CountingRecipe()
    role = Role(ROLE, TRUST, (policy(allow("s3:*")),))
    access = PolicyAccess(Policies(roles={ROLE: role}, buckets=buckets))
    lab = Lab(Simulator(clock=clock, objects=objects, recipes={}, access=access), clock, objects, recipe)
    job = lab.load(lab.dataset(lab.group()), interactions_csv())
    answer = lab.control("DescribeDatasetImportJob", datasetImportJobArn=job)["datasetImportJob"]
    assert (answer["status"], answer.get("failureReason")) == expected


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (allow("s3:getobject", "arn:aws:s3:::shop/a"), True),
        (allow("s3:Get*", "arn:aws:s3:::shop/?"), True),
        (allow("*", "*"), True),
        (allow("s3:GetObject", "arn:aws:s3:::shop/[a]"), False),
        (allow("s3:GetObject", "arn:aws:s3:::shop"), False),
        (allow("s3:Put*", "*"), False),
        ({"Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::shop/*"}, False),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, False),
    ],
)
def test_actions_and_resources_match_as_in_iam(statement: Document, allowed: bool) -> None:
    assert allows([policy(statement)], "s3:GetObject", "arn:aws:s3:::shop/a") is allowed


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"aws:sourceaccount": ["1", "123456789012"]}}, True),
        ({"StringEquals": {"aws:SourceAccount": "1234*"}}, False),
        ({"StringLike": {"aws:SourceAccount": "1234*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:personalize:*:123456789012:*"}}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:personalize:eu-west-1:123456789012:*"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "123456789012"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"StringEquals": {"aws:SourceAccount": "123456789012"}, "StringLike": {"aws:SourceArn": "x"}}, False),
    ],
)
def test_all_conditions_must_hold(condition: Document, allowed: bool) -> None:
    statement = allow("*", Principal={"Service": SERVICE}, Condition=condition)
    assert allows([policy(statement)], "s3:GetObject", "r", Caller(SERVICE, "Service", SOURCE)) is allowed


def test_what_is_not_evaluated_is_an_error_and_no_silent_permission() -> None:
    statement = allow("*", Principal={"Service": SERVICE}, Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    with pytest.raises(UnsupportedBySimulatorError, match="a policy with the condition operator IpAddress"):
        allows([policy(statement)], "s3:GetObject", "r", Caller(SERVICE, "Service", SOURCE))


@pytest.fixture
def account() -> Iterator[Boto3Caller]:
    with mock_aws():
        caller = Boto3Caller("us-east-1")
        caller.call("s3", "CreateBucket", {"Bucket": "shop"})
        yield caller


def provisioned(caller: Boto3Caller) -> Job:
    create_data_access(caller, bucket="shop", role_name="personalize", region="us-east-1", account_id="123456789012")
    return JOB


def test_what_the_data_stack_makes_lets_jobs_read_and_write(account: Boto3Caller) -> None:
    job = provisioned(account)
    access = PolicyAccess(AccountPolicies(account))
    assert access.denial(job, (*READ, "s3:PutObject"), "shop", "data/a.csv") is None


def test_a_change_of_the_account_counts_at_once(account: Boto3Caller) -> None:
    job = provisioned(account)
    access = PolicyAccess(AccountPolicies(account))
    account.call("s3", "DeleteBucketPolicy", {"Bucket": "shop"})
    why = access.denial(job, READ, "shop", "a.csv")
    assert why is not None
    assert why.startswith("the policy of bucket shop does not allow personalize.amazonaws.com s3:GetObject")


def test_managed_policies_of_a_role_count(account: Boto3Caller) -> None:
    job = provisioned(account)
    inline = account.call("iam", "GetRolePolicy", {"RoleName": "personalize", "PolicyName": "data"})
    account.call("iam", "DeleteRolePolicy", {"RoleName": "personalize", "PolicyName": "data"})
    access = PolicyAccess(AccountPolicies(account))
    assert access.denial(job, READ, "shop", "a.csv") == (
        f"{ROLE} does not allow s3:GetObject on arn:aws:s3:::shop/a.csv"
    )
    document = json.dumps(copy.deepcopy(inline["PolicyDocument"]))
    made = account.call("iam", "CreatePolicy", {"PolicyName": "data", "PolicyDocument": document})
    account.call("iam", "AttachRolePolicy", {"RoleName": "personalize", "PolicyArn": made["Policy"]["Arn"]})
    assert access.denial(job, READ, "shop", "a.csv") is None


def test_a_bucket_and_a_role_that_are_not_there_are_denied(account: Boto3Caller) -> None:
    access = PolicyAccess(AccountPolicies(account))
    assert access.denial(JOB, READ, "shop", "a.csv") == f"there is no role {ROLE}"
    provisioned(account)
    assert access.denial(JOB, READ, "elsewhere", "a.csv") == (
        f"{ROLE} does not allow s3:GetObject on arn:aws:s3:::elsewhere/a.csv"
    )
