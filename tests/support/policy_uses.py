"""What every role and resource of an app is for: the grants that its templates must hold, no more and no fewer.

Derived from what uses a role (the states of its machine, the spec of its function, its schedules, its custom resource),
not from the constructs that write the policies.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tastemaker.plan.permissions import CONDITIONS, machine_actions
from tastemaker.plan.tokens import machine_arn_token, pascal_case, resolve_tokens
from tests.support.policies import ACCOUNT, HERE, Grant, grants_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.plan.specs import Plan

    Templates = Mapping[str, Mapping[str, Any]]
    Expected = dict[tuple[str, str], set[Grant]]

PERSONALIZE = "personalize.amazonaws.com"
LOG_DELIVERY = (
    *("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies"),
    *("logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery"),
)
"""Step Functions guide, CloudWatch Logs: these have no resource types."""
SENDING_TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
SAMPLING = ("xray:GetSamplingRules", "xray:GetSamplingTargets")
WRITING_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
EMPTYING = ["s3:PutBucketPolicy", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*"]
NETWORK_INTERFACES = (
    *("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"),
    *("ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses", "ec2:DescribeSubnets"),
)
EVENTS, BUDGETS = "events.amazonaws.com", "budgets.amazonaws.com"
ALARMS, LOGS = "cloudwatch.amazonaws.com", f"logs.{HERE.partition(':')[0]}.amazonaws.com"
PUBLISHING = ["kms:Decrypt", "kms:GenerateDataKey"]
KEY_USE_OF_LOGS = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
KEY_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:ListGrants")
WITHOUT_SOURCE = {
    "lambda.amazonaws.com": "Lambda guide, lambda-intro-execution-role",
    "apigateway.amazonaws.com": "API Gateway guide, set-up-logging",
}
"""Services that send no aws:SourceArn when they assume a role, with the page: a condition would lock them out."""


def sources(account_arn: str, operator: str = "ArnLike") -> dict[str, dict[str, str]]:
    account = {"aws:SourceAccount": HERE.partition(":")[2]}
    if operator == "StringEquals":
        return {"StringEquals": {**account, "aws:SourceArn": account_arn}}
    return {"StringEquals": account, operator: {"aws:SourceArn": account_arn}}


OF_PERSONALIZE = sources(f"arn:aws:personalize:{HERE}:*")


class Uses:
    """Collects what is expected, per holder.

    Args:
        templates: plain ones.
    """

    def __init__(self, templates: Templates, plan: Plan) -> None:
        self._templates, self._plan = templates, plan
        self.expected: Expected = {}
        self.values = self._token_values()

    def collect(self) -> Expected:
        """`(kind, holder)` to its grants."""
        for _, machine in self._of_type("AWS::StepFunctions::StateMachine"):
            self._machine(machine)
        for _, function in self._of_type("AWS::Lambda::Function"):
            self._function(function)
        for _, schedule in self._of_type("AWS::Scheduler::Schedule"):
            self._schedule(schedule)
        for _, account in self._of_type("AWS::ApiGateway::Account"):
            self._trust(_name(account["CloudWatchRoleArn"]), "apigateway.amazonaws.com")
        self._personalize()
        self._buckets()
        self._emptied_buckets()
        self._arrivals()
        self._budget()
        self._network()
        self._rollout()
        self._queues_and_topics()
        return self.expected

    def _of_type(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (logical_id, resource.get("Properties", {}))
            for template in self._templates.values()
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == kind
        ]

    def _token_values(self) -> dict[str, str]:
        """What the plan's tokens stand for in these templates."""
        region, _, account = HERE.partition(":")
        prefix = self._plan.prefix
        values = {"Partition": "aws", "Region": region, "AccountId": account, **self._data_values()}
        values |= {"EventBusName": prefix, "TopicArn": f"arn:aws:sns:{HERE}:{prefix}-outcomes"}
        for spec in self._plan.machines:
            name, physical = pascal_case(spec.name), f"{prefix}-{spec.name}"
            values |= {f"{name}MachineArn": f"arn:aws:states:{HERE}:stateMachine:{physical}"}
            values |= {f"{name}MachineName": physical}
        for function in self._plan.functions:
            arn = f"arn:aws:lambda:{HERE}:function:{prefix}-{function.name}"
            values |= {f"{pascal_case(function.name)}FunctionArn": arn}
        queue = self._plan.event_queue
        if queue is not None:
            values |= {"EventQueueArn": f"arn:aws:sqs:{HERE}:{prefix}-{queue.name}"}
            values |= {"DeadLetterQueueArn": f"arn:aws:sqs:{HERE}:{prefix}-{queue.dead_letter_name}"}
        return values

    def _data_values(self) -> dict[str, str]:
        (bucket,) = [name for name, found in self._of_type("AWS::S3::Bucket") if "LoggingConfiguration" in found]
        (role,) = [name for name, found in self._of_type("AWS::IAM::Role") if PERSONALIZE in json.dumps(found)]
        (key,) = [name for name, _ in self._of_type("AWS::KMS::Key")]
        (ledger,) = [name for name, found in self._of_type("AWS::DynamoDB::Table") if "TableName" not in found]
        return {
            "DataBucketName": bucket.lower(),
            "PersonalizeRoleArn": f"{ACCOUNT}:role/{role}",
            "DataKeyArn": f"arn:aws:kms:{HERE}:key/{key}",
            "LedgerTableName": ledger,
        }

    def _allow(self, role: str, resource: str, *actions: str) -> None:
        found = self.expected.setdefault(("identity", role), set())
        for action in actions:
            condition = json.dumps(CONDITIONS.get(action), sort_keys=True)
            found.add(Grant("Allow", "", action, resource, condition))

    def _guard(self, holder: str, *statements: dict[str, Any]) -> None:
        self.expected.setdefault(("resource", holder), set()).update(grants_of(statements))

    def _trust(self, role: str, service: str, condition: Mapping[str, Any] | None = None) -> None:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        grants = grants_of([statement if condition is None else {**statement, "Condition": condition}])
        self.expected.setdefault(("trust", role), set()).update(grants)

    def _spec_actions(self, role: str, actions: Mapping[str, tuple[str, ...]]) -> None:
        for action, resources in actions.items():
            for resource in resources:
                self._allow(role, resolve_tokens(resource, self.values), action)

    def _machine(self, machine: Mapping[str, Any]) -> None:
        role, name = _name(machine["RoleArn"]), machine["StateMachineName"]
        spec = next(found for found in self._plan.machines if f"{self._plan.prefix}-{found.name}" == name)
        self._spec_actions(role, machine_actions(spec.definition, machine_arn_token(spec.name)))
        if "LoggingConfiguration" in machine:
            self._allow(role, "*", *LOG_DELIVERY)
        if machine.get("TracingConfiguration") == {"Enabled": True}:
            self._allow(role, "*", *SENDING_TRACES, *SAMPLING)
        self._trust(role, "states.amazonaws.com", sources(f"arn:aws:states:{HERE}:stateMachine:{name}*"))

    def _function(self, function: Mapping[str, Any]) -> None:
        role, name = _name(function["Role"]), function.get("FunctionName", "")
        for spec in self._plan.functions:
            if f"{self._plan.prefix}-{spec.name}" == name:
                self._spec_actions(role, spec.actions)
        if "LoggingConfig" not in function:  # a helper of the CDK that has AWS's own policy for its log
            return
        group = f"arn:aws:logs:{HERE}:log-group:{function['LoggingConfig']['LogGroup']}:*"
        self._allow(role, group, *WRITING_LOGS)
        if function.get("TracingConfig") == {"Mode": "Active"}:
            self._allow(role, "*", *SENDING_TRACES)
        if "VpcConfig" in function:
            self._allow(role, "*", *NETWORK_INTERFACES)
            by_code = {"ArnEquals": {"lambda:SourceFunctionArn": f"arn:aws:lambda:{HERE}:function:{name}"}}
            own = {"Effect": "Deny", "Action": list(NETWORK_INTERFACES), "Resource": "*", "Condition": by_code}
            self.expected[("identity", role)].update(grants_of([own]))
        for machine in self._custom_starts() if name == "" else ():
            self._allow(role, machine, "states:StartExecution")
        self._trust(role, "lambda.amazonaws.com")

    def _custom_starts(self) -> Iterator[str]:
        """State machines that custom resources start."""
        for template in self._templates.values():
            for resource in template["Resources"].values():
                for moment in ("Create", "Update", "Delete"):
                    call = resource.get("Properties", {}).get(moment) if "Custom::" in resource["Type"] else None
                    if call is not None:
                        yield json.loads(call)["parameters"]["stateMachineArn"]

    def _schedule(self, schedule: Mapping[str, Any]) -> None:
        target = schedule["Target"]
        role = _name(target["RoleArn"])
        self._allow(role, target["Arn"], "states:StartExecution")
        self._allow(role, target["DeadLetterConfig"]["Arn"], "sqs:SendMessage")
        groups = {
            f"<{logical_id}>": group["Name"] for logical_id, group in self._of_type("AWS::Scheduler::ScheduleGroup")
        }
        group = f"arn:aws:scheduler:{HERE}:schedule-group/{groups[schedule['GroupName']]}"
        self._trust(role, "scheduler.amazonaws.com", sources(group, "StringEquals"))

    def _personalize(self) -> None:
        """Role, key and bucket, which all three have to let the service in. Source: reference §11."""
        role, bucket = _name(self.values["PersonalizeRoleArn"]), self.values["DataBucketName"]
        bucket_arn, service = f"arn:aws:s3:::{bucket}", {"Service": PERSONALIZE}
        uses = [*KEY_USE, "kms:CreateGrant"]
        self._guard(
            _name(self.values["DataKeyArn"]),
            _allowed({"AWS": f"{ACCOUNT}:root"}, ["kms:*"], "*"),
            _allowed({"AWS": f"{ACCOUNT}:role/{role}"}, uses, "*"),
            _allowed(service, uses, "*", OF_PERSONALIZE),
            _allowed({"Service": ALARMS}, PUBLISHING, "*", self._own_alarms()),
            _allowed({"Service": LOGS}, KEY_USE_OF_LOGS, "*", _log_groups(self._plan.prefix)),
        )
        self._allow(role, self.values["DataKeyArn"], *KEY_USE)
        self._allow(role, bucket_arn, "s3:ListBucket")
        self._allow(role, f"{bucket_arn}/*", "s3:GetObject", "s3:PutObject")
        if self._plan.publishes_metrics:
            self._allow(role, "*", "cloudwatch:PutMetricData")
        self._trust(role, PERSONALIZE, OF_PERSONALIZE)
        self._guard(
            bucket,
            _allowed(service, ["s3:ListBucket"], bucket_arn, OF_PERSONALIZE),
            _allowed(service, ["s3:GetObject", "s3:PutObject"], f"{bucket_arn}/*", OF_PERSONALIZE),
        )

    def _buckets(self) -> None:
        for logical_id, bucket in self._of_type("AWS::S3::Bucket"):
            name = logical_id.lower()
            arns = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
            self._guard(
                name,
                _denied("s3:*", arns, {"Bool": {"aws:SecureTransport": "false"}}),
                _denied("s3:*", arns, {"NumericLessThan": {"s3:TlsVersion": 1.2}}),
            )
            logging = bucket.get("LoggingConfiguration")
            if logging is not None:
                logs, prefix = logging["DestinationBucketName"], logging["LogFilePrefix"]
                service = {"Service": "logging.s3.amazonaws.com"}
                place = f"arn:aws:s3:::{logs}/{prefix}*"
                self._guard(logs, _allowed(service, ["s3:PutObject"], place, sources(arns[0])))

    def _emptied_buckets(self) -> None:
        """CloudFormation deletes empty buckets only; the CDK's helper empties those that may go."""
        for _, emptied in self._of_type("Custom::S3AutoDeleteObjects"):
            bucket = emptied["BucketName"]
            ((role, _),) = [found for found in self._of_type("AWS::IAM::Role") if "S3AutoDelete" in found[0]]
            arns = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
            self._guard(bucket, _allowed({"AWS": f"{ACCOUNT}:role/{role}"}, EMPTYING, arns))
            self._trust(role, "lambda.amazonaws.com")

    def _own_alarms(self) -> dict[str, dict[str, str]]:
        return sources(f"arn:aws:cloudwatch:{HERE}:alarm:{self._plan.prefix}-*")

    def _arrivals(self) -> None:
        for _, rule in self._of_type("AWS::Events::Rule"):
            (target,) = rule["Targets"]
            ours = sources(f"arn:aws:events:{HERE}:rule/{self._plan.prefix}-*")
            self._allow(_name(target["RoleArn"]), target["Arn"], "states:StartExecution")
            self._trust(_name(target["RoleArn"]), EVENTS, ours)
            dead = target["DeadLetterConfig"]["Arn"]
            self._guard(dead.rpartition(":")[2], _allowed({"Service": EVENTS}, ["sqs:SendMessage"], dead, ours))

    def _budget(self) -> None:
        for _ in self._of_type("AWS::Budgets::Budget"):
            account = HERE.partition(":")[2]
            ours = sources(f"arn:aws:budgets::{account}:*")
            topic, key = self.values["TopicArn"], _name(self.values["DataKeyArn"])
            self._guard(topic, _allowed({"Service": BUDGETS}, ["sns:Publish"], topic, ours))
            self._guard(key, _allowed({"Service": BUDGETS}, PUBLISHING, "*", ours))

    def _network(self) -> None:
        """The flow log's role, and the CDK's helper that closes the VPC's default group."""
        for _, flow_log in self._of_type("AWS::EC2::FlowLog"):
            role = _name(flow_log["DeliverLogsPermissionArn"])
            group = f"arn:aws:logs:{HERE}:log-group:{flow_log['LogGroupName']}:*"
            self._allow(role, group, *WRITING_LOGS, "logs:DescribeLogStreams")
            self._trust(role, "vpc-flow-logs.amazonaws.com", sources(f"arn:aws:ec2:{HERE}:vpc-flow-log/*"))
        for _, closed in self._of_type("Custom::VpcRestrictDefaultSG"):
            ((role, _),) = [found for found in self._of_type("AWS::IAM::Role") if "RestrictDefaultSG" in found[0]]
            changing = [
                f"ec2:{verb}SecurityGroup{way}" for verb in ("Authorize", "Revoke") for way in ("Egress", "Ingress")
            ]
            self._allow(role, f"arn:aws:ec2:{HERE}:security-group/{closed['DefaultSecurityGroupId']}", *changing)
            self._trust(role, "lambda.amazonaws.com")

    def _rollout(self) -> None:
        """AWS's own policy gives the rights."""
        for _, group in self._of_type("AWS::CodeDeploy::DeploymentGroup"):
            ours = sources(f"arn:aws:codedeploy:{HERE}:deploymentgroup:{self._plan.prefix}/*")
            self._trust(_name(group["ServiceRoleArn"]), "codedeploy.amazonaws.com", ours)

    def _queues_and_topics(self) -> None:
        over_tls = {"Bool": {"aws:SecureTransport": "false"}}
        for logical_id, queue in self._of_type("AWS::SQS::Queue"):
            name = queue.get("QueueName", logical_id)
            self._guard(name, _denied("sqs:*", f"arn:aws:sqs:{HERE}:{name}", over_tls))
        for _, topic in self._of_type("AWS::SNS::Topic"):
            arn = f"arn:aws:sns:{HERE}:{topic['TopicName']}"
            self._guard(
                arn,
                _denied("sns:Publish", arn, over_tls),
                _allowed({"Service": ALARMS}, ["sns:Publish"], arn, self._own_alarms()),
            )
            if self._plan.emails:
                undelivered = f"{self._plan.prefix}-messages-dead"
                queue_arn = f"arn:aws:sqs:{HERE}:{undelivered}"
                self._guard(
                    undelivered,
                    _allowed({"Service": "sns.amazonaws.com"}, ["sqs:SendMessage"], queue_arn, sources(arn)),
                )


def _log_groups(prefix: str) -> dict[str, Any]:
    """What CloudWatch Logs says instead of a source. Source: CloudWatch Logs user guide, Encrypt log data."""
    groups = [f"arn:aws:logs:{HERE}:log-group:{beginning}{prefix}*" for beginning in ("/aws/*/", "aws-waf-logs-")]
    return {"StringLike": {"kms:EncryptionContext:aws:logs:arn": groups}}


def _name(role_arn: str) -> str:
    return role_arn.rpartition("/")[2]


def _allowed(principal: Any, actions: list[str], resource: Any, condition: Any = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": resource}
    return statement if condition is None else {**statement, "Condition": condition}


def _denied(action: str, resource: Any, condition: Any) -> dict[str, Any]:
    return {**_allowed({"AWS": "*"}, [action], resource, condition), "Effect": "Deny"}
