"""Names that Step Functions takes from the AWS SDK for Java 2: members, services, errors.

Source: developer guide, "Learning to use AWS service SDK integrations"; naming strategy of the SDK for Java 2.
"""

from __future__ import annotations

import re
from functools import cache

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

_SERVICES = {
    "sfn": "stepfunctions",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "cloudwatchevents": "events",
}
"""SDK integration name to botocore name, where removing hyphens is not enough."""


@cache
def pascal_member(member: str) -> str:
    """Name of a member in Arguments and results, e.g. `minProvisionedTPS` -> `MinProvisionedTPS`.

    A run of capitals at the start becomes one word, as in the SDK for Java: `DBInstanceIdentifier` ->
    `DbInstanceIdentifier`, `SSEKMSKeyId` -> `SsekmsKeyId`, `ACL` -> `Acl`.
    """
    if member == "NULL":
        return "Nul"  # renamed by the SDK for Java in DynamoDB's AttributeValue
    end = 1
    while end < len(member) and member[end].isupper() and not (end + 1 < len(member) and member[end + 1].islower()):
        end += 1
    lowered = member[:end].lower() + member[end:]
    return lowered[:1].upper() + lowered[1:]


def java_service(service_id: str) -> str:
    """Prefix of error names, e.g. `DynamoDB` -> `DynamoDb`, `Personalize Runtime` -> `PersonalizeRuntime`."""
    return "".join(word.capitalize() for word in _WORDS.findall(service_id))


def botocore_service(name: str, available: frozenset[str]) -> str | None:
    """Botocore's name of a service as it stands in `arn:aws:states:::aws-sdk:<name>:…`; None when it knows none."""
    wanted = _SERVICES.get(name, name)
    if wanted in available:
        return wanted
    return next((service for service in sorted(available) if service.replace("-", "") == wanted), None)


def with_exception(code: str) -> str:
    """An error code as a class name: `Exception` at the end, not doubled."""
    return code if code.endswith("Exception") else f"{code}Exception"


def api_member(member: str) -> str:
    """Name of a member in the optimised integrations, which keep the API's own spelling, e.g. `BOOL`."""
    return member[:1].upper() + member[1:]
