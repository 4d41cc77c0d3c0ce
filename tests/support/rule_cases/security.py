"""Cases of rules about who may do what: event trackers, roles, keys, buckets, functions."""

from __future__ import annotations

from typing import Any

from tests.support.rule_cases.case import (
    Case,
    allow,
    arn,
    document,
    personalize,
    ref,
    resource,
    role,
    template,
)
from tests.support.rule_cases.data import GROUP, group

PERSONALIZE = "personalize.amazonaws.com"
SOURCES = {
    "StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")},
    "ArnLike": {"aws:SourceArn": "arn:aws:personalize:eu-west-1:123456789012:*"},
}
KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:ListGrants", "kms:CreateGrant")
CAMPAIGNS = "arn:aws:personalize:eu-west-1:123456789012:campaign/*"
BLOCKED = {
    "BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True,
}  # fmt: skip
ENCRYPTED = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}


def tracker(**more: Any) -> dict[str, Any]:
    return personalize("EventTracker", Name="events", DatasetGroupArn=ref("Group"), **more)


def shown(**more: Any) -> dict[str, Any]:
    """A template with an output of the tracking id."""
    output = {"Value": {"Fn::GetAtt": ["Tracker", "TrackingId"]}, **more}
    return {**group(Tracker=tracker()), "Outputs": {"Tracking": output}}


def events_by(**entry: Any) -> dict[str, Any]:
    """A function that may write events, and a way to it."""
    return template(
        Role=role("lambda.amazonaws.com", allow("personalize:PutEvents")),
        Function=resource("Lambda::Function", Role=arn("Role"), Timeout=5),
        **entry,
    )


def method(**guard: Any) -> dict[str, Any]:
    uri = {"Fn::Join": ["", ["arn:aws:apigateway:x:lambda:path/", arn("Function"), "/invocations"]]}
    return resource("ApiGateway::Method", Integration={"Uri": uri}, **guard)


def api(**operation: Any) -> dict[str, Any]:
    uri = {"Fn::Sub": "arn:aws:apigateway:x:lambda:path/functions/<Function.Arn>/invocations"}
    event = {"x-amazon-apigateway-integration": {"uri": uri}, **operation}
    return resource("ApiGateway::RestApi", Body={"openapi": "3.0.1", "paths": {"/events": {"post": event}}})


def http_api(authorization: str) -> dict[str, Any]:
    return {
        "Route": resource(
            "ApiGatewayV2::Route",
            AuthorizationType=authorization,
            Target={"Fn::Join": ["/", ["integrations", ref("Integration")]]},
        ),
        "Integration": resource("ApiGatewayV2::Integration", IntegrationUri=arn("Function")),
    }


def browser_role(action: str) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": "x"}}
    policy = {"PolicyName": "p", "PolicyDocument": document(allow(action))}
    return template(
        Role=resource("IAM::Role", AssumeRolePolicyDocument=document(trust), Policies=[policy]),
    )


def key(
    *actions: str, sources: dict[str, Any] = SOURCES, own_role: tuple[str, ...] = KEY_ACTIONS, **more: Any
) -> dict[str, Any]:
    """A key of a dataset group; the actions are allowed to the service, others to its role."""
    service = allow(*actions, Principal={"Service": PERSONALIZE}, Condition=sources)
    role_statement = allow(*own_role, Principal={"AWS": arn("Service")})
    return template(
        Group={**GROUP, "Properties": {**GROUP["Properties"], "KmsKeyArn": arn("Key")}},
        Service=role(PERSONALIZE, Condition=SOURCES),
        Key=resource("KMS::Key", KeyPolicy=document(service, role_statement), **more),
    )


def without_role(found: dict[str, Any]) -> dict[str, Any]:
    """The role is in another app, which is not looked at."""
    return {"Resources": {name: part for name, part in found["Resources"].items() if name != "Service"}}


def bucket(*policy_actions: str, **properties: Any) -> dict[str, Any]:
    """A bucket that the service's role reads."""
    statement = allow(*policy_actions, Principal={"Service": PERSONALIZE}, Condition=SOURCES)
    reads = allow("s3:GetObject", on={"Fn::Join": ["", [arn("Bucket"), "/*"]]})
    return template(
        Bucket=resource("S3::Bucket", **properties),
        Service=role(PERSONALIZE, reads, Condition=SOURCES),
        Policy=resource("S3::BucketPolicy", Bucket=ref("Bucket"), PolicyDocument=document(statement)),
    )


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return template(Policy=resource("IAM::Policy", PolicyDocument=document(*statements)))


def recommending(**properties: Any) -> dict[str, Any]:
    return template(
        Role=role("lambda.amazonaws.com", allow("personalize:GetRecommendations", on=CAMPAIGNS)),
        Function=resource("Lambda::Function", Role=arn("Role"), **properties),
    )


IMPORTS = allow("personalize:CreateDatasetImportJob", on="arn:aws:personalize:eu-west-1:123456789012:dataset/*")
TO_PERSONALIZE = {"StringEquals": {"iam:PassedToService": PERSONALIZE}}
READ = ("s3:GetObject", "s3:ListBucket")
OPEN = "whoever reaches it makes Function write events: no key, no authorizer"

