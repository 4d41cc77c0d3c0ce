from __future__ import annotations

from aws_cdk.assertions import Match, Template

from tests.support.templates import as_lists, only, resources_of, statements_of

PERSONALIZE_HERE = {
    "StringEquals": {"aws:SourceAccount": "123456789012"},
    "ArnLike": {"aws:SourceArn": "arn:aws:personalize:eu-west-1:123456789012:*"},
}
BUCKET = "<DataBucketBD860FE1.Arn>"
KEY = "<DataKey2A0DE9E6.Arn>"


def test_the_stack_holds_two_buckets_one_key_one_role_and_one_table(data: Template) -> None:
    data.resource_count_is("AWS::S3::Bucket", 2)
    data.resource_count_is("AWS::KMS::Key", 1)
    data.resource_count_is("AWS::IAM::Role", 1)
    data.resource_count_is("AWS::DynamoDB::Table", 1)


def test_only_personalize_of_this_account_assumes_the_role(data: Template) -> None:
    role = only(data.to_json(), "AWS::IAM::Role")
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Action": "sts:AssumeRole",
            "Effect": "Allow",
            "Principal": {"Service": "personalize.amazonaws.com"},
            "Condition": PERSONALIZE_HERE,
        }
    ]


def test_the_role_reads_and_writes_the_data_bucket_and_uses_the_key_without_creating_grants(data: Template) -> None:
    assert statements_of(data.to_json(), "PersonalizeRole") == [
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [BUCKET]},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": [f"{BUCKET}/*"]},
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:ListGrants"],
            "Resource": [KEY],
        },
    ]


def test_the_bucket_policy_gives_personalize_the_same_rights_once_more(data: Template) -> None:
    policy = next(
        found
        for found in resources_of(data.to_json(), "AWS::S3::BucketPolicy").values()
        if found["Bucket"] == "<DataBucketBD860FE1>"
    )
    allowed = [as_lists(part) for part in policy["PolicyDocument"]["Statement"] if part["Effect"] == "Allow"]
    principal = {"Service": "personalize.amazonaws.com"}
    assert allowed == [
        {
            "Sid": "PersonalizeBucket",
            "Effect": "Allow",
            "Principal": principal,
            "Action": ["s3:ListBucket"],
            "Resource": [BUCKET],
            "Condition": PERSONALIZE_HERE,
        },
        {
            "Sid": "PersonalizeObjects",
            "Effect": "Allow",
            "Principal": principal,
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": [f"{BUCKET}/*"],
            "Condition": PERSONALIZE_HERE,
        },
    ]


def test_every_bucket_refuses_plain_http_and_old_tls(data: Template) -> None:
    for policy in resources_of(data.to_json(), "AWS::S3::BucketPolicy").values():
        denied = [part for part in policy["PolicyDocument"]["Statement"] if part["Effect"] == "Deny"]
        assert [part["Condition"] for part in denied] == [
            {"Bool": {"aws:SecureTransport": "false"}},
            {"NumericLessThan": {"s3:TlsVersion": 1.2}},
        ]


def test_every_bucket_is_versioned_encrypted_closed_to_the_public_and_kept(data: Template) -> None:
    data.all_resources(
        "AWS::S3::Bucket",
        {
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": Match.object_like(
                {
                    "BucketEncryption": Match.any_value(),
                    "VersioningConfiguration": {"Status": "Enabled"},
                    "PublicAccessBlockConfiguration": {
                        "BlockPublicAcls": True,
                        "BlockPublicPolicy": True,
                        "IgnorePublicAcls": True,
                        "RestrictPublicBuckets": True,
                    },
                }
            ),
        },
    )


def test_the_data_bucket_is_encrypted_with_the_data_key_and_logs_access(data: Template) -> None:
    bucket = resources_of(data.to_json(), "AWS::S3::Bucket")["DataBucketBD860FE1"]
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"] == [
        {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"KMSMasterKeyID": KEY, "SSEAlgorithm": "aws:kms"}}
    ]
    assert bucket["LoggingConfiguration"] == {
        "DestinationBucketName": "<DataBucketAccessLogsC7D55B3F>",
        "LogFilePrefix": "data/",
    }


def test_the_key_rotates_and_admits_the_account_the_role_and_personalize(data: Template) -> None:
    key = only(data.to_json(), "AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    actions = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:ListGrants"]
    root, role, service, *_ = key["KeyPolicy"]["Statement"]
    assert root["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert (role["Principal"], role["Action"]) == ({"AWS": "<PersonalizeRole57280082.Arn>"}, actions)
    assert (service["Principal"], service["Action"]) == ({"Service": "personalize.amazonaws.com"}, actions)
    assert service["Condition"] == PERSONALIZE_HERE


def test_alarms_of_this_account_and_the_projects_log_groups_use_the_key(data: Template) -> None:
    *_, alarms, logs = only(data.to_json(), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert alarms["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-dev-*"},
    }
    assert logs["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    groups = "arn:aws:logs:eu-west-1:123456789012:log-group:"
    assert logs["Condition"] == {
        "StringLike": {
            "kms:EncryptionContext:aws:logs:arn": [f"{groups}/aws/*/shop-dev*", f"{groups}aws-waf-logs-shop-dev*"]
        }
    }


def test_files_grow_cold_and_results_of_batch_jobs_expire(data: Template) -> None:
    bucket = resources_of(data.to_json(), "AWS::S3::Bucket")["DataBucketBD860FE1"]
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    cold = [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 30}]
    assert (rules["full-imports"]["Prefix"], rules["full-imports"]["Transitions"]) == ("full/", cold)
    assert (rules["incremental-imports"]["Prefix"], rules["incremental-imports"]["Transitions"]) == (
        "incremental/",
        cold,
    )
    assert (rules["batch-results"]["Prefix"], rules["batch-results"]["ExpirationInDays"]) == ("batch/", 180)
    assert rules["old-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}


def test_the_ledger_is_keyed_by_subject_and_moment_can_be_restored_and_is_kept(data: Template) -> None:
    data.has_resource(
        "AWS::DynamoDB::Table",
        {
            "DeletionPolicy": "Retain",
            "Properties": {
                "KeySchema": [
                    {"AttributeName": "subject", "KeyType": "HASH"},
                    {"AttributeName": "recorded", "KeyType": "RANGE"},
                ],
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "BillingMode": "PAY_PER_REQUEST",
                "SSESpecification": Match.object_like({"SSEEnabled": True, "SSEType": "KMS"}),
            },
        },
    )
