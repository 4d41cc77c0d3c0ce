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
        rules: regular expressions for ids of rules without the pack's name, e.g. `IAM5\[Resource::.*\]`.
        where: regular expression that must be found in the construct's path.
    """

    rules: tuple[str, ...]
    reason: str
    where: str = ""

    def covers(self, finding: Finding) -> bool:
        return any(re.fullmatch(rule, finding.rule) for rule in self.rules) and bool(
            re.search(self.where, finding.path)
        )


@dataclass(frozen=True)
class Finding:
    """One violation of one construct; `pack` and `rule` as in `AwsSolutions-IAM4[…]`."""

    pack: str
    rule: str
    path: str


ACKNOWLEDGEMENTS: tuple[Acknowledgement, ...] = (
    Acknowledgement(
        (r"IAM5\[Resource::.*\*\]",),
        "Either IAM knows no resource type for the action (tests/infra/test_least_privilege.py lists them), or the ARN "
        "ends in an id that exists only afterwards: then the statement names type, bucket or the project's prefix.",
    ),
    Acknowledgement(
        (r"IAM4\[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/\w+\]",),
        "API Gateway's logging role and CodeDeploy's role are assumed by the service alone, with the rights that AWS "
        "defines for it and keeps in step with it.",
        "/CloudWatchRole/|/Rollout/",
    ),
    Acknowledgement(
        ("IAMNoInlinePolicy",),
        "A role's rights are derived from one state machine or function and live and die with it; nobody else can "
        "have them, as they could a managed policy.",
    ),
    Acknowledgement(
        ("APIGWSSLEnabled", "APIGWCacheEnabledAndEncrypted"),
        "A client certificate is for HTTP backends, and ours is Lambda, called through IAM; a cache would serve one "
        "user's recommendations after the event that changed them.",
    ),
    Acknowledgement(
        ("APIG2",),
        "The OpenAPI document brings its validators (x-amazon-apigateway-request-validators), which the pack does not "
        "read.",
    ),
    Acknowledgement(
        ("LambdaInsideVPC", "APIG3", "APIGWAssociatedWithWAF"),
        "What costs money while it is idle is off until the project switches it on: the network (functions in a VPC "
        "with interface endpoints) and the firewall (AWS WAF on the stage).",
    ),
    Acknowledgement(
        ("S3BucketReplicationEnabled", "DynamoDBInBackupPlan"),
        "Versions of objects and point-in-time recovery of tables guard against mistakes; copies elsewhere are the "
        "account's own plan, which finds bucket and table by their tags.",
    ),
    Acknowledgement(
        ("S3DefaultEncryptionKMS",),
        "S3 delivers access logs into a bucket with its own encryption; a customer key would have to be open to the "
        "logging service.",
        "/AccessLogs/",
    ),
    Acknowledgement(
        ("SQS3", "SQSRedrivePolicy", "LambdaEventSourceMappingDestination"),
        "What fails ends in a dead-letter queue, which has none of its own and waits for an operator; an event source "
        "mapping of SQS takes no other destination.",
        "/DeadLetters/|/(Event|Archive)Queue/Mapping$",
    ),
    Acknowledgement(
        ("LambdaDLQ",),
        "Every function is called synchronously (API Gateway, Step Functions, a mapping of SQS): its caller has the "
        "error, and Lambda would put no event into a dead-letter queue. CloudFormation alone calls one asynchronously, "
        "and fails the deployment when it gets no answer.",
    ),
    Acknowledgement(
        (
            r"IAM5\[Action::.*\*\]",
            "S1",
            "S3BucketLoggingEnabled",
            "S3BucketVersioningEnabled",
            "CodeBuildProjectSourceRepoUrl",
        ),
        "CDK Pipelines makes bucket, roles and build projects itself, in a tools account that has no user's data: the "
        "artifacts can be built again, and the source is CodePipeline's.",
        "^films-pipeline/Pipeline/",
    ),
    Acknowledgement(
        ("L1", "LambdaLatestVersion"),
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
