"""What keys, buckets, queues, topics and the network are for; see `policy_uses.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.policies import ACCOUNT, HERE
from tests.support.policy_statements import OF_PERSONALIZE, PERSONALIZE, allowed, denied, name_of, sources

if TYPE_CHECKING:
    from tests.support.policy_uses import Uses

KEY_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:ListGrants")
PUBLISHING = ["kms:Decrypt", "kms:GenerateDataKey"]
LOGGING = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
EMPTYING = ["s3:PutBucketPolicy", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*"]
FLOW_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")
OVER_TLS = {"Bool": {"aws:SecureTransport": "false"}}
BY_THIS_ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": HERE.partition(":")[2]}}
OF_BUDGETS = sources(f"arn:aws:budgets::{HERE.partition(':')[2]}:*")


def add_storage_uses(uses: Uses) -> None:
    _add_personalize(uses)
    _add_key(uses)
    _add_buckets(uses)
    _add_queues(uses)
    _add_topics(uses)


def _add_personalize(uses: Uses) -> None:
    """Role, key and bucket, which all three have to let the service in. Source: reference §11."""
    role, bucket = name_of(uses.values["PersonalizeRoleArn"]), uses.values["DataBucketName"]
    bucket_arn, service = f"arn:aws:s3:::{bucket}", {"Service": PERSONALIZE}
    key, actions = uses.values["DataKeyArn"], [*KEY_USE, "kms:CreateGrant"]
    uses.guard(
        name_of(key),
        allowed({"AWS": f"{ACCOUNT}:role/{role}"}, actions, "*"),
        allowed(service, actions, "*", OF_PERSONALIZE),
    )
    uses.allow(role, key, *KEY_USE)
    uses.allow(role, bucket_arn, "s3:ListBucket")
    uses.allow(role, f"{bucket_arn}/*", "s3:GetObject", "s3:PutObject")
    if uses.plan.publishes_metrics:
        uses.allow(role, "*", "cloudwatch:PutMetricData")
    uses.trust(role, PERSONALIZE, OF_PERSONALIZE)
    uses.guard(
        bucket,
        allowed(service, ["s3:ListBucket"], bucket_arn, OF_PERSONALIZE),
        allowed(service, ["s3:GetObject", "s3:PutObject"], f"{bucket_arn}/*", OF_PERSONALIZE),
    )


def _add_key(uses: Uses) -> None:
    """The account's own IAM policies; what publishes to the encrypted topic; the log groups."""
    groups = f"arn:aws:logs:{HERE}:log-group:"
    own = [f"{groups}/aws/*/{uses.plan.prefix}*", f"{groups}aws-waf-logs-{uses.plan.prefix}*"]
    logs = {"Service": f"logs.{HERE.partition(':')[0]}.amazonaws.com"}
    uses.guard(
        name_of(uses.values["DataKeyArn"]),
        allowed({"AWS": f"{ACCOUNT}:root"}, ["kms:*"], "*"),
        allowed({"Service": "cloudwatch.amazonaws.com"}, PUBLISHING, "*", _own_alarms(uses)),
        allowed(logs, LOGGING, "*", {"StringLike": {"kms:EncryptionContext:aws:logs:arn": own}}),
        *(
            allowed({"Service": "budgets.amazonaws.com"}, PUBLISHING, "*", OF_BUDGETS)
            for _ in uses.of_type("AWS::Budgets::Budget")
        ),
    )


def _own_alarms(uses: Uses) -> dict[str, dict[str, str]]:
    return sources(f"arn:aws:cloudwatch:{HERE}:alarm:{uses.plan.prefix}-*")


def _add_buckets(uses: Uses) -> None:
    emptied = {found["BucketName"] for _, found in uses.of_type("Custom::S3AutoDeleteObjects")}
    for logical_id, bucket in uses.of_type("AWS::S3::Bucket"):
        name = logical_id.lower()
        arns = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
        over_new_tls = {"NumericLessThan": {"s3:TlsVersion": 1.2}}
        uses.guard(name, denied("s3:*", arns, OVER_TLS), denied("s3:*", arns, over_new_tls))
        if name in emptied:
            (role,) = [found for found, _ in uses.of_type("AWS::IAM::Role") if "S3AutoDelete" in found]
            uses.guard(name, allowed({"AWS": f"{ACCOUNT}:role/{role}"}, EMPTYING, arns))
        logging = bucket.get("LoggingConfiguration")
        if logging is not None:
            logs, prefix = logging["DestinationBucketName"], logging["LogFilePrefix"]
            place = f"arn:aws:s3:::{logs}/{prefix}*"
            service = {"Service": "logging.s3.amazonaws.com"}
            uses.guard(logs, allowed(service, ["s3:PutObject"], place, sources(arns[0])))


def _add_queues(uses: Uses) -> None:
    for logical_id, queue in uses.of_type("AWS::SQS::Queue"):
        name = queue.get("QueueName", logical_id)
        uses.guard(name, denied("sqs:*", f"arn:aws:sqs:{HERE}:{name}", OVER_TLS))


def _add_topics(uses: Uses) -> None:
    for _, subscription in uses.of_type("AWS::SNS::Subscription"):
        letters = subscription["RedrivePolicy"]["deadLetterTargetArn"]
        failed = sources(subscription["TopicArn"])
        service = {"Service": "sns.amazonaws.com"}
        uses.guard(letters.rpartition(":")[2], allowed(service, ["sqs:SendMessage"], letters, failed))
    for _, topic in uses.of_type("AWS::SNS::Topic"):
        arn = f"arn:aws:sns:{HERE}:{topic['TopicName']}"
        uses.guard(
            arn,
            denied("sns:Publish", arn, OVER_TLS),
            allowed({"Service": "cloudwatch.amazonaws.com"}, ["sns:Publish"], arn, _own_alarms(uses)),
            *(
                allowed({"Service": "budgets.amazonaws.com"}, ["sns:Publish"], arn, OF_BUDGETS)
                for _ in uses.of_type("AWS::Budgets::Budget")
            ),
        )


def add_network_uses(uses: Uses) -> None:
    """The flow log's role writes into its group; endpoints let this account through to the service they are for."""
    for _, log in uses.of_type("AWS::EC2::FlowLog"):
        role = name_of(log["DeliverLogsPermissionArn"])
        group = f"arn:aws:logs:{HERE}:log-group:{log['LogGroupName']}:*"
        uses.allow(role, group, *FLOW_LOGS)
        uses.trust(role, "vpc-flow-logs.amazonaws.com", sources(f"arn:aws:ec2:{HERE}:vpc-flow-log/*"))
    for logical_id, endpoint in uses.of_type("AWS::EC2::VPCEndpoint"):
        if str(endpoint["ServiceName"]).endswith(".execute-api"):
            _add_private_api(uses, logical_id)
            continue
        service = str(endpoint["ServiceName"]).rpartition(".")[2].partition("-")[0]
        uses.guard(logical_id, allowed({"AWS": "*"}, [f"{service}:*"], "*", BY_THIS_ACCOUNT))


def _add_private_api(uses: Uses, endpoint: str) -> None:
    """API and host name are for whoever comes through the endpoint, which lets everybody through."""
    through = {"StringEquals": {"aws:SourceVpce": f"<{endpoint}>"}}
    for kind in ("AWS::ApiGateway::RestApi", "AWS::ApiGateway::DomainNameV2"):
        for logical_id, _ in uses.of_type(kind):
            uses.guard(logical_id, allowed({"AWS": "*"}, ["execute-api:Invoke"], "execute-api:/*", through))