SECURITY_CASES = (
    Case(
        "tracker-twice",
        group(One=tracker(), Two=tracker()),
        ("Two", "Properties.DatasetGroupArn"),
        "the dataset group Group already has an event tracker",
        group(One=tracker()),
    ),
    Case(
        "tracking-id-output",
        shown(),
        ("Tracker", "Outputs.Tracking"),
        "the output Tracking shows the tracking id, with which anybody who may PutEvents writes",
        shown(Export={"Name": "for-the-functions-stack"}),
    ),
    Case(
        "open-events",
        events_by(Url=resource("Lambda::Url", AuthType="NONE", TargetFunctionArn=arn("Function"))),
        ("Url", "Properties.AuthType"),
        OPEN,
        events_by(Url=resource("Lambda::Url", AuthType="AWS_IAM", TargetFunctionArn=arn("Function"))),
    ),
    Case(
        "open-events",
        events_by(Method=method(AuthorizationType="NONE")),
        ("Method", "Properties.ApiKeyRequired"),
        OPEN,
        events_by(Method=method(AuthorizationType="NONE", ApiKeyRequired=True)),
    ),
    Case(
        "open-events",
        events_by(**http_api("NONE")),
        ("Route", "Properties.AuthorizationType"),
        OPEN,
        events_by(**http_api("JWT")),
    ),
    Case(
        "open-events",
        events_by(Api=api()),
        ("Api", "Properties.Body.paths./events.post"),
        OPEN,
        events_by(Api=api(security=[{"api-key": []}])),
    ),
    Case(
        "web-identity-events",
        browser_role("personalize:PutEvents"),
        ("Role", "Properties.Policies.0.PolicyDocument.Statement.0"),
        "PutEvents knows no resources: whoever signs in may write to every tracker of the account",
        browser_role("execute-api:Invoke"),
    ),
    Case(
        "service-role-source",
        template(Role=role(PERSONALIZE, Condition={"StringEquals": {"aws:SourceAccount": "1"}})),
        ("Role", "Properties.AssumeRolePolicyDocument.Statement.0"),
        "Amazon Personalize may assume the role for anybody: the trust lacks aws:SourceArn",
        template(Role=role(PERSONALIZE, Condition=SOURCES)),
    ),
    Case(
        "resource-policy-source",
        key(*KEY_ACTIONS, sources={}),
        ("Key", "Properties.KeyPolicy.Statement.0"),
        "Amazon Personalize may use it for anybody: the statement lacks aws:SourceAccount and aws:SourceArn",
        key(*KEY_ACTIONS),
    ),
    Case(
        "pass-role",
        policy(IMPORTS, allow("iam:PassRole", on=arn("Service"))),
        ("Policy", "Properties.PolicyDocument.Statement.1"),
        "the role can be handed to any service: the statement lacks iam:PassedToService",
        policy(IMPORTS, allow("iam:PassRole", on=arn("Service"), Condition=TO_PERSONALIZE)),
    ),
    Case(
        "pass-role",
        policy(allow("personalize:ListSchemas", "iam:*")),
        ("Policy", "Properties.PolicyDocument.Statement.0"),
        "the role can be handed to any service: the statement lacks iam:PassedToService",
        policy(allow("ecs:RunTask", "iam:PassRole")),
    ),
    Case(
        "key-policy",
        key(*KEY_ACTIONS[:4]),
        ("Key", "Properties.KeyPolicy"),
        "the key policy does not allow Amazon Personalize kms:CreateGrant",
        key(*KEY_ACTIONS),
    ),
    Case(
        "key-policy",
        key(*KEY_ACTIONS, own_role=KEY_ACTIONS[:4]),
        ("Key", "Properties.KeyPolicy"),
        "the key policy does not allow the role of Amazon Personalize kms:CreateGrant",
        without_role(key(*KEY_ACTIONS, own_role=KEY_ACTIONS[:4])),
    ),
    Case(
        "key-rotation",
        key(*KEY_ACTIONS),
        ("Key", "Properties.EnableKeyRotation"),
        "the key of users' data is never rotated",
        key(*KEY_ACTIONS, EnableKeyRotation=True),
    ),
    Case(
        "bucket-policy",
        bucket("s3:ListBucket"),
        ("Bucket", "Properties"),
        "the bucket policy does not allow Amazon Personalize s3:GetObject",
        bucket(*READ),
    ),
    Case(
        "bucket-encryption",
        bucket(*READ),
        ("Bucket", "Properties.BucketEncryption"),
        "users' data lie in a bucket that no key of the account encrypts",
        bucket(*READ, BucketEncryption=ENCRYPTED),
    ),
    Case(
        "bucket-public",
        bucket(*READ, PublicAccessBlockConfiguration={**BLOCKED, "BlockPublicPolicy": False}),
        ("Bucket", "Properties.PublicAccessBlockConfiguration"),
        "the bucket can be made public: BlockPublicPolicy not set",
        bucket(*READ, PublicAccessBlockConfiguration=BLOCKED),
    ),
    Case(
        "wildcard-action",
        policy(allow("personalize:*", on=CAMPAIGNS)),
        ("Policy", "Properties.PolicyDocument.Statement.0.Action"),
        "personalize:* allows what is not needed, and what the service adds later",
        policy(allow("personalize:GetRecommendations", on=CAMPAIGNS)),
    ),
    Case(
        "wildcard-resource",
        policy(allow("personalize:GetRecommendations", "personalize:PutEvents")),
        ("Policy", "Properties.PolicyDocument.Statement.0.Resource"),
        "personalize:GetRecommendations can be allowed on resources, but is allowed on everything",
        policy(allow("personalize:GetRecommendations", on=CAMPAIGNS), allow("personalize:PutEvents")),
    ),
    Case(
        "function-timeout",
        recommending(),
        ("Function", "Properties.Timeout"),
        "the function ends after 3 seconds, Lambda's default, before a slow answer or a retry",
        recommending(Timeout=5),
    ),
)  # fmt: skip
