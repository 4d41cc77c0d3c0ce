"""Findings of cdk-nag that we accept: each with its reason, in one place.

The packs look at one resource at a time. Where a finding is right, the construct is changed; here stands what the pack
cannot know. An acknowledgement that acknowledges nothing fails a test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aws_cdk import PolicyViolation
    from constructs import IConstruct


@dataclass(frozen=True)
class Acknowledgement:
    r"""One decision about one kind of finding.

    Attributes:
        rule: regular expression for the rule's id without the pack's name, e.g. `IAM5\[Resource::.*\]`.
        where: regular expression that must be found in the construct's path.
    """

    rule: str
    reason: str
    where: str = ""

    def covers(self, finding: Finding) -> bool:
        return bool(re.fullmatch(self.rule, finding.rule) and re.search(self.where, finding.path))


@dataclass(frozen=True)
class Finding:
    """One violation of one construct; `pack` and `rule` as in `AwsSolutions-IAM4[…]`."""

    pack: str
    rule: str
    path: str


ACKNOWLEDGEMENTS: tuple[Acknowledgement, ...] = (
    Acknowledgement(
        r"IAM5\[Resource::\*\]",
        "IAM knows no resource type for these actions (logs delivery, X-Ray, List* and PutEvents of Personalize, "
        "PutMetricData); tests/infra/test_least_privilege.py lists them.",
    ),
    Acknowledgement(
        r"IAM5\[Resource::.+\*\]",
        "The ARNs of what the workflows create end in ids that exist only afterwards; each statement names the "
        "resource type, the bucket, or the prefix of the project.",
    ),
    Acknowledgement(
        r"IAM4\[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs\]",
        "API Gateway writes its logs with one role for the whole account and Region, which AWS defines.",
        "/CloudWatchRole/",
    ),
    Acknowledgement(
        r"IAMNoInlinePolicy",
        "A role's rights are derived from one state machine or function and live and die with it; nobody else can "
        "have them, as they could a managed policy.",
    ),
    Acknowledgement(
        r"APIGWSSLEnabled",
        "A client certificate proves API Gateway to an HTTP backend; here the backend is Lambda, called through IAM.",
    ),
    Acknowledgement(
        r"APIGWCacheEnabledAndEncrypted",
        "Recommendations are one user's and change with the next event: a cache would serve stale ones and keep them.",
    ),
    Acknowledgement(
        r"LambdaInsideVPC",
        "The functions reach nothing but AWS's public endpoints over TLS; the project's network option puts them into "
        "a VPC with interface endpoints where an organisation asks for it.",
    ),
    Acknowledgement(
        r"S3BucketReplicationEnabled",
        "The source of the data is outside; versioning and retention guard against mistakes, and Personalize reads "
        "from its own Region only.",
    ),
    Acknowledgement(
        r"S3DefaultEncryptionKMS",
        "S3 delivers access logs into a bucket with its own encryption; a customer key would have to be open to the "
        "logging service.",
        "/AccessLogs/",
    ),
    Acknowledgement(
        r"SQS3|SQSRedrivePolicy|LambdaEventSourceMappingDestination",
        "What fails ends in a dead-letter queue, which has none of its own and waits for an operator; an event source "
        "mapping of SQS takes no other destination.",
        "/DeadLetters/|/EventQueue/Mapping$",
    ),
    Acknowledgement(
        r"DynamoDBInBackupPlan",
        "Point-in-time recovery restores any second of 35 days; an organisation's backup plan finds the table by its "
        "tags.",
    ),
    Acknowledgement(
        r"L1|LambdaLatestVersion",
        "The runtime is the Python that synthesises, because the asset holds its byte code (decision 0012).",
    ),
)


def findings_of(violations: Iterable[PolicyViolation]) -> Iterator[Finding]:
    """One finding for each violating construct of a pack's report."""
    for violation in violations:
        pack, _, rule = violation.rule_name.partition("-")
        for resource in violation.violating_resources:
            yield Finding(pack, rule, resource.construct_path or "")


def acknowledge(scope: IConstruct, findings: Iterable[Finding]) -> list[Finding]:
    """Acknowledge on its construct each finding that an entry of the list covers; return the others.

    Args:
        scope: the app or stage that the findings' paths begin at.
        findings: of one pack or of several.
    """
    left = []
    for finding in findings:
        reasons = [entry.reason for entry in ACKNOWLEDGEMENTS if entry.covers(finding)]
        if reasons:
            construct = _find(scope, finding.path)
            rule = f"{finding.pack}::{finding.pack}-{finding.rule}"
            Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reasons[0]))
        else:
            left.append(finding)
    return left


def _find(scope: IConstruct, path: str) -> IConstruct:
    for part in path.split("/"):
        scope = scope.node.find_child(part)
    return scope
