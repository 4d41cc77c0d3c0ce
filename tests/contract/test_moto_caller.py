"""What goes straight to moto's handlers answers as through boto3."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws
from moto.s3.models import s3_backends

from tastemaker.aws import REGION, Boto3Caller, environment
from tastemaker.errors import AwsError
from tastemaker.moto_caller import MotoCaller, shared_key_material

if TYPE_CHECKING:
    from collections.abc import Iterator

TOPIC = f"arn:aws:sns:{REGION}:123456789012:t"
KEY = {"p": {"S": "a"}, "s": {"S": "1"}}
OWNED = {
    "ConditionExpression": "#o = :me",
    "ExpressionAttributeNames": {"#o": "owner"},
    "ExpressionAttributeValues": {":me": {"S": "me"}},
}
COUNT = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
TABLE = {"TableName": "t"}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("dynamodb", "GetItem", {"Key": KEY}),
    ("dynamodb", "PutItem", {"Item": {**KEY, "owner": {"S": "me"}, "list": {"L": [{"M": {"x": {"NULL": True}}}]}}}),
    ("dynamodb", "PutItem", {"Item": KEY, "ConditionExpression": "attribute_not_exists(p)"}),
    ("dynamodb", "PutItem", {"Item": {**KEY, "owner": {"S": "me"}}, "ReturnValues": "ALL_OLD"}),
    ("dynamodb", "GetItem", {"Key": KEY, "ConsistentRead": True, "ProjectionExpression": "p"}),
    ("dynamodb", "UpdateItem", {"Key": KEY, **COUNT, "ReturnValues": "ALL_NEW"}),
    ("dynamodb", "UpdateItem", {"Key": KEY, **COUNT}),
    ("dynamodb", "UpdateItem", {"Key": KEY, "UpdateExpression": "SET"}),
    ("dynamodb", "UpdateItem", {"Key": {"p": {"S": "a"}}, **COUNT}),
    ("dynamodb", "Query", {"KeyConditionExpression": "p = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}}),
    ("dynamodb", "Query", {"KeyConditionExpression": "p = :p", "ExpressionAttributeValues": {":p": {"S": "z"}}}),
    ("dynamodb", "DeleteItem", {"Key": KEY, **OWNED, "ExpressionAttributeValues": {":me": {"S": "you"}}}),
    ("dynamodb", "DeleteItem", {"Key": KEY, **OWNED}),
    ("dynamodb", "DeleteItem", {"Key": KEY}),
    ("dynamodb", "GetItem", {"Key": KEY, "TableName": "gone"}),
    ("dynamodb", "GetItem", {"Key": KEY, "Clef": 1}),
    ("dynamodb", "GetItem", {}),
    ("sns", "Publish", {"TopicArn": TOPIC, "Subject": "s", "Message": "m"}),
    ("sns", "Publish", {"TopicArn": f"{TOPIC}2", "Message": "m"}),
    ("events", "PutEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": "{}"}]}),
    ("events", "PutEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": "no json"}]}),
]
METRIC = {"MetricName": "Age", "Value": 1.5, "Dimensions": [{"Name": "Project", "Value": "shop"}]}
CALLS += [
    ("cloudwatch", "PutMetricData", {"Namespace": "Tastemaker", "MetricData": [METRIC, {**METRIC, "Value": 2}]}),
    ("cloudwatch", "PutMetricData", {"Namespace": "Tastemaker", "MetricData": [{**METRIC, "Values": [1.0]}]}),
    ("cloudwatch", "PutMetricData", {"MetricData": [METRIC]}),
    (
        "cloudwatch",
        "GetMetricStatistics",
        {
            "Namespace": "Tastemaker",
            "MetricName": "Age",
            "StartTime": "2000-01-01T00:00:00Z",
            "EndTime": "2100-01-01T00:00:00Z",
            "Period": 3_155_760_000,
            "Statistics": ["Sum", "SampleCount"],
        },
    ),
]
QUEUE = f"https://sqs.{REGION}.amazonaws.com/123456789012/q.fifo"
SENT = {"MessageBody": "{}", "MessageGroupId": "g", "MessageDeduplicationId": "1"}
RECEIPT = {"ReceiptHandle": "gone"}
CALLS += [
    ("sqs", "GetQueueAttributes", {"QueueUrl": QUEUE, "AttributeNames": ["All"]}),
    ("sqs", "GetQueueAttributes", {"QueueUrl": f"{QUEUE}2", "AttributeNames": ["QueueArn"]}),
    ("sqs", "ReceiveMessage", {"QueueUrl": QUEUE, "AttributeNames": ["All"]}),
    ("sqs", "SendMessage", {"QueueUrl": QUEUE, **SENT}),
    ("sqs", "SendMessage", {"QueueUrl": QUEUE, "MessageBody": "without a group"}),
    ("sqs", "ReceiveMessage", {"QueueUrl": QUEUE, "AttributeNames": ["All"], "MaxNumberOfMessages": 10}),
    ("sqs", "ReceiveMessage", {"QueueUrl": QUEUE, "MaxNumberOfMessages": 11}),
    ("sqs", "ChangeMessageVisibility", {"QueueUrl": QUEUE, **RECEIPT, "VisibilityTimeout": 0}),
    ("sqs", "DeleteMessage", {"QueueUrl": QUEUE, **RECEIPT}),
    ("sqs", "GetQueueAttributes", {"QueueUrl": QUEUE, "AttributeNames": ["ApproximateNumberOfMessages"]}),
]
ROLE = {"RoleName": "r"}
CALLS += [
    ("iam", "CreateRole", {**ROLE, "AssumeRolePolicyDocument": "{}", "Path": "/p/"}),
    ("iam", "ListRolePolicies", ROLE),
    ("iam", "ListAttachedRolePolicies", ROLE),
    ("iam", "PutRolePolicy", {**ROLE, "PolicyName": "own", "PolicyDocument": json.dumps(POLICY)}),
    ("iam", "CreatePolicy", {"PolicyName": "shared", "PolicyDocument": json.dumps(POLICY)}),
    ("iam", "AttachRolePolicy", {**ROLE, "PolicyArn": "arn:aws:iam::123456789012:policy/shared"}),
    ("iam", "ListRolePolicies", ROLE),
    ("iam", "ListAttachedRolePolicies", ROLE),
    ("iam", "ListRolePolicies", {"RoleName": "gone"}),
    ("iam", "ListAttachedRolePolicies", {"RoleName": "gone"}),
    ("iam", "ListRolePolicies", {}),
]
BUCKET = {"Bucket": "bucket"}
CALLS += [
    ("s3", "ListObjectsV2", BUCKET),
    ("s3", "PutObject", {**BUCKET, "Key": "data/a b+c ü.csv", "Body": b"1234"}),
    ("s3", "PutObject", {**BUCKET, "Key": "data/empty", "Body": b"", "ChecksumAlgorithm": "SHA256"}),
    ("s3", "PutObject", {**BUCKET, "Key": "other", "Body": b"5"}),
    ("s3", "PutObject", {**BUCKET, "Key": "gone", "Body": b"5"}),
    ("s3", "DeleteObject", {**BUCKET, "Key": "gone"}),
    ("s3", "ListObjectsV2", BUCKET),
    ("s3", "ListObjectsV2", {**BUCKET, "Prefix": "data/"}),
    ("s3", "ListObjectsV2", {**BUCKET, "Prefix": "none"}),
    ("s3", "ListObjectsV2", {**BUCKET, "Delimiter": "/"}),
    ("s3", "ListObjectsV2", {**BUCKET, "Prefix": "data/", "Delimiter": "/"}),
    ("s3", "ListObjectsV2", {**BUCKET, "Prefix": "da", "Delimiter": "/"}),
    ("s3", "ListObjectsV2", {**BUCKET, "MaxKeys": 1}),
    ("s3", "ListObjectsV2", {"Bucket": "no-such-bucket"}),
    ("s3", "ListObjectsV2", {**BUCKET, "Prefix": 1}),
    ("s3", "ListObjectsV2", {}),
]
VARYING = {"MessageId", "EventId", "Timestamp", "ReceiptHandle", "SequenceNumber", "CreatedTimestamp"}
VARYING |= {"LastModified", "NextContinuationToken", "CreateDate", "UpdateDate", "RoleId", "PolicyId"}
VARYING |= {"SentTimestamp", "ApproximateFirstReceiveTimestamp", "LastModifiedTimestamp"}


@contextmanager
def account() -> Iterator[None]:
    with environment({"AWS_DEFAULT_REGION": REGION}), mock_aws():
        yield


@pytest.fixture
def in_account() -> Iterator[None]:
    with account():
        yield


def provision(caller: Boto3Caller) -> None:
    names = {"p": "HASH", "s": "RANGE"}
    table = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in names.items()],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
    }
    caller.call("dynamodb", "CreateTable", {**TABLE, **table})
    caller.call("sns", "CreateTopic", {"Name": "t"})
    caller.call("s3", "CreateBucket", BUCKET)
    caller.call("sqs", "CreateQueue", {"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true"}})


def told(caller: Boto3Caller) -> list[Any]:
    """Answer or error of each call, in order."""
    provision(caller)
    found: list[Any] = []
    for service, operation, params in CALLS:
        whole = {**TABLE, **params} if service == "dynamodb" else params
        try:
            found.append(without_varying(caller.call(service, operation, whole)))
        except AwsError as error:
            found.append((error.code, error.message, error.status))
    return found


def without_varying(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "…" if key in VARYING else without_varying(part) for key, part in value.items()}
    return [without_varying(part) for part in value] if isinstance(value, list) else value


def test_answers_and_errors_are_those_of_the_wire() -> None:
    with account():
        direct = told(MotoCaller(REGION))
    with account():
        wire = told(Boto3Caller(REGION))
    assert [pair for pair in zip(CALLS, direct, wire, strict=True) if pair[1] != pair[2]] == []


@pytest.mark.usefixtures("in_account")
def test_a_listing_tells_when_an_object_was_written_and_gives_further_pages() -> None:
    direct, wire = MotoCaller(REGION), Boto3Caller(REGION)
    provision(direct)
    for number in range(1001):
        s3_backends["123456789012"]["aws"].put_object("bucket", f"{number:04}", b"")
        if number in {0, 1000}:
            found, wanted = (caller.call("s3", "ListObjectsV2", BUCKET) for caller in (direct, wire))
            assert found["Contents"] == wanted["Contents"]
            assert found["IsTruncated"] is (number == 1000)
    rest = direct.call("s3", "ListObjectsV2", {**BUCKET, "ContinuationToken": found["NextContinuationToken"]})
    assert [entry["Key"] for entry in rest["Contents"]] == ["1000"]


@pytest.mark.usefixtures("in_account")
def test_what_the_caller_changes_later_is_not_stored() -> None:
    caller = MotoCaller(REGION)
    provision(caller)
    item: dict[str, Any] = {**KEY, "list": {"L": [{"S": "x"}]}}
    caller.call("dynamodb", "PutItem", {**TABLE, "Item": item})
    item["list"]["L"].append({"S": "y"})
    answer = caller.call("dynamodb", "GetItem", {**TABLE, "Key": KEY})
    answer["Item"]["list"]["L"].append({"S": "z"})
    assert caller.call("dynamodb", "GetItem", {**TABLE, "Key": KEY})["Item"]["list"] == {"L": [{"S": "x"}]}


@pytest.mark.usefixtures("in_account")
def test_keys_of_one_kind_share_their_material_but_nothing_else() -> None:
    caller = MotoCaller(REGION)
    with shared_key_material():
        first, second = (caller.call("kms", "CreateKey", {})["KeyMetadata"]["KeyId"] for _ in range(2))
    assert first != second
    caller.call("kms", "DisableKey", {"KeyId": first})
    assert caller.call("kms", "DescribeKey", {"KeyId": second})["KeyMetadata"]["Enabled"] is True
