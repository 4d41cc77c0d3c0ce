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
from tests.support.policy_statements import PERSONALIZE, allowed, name_of, sources
from tests.support.policy_uses_storage import add_network_uses, add_storage_uses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.plan.specs import Plan

    Templates = Mapping[str, Mapping[str, Any]]
    Expected = dict[tuple[str, str], set[Grant]]

LOG_DELIVERY = (
    *("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies"),
    *("logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery"),
)
"""Step Functions guide, CloudWatch Logs: these have no resource types."""
SENDING_TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
SAMPLING = ("xray:GetSamplingRules", "xray:GetSamplingTargets")
WRITING_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
NETWORK_INTERFACES = (
    *("ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
    *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"),
)
"""Lambda guide, configuration-vpc: what Lambda does with the role of a function in a VPC."""
WITHOUT_SOURCE = {
    "lambda.amazonaws.com": "Lambda guide, lambda-intro-execution-role",
    "apigateway.amazonaws.com": "API Gateway guide, set-up-logging",
}
"""Services that send no aws:SourceArn when they assume a role, with the page: a condition would lock them out."""


class Uses:
    """Collects what is expected, per holder.

    Args:
        templates: plain ones.
    """

    def __init__(self, templates: Templates, plan: Plan) -> None:
        self._templates, self.plan = templates, plan
        self.expected: Expected = {}
        self.values = self._token_values()

    def collect(self) -> Expected:
        """`(kind, holder)` to its grants."""
        for _, machine in self.of_type("AWS::StepFunctions::StateMachine"):
            self._machine(machine)
        for _, function in self.of_type("AWS::Lambda::Function"):
            self._function(function)
        for _, schedule in self.of_type("AWS::Scheduler::Schedule"):
            self._schedule(schedule)
        for _, account in self.of_type("AWS::ApiGateway::Account"):
            self.trust(name_of(account["CloudWatchRoleArn"]), "apigateway.amazonaws.com")
        for _, rule in self.of_type("AWS::Events::Rule"):
            self._rule(rule)
        if self.of_type("AWS::CodeDeploy::DeploymentGroup"):
            self._gradual_deployment()
        add_storage_uses(self)
        add_network_uses(self)
        return self.expected

    def of_type(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (logical_id, resource.get("Properties", {}))
            for template in self._templates.values()
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == kind
        ]

    def _token_values(self) -> dict[str, str]:
        """What the plan's tokens stand for in these templates."""
        region, _, account = HERE.partition(":")
        prefix = self.plan.prefix
        values = {"Partition": "aws", "Region": region, "AccountId": account, **self._data_values()}
        values |= {"EventBusName": prefix, "TopicArn": f"arn:aws:sns:{HERE}:{prefix}-outcomes"}
        values |= {} if self.plan.preparation is None else self.plan.preparation.token_values
        for spec in self.plan.machines:
            name, physical = pascal_case(spec.name), f"{prefix}-{spec.name}"
            values |= {f"{name}MachineArn": f"arn:aws:states:{HERE}:stateMachine:{physical}"}
            values |= {f"{name}MachineName": physical}
        for function in self.plan.functions:
            arn = f"arn:aws:lambda:{HERE}:function:{prefix}-{function.name}"
            values |= {f"{pascal_case(function.name)}FunctionArn": arn}
        for queue in self.plan.queues:
            values |= {queue.tokens.arn[2:-1]: f"arn:aws:sqs:{HERE}:{prefix}-{queue.name}"}
            values |= {queue.tokens.dead_letter_arn[2:-1]: f"arn:aws:sqs:{HERE}:{prefix}-{queue.dead_letter_name}"}
        return values

    def _data_values(self) -> dict[str, str]:
        (bucket,) = [name for name, found in self.of_type("AWS::S3::Bucket") if "LoggingConfiguration" in found]
        (role,) = [name for name, found in self.of_type("AWS::IAM::Role") if PERSONALIZE in json.dumps(found)]
        (key,) = [name for name, _ in self.of_type("AWS::KMS::Key")]
        (ledger,) = [name for name, found in self.of_type("AWS::DynamoDB::Table") if "TableName" not in found]
        return {
            "DataBucketName": bucket.lower(),
            "PersonalizeRoleArn": f"{ACCOUNT}:role/{role}",
            "DataKeyArn": f"arn:aws:kms:{HERE}:key/{key}",
            "LedgerTableName": ledger,
        }

    def allow(self, role: str, resource: str, *actions: str) -> None:
        found = self.expected.setdefault(("identity", role), set())
        for action in actions:
            condition = json.dumps(CONDITIONS.get(action), sort_keys=True)
            found.add(Grant("Allow", "", action, resource, condition))

    def guard(self, holder: str, *statements: dict[str, Any]) -> None:
        self.expected.setdefault(("resource", holder), set()).update(grants_of(statements))

    def trust(self, role: str, service: str, condition: Mapping[str, Any] | None = None) -> None:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        grants = grants_of([statement if condition is None else {**statement, "Condition": condition}])
        self.expected.setdefault(("trust", role), set()).update(grants)

    def _spec_actions(self, role: str, actions: Mapping[str, tuple[str, ...]]) -> None:
        for action, resources in actions.items():
            for resource in resources:
                self.allow(role, resolve_tokens(resource, self.values), action)

    def _machine(self, machine: Mapping[str, Any]) -> None:
        role, name = name_of(machine["RoleArn"]), machine["StateMachineName"]
        spec = next(found for found in self.plan.machines if f"{self.plan.prefix}-{found.name}" == name)
        self._spec_actions(role, machine_actions(spec.definition, machine_arn_token(spec.name)))
        if "LoggingConfiguration" in machine:
            self.allow(role, "*", *LOG_DELIVERY)
        if machine.get("TracingConfiguration") == {"Enabled": True}:
            self.allow(role, "*", *SENDING_TRACES, *SAMPLING)
        self.trust(role, "states.amazonaws.com", sources(f"arn:aws:states:{HERE}:stateMachine:{name}*"))

    def _function(self, function: Mapping[str, Any]) -> None:
        role, name = name_of(function["Role"]), function.get("FunctionName", "")
        for spec in self.plan.functions:
            if f"{self.plan.prefix}-{spec.name}" == name:
                self._spec_actions(role, spec.actions)
        if "LoggingConfig" not in function:
            self.trust(role, "lambda.amazonaws.com")
            self._function_of_the_cdk(role)
            return
        self.trust(role, "lambda.amazonaws.com", {"StringEquals": {"aws:SourceAccount": HERE.partition(":")[2]}})
        group = f"arn:aws:logs:{HERE}:log-group:{function['LoggingConfig']['LogGroup']}:*"
        self.allow(role, group, *WRITING_LOGS)
        if "VpcConfig" in function:
            self.allow(role, "*", *NETWORK_INTERFACES)
            by_code = {"ArnEquals": {"lambda:SourceFunctionArn": f"arn:aws:lambda:{HERE}:function:{name}"}}
            own = {"Effect": "Deny", "Action": [*NETWORK_INTERFACES], "Resource": "*", "Condition": by_code}
            self.expected[("identity", role)].update(grants_of([own]))
        if function.get("TracingConfig") == {"Mode": "Active"}:
            self.allow(role, "*", *SENDING_TRACES)
        for machine in self._custom_starts() if name == "" else ():
            self.allow(role, machine, "states:StartExecution")

    def _function_of_the_cdk(self, role: str) -> None:
        """Empties buckets, or takes the rules out of a VPC's default security group."""
        groups = [found["DefaultSecurityGroupId"] for _, found in self.of_type("Custom::VpcRestrictDefaultSG")]
        for group in groups if "Vpc" in role else ():
            arn = f"arn:aws:ec2:{HERE}:security-group/{group}"
            self.allow(
                role,
                arn,
                *(f"ec2:{verb}SecurityGroup{way}" for verb in ("Authorize", "Revoke") for way in ("Egress", "Ingress")),
            )

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
        role = name_of(target["RoleArn"])
        self.allow(role, target["Arn"], "states:StartExecution")
        self.allow(role, target["DeadLetterConfig"]["Arn"], "sqs:SendMessage")
        group = f"arn:aws:scheduler:{HERE}:schedule-group/{schedule['GroupName']}"
        self.trust(role, "scheduler.amazonaws.com", sources(group, "StringEquals"))

    def _rule(self, rule: Mapping[str, Any]) -> None:
        """Files that have come start a machine."""
        of_rules = sources(f"arn:aws:events:{HERE}:rule/{self.plan.prefix}-*")
        for target in rule["Targets"]:
            role = name_of(target["RoleArn"])
            self.allow(role, target["Arn"], "states:StartExecution")
            self.trust(role, "events.amazonaws.com", of_rules)
            letters = target["DeadLetterConfig"]["Arn"]
            failed = allowed({"Service": "events.amazonaws.com"}, ["sqs:SendMessage"], letters, of_rules)
            self.guard(letters.rpartition(":")[2], failed)

    def _gradual_deployment(self) -> None:
        groups = f"arn:aws:codedeploy:{HERE}:deploymentgroup:{self.plan.prefix}/*"
        for _, group in self.of_type("AWS::CodeDeploy::DeploymentGroup"):
            self.trust(name_of(group["ServiceRoleArn"]), "codedeploy.amazonaws.com", sources(groups))
