from __future__ import annotations

import pytest

from tastemaker.runner.interpreter.services.names import java_service, pascal_member


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("solutionArn", "SolutionArn"),
        ("minProvisionedTPS", "MinProvisionedTPS"),
        ("performHPO", "PerformHPO"),
        ("s3DataSource", "S3DataSource"),
        ("TableName", "TableName"),
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("ACL", "Acl"),
        ("ETag", "ETag"),
        ("S", "S"),
        ("NULL", "Nul"),
        ("BOOL", "Bool"),
    ],
)
def test_members_are_named_as_in_the_sdk_for_java(member: str, expected: str) -> None:
    assert pascal_member(member) == expected


@pytest.mark.parametrize(
    ("service_id", "expected"),
    [
        ("Personalize", "Personalize"),
        ("Personalize Runtime", "PersonalizeRuntime"),
        ("DynamoDB", "DynamoDb"),
        ("SFN", "Sfn"),
        ("S3", "S3"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("EventBridge", "EventBridge"),
    ],
)
def test_services_are_named_as_in_the_sdk_for_java(service_id: str, expected: str) -> None:
    assert java_service(service_id) == expected
