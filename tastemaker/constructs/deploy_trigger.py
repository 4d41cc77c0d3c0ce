"""Starts `ensure` whenever a deployment changes the desired resources, and `teardown` when the stack is deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import CfnResource, Duration, Stack, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from tastemaker.constructs.log_group import build_log_group
from tastemaker.constructs.service_principals import lambda_principal
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_kms as kms

    from tastemaker.plan.specs import Plan


class DeployTrigger(Construct):
    """Two custom resources that start an execution and do not wait for it.

    CloudFormation calls a custom resource again when its properties differ; the input and the plan's fingerprint are
    among them, so an unchanged plan starts nothing. Executions get no fixed name: deploying plan A, then B, then A
    again has to start a third execution, and Step Functions keeps names for 90 days. Both have constant physical ids:
    a changed id would make CloudFormation delete the old one after an update, and deletion is what starts `teardown`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: Plan,
        values: Mapping[str, str],
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix, self._reserved_concurrency = plan.prefix, plan.deploy.api.reserved_concurrency
        self._input, self._fingerprint = json.dumps(resolve_tokens(plan.resources, values)), plan.fingerprint
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=lambda_principal(),
            description=f"Starts executions when the stack of {plan.prefix} is deployed or deleted",
        )
        self._log_group = build_log_group(self, "Logs", name=f"/aws/lambda/{plan.prefix}-deploy-trigger", key=key)
        self._log_group.grant_write(self._role)
        # What a function with tracing needs; X-Ray knows no resources.
        tracing = iam.PolicyStatement(actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"])
        self._role.add_to_policy(tracing)

    def start_on_deploy(self, machine_arn: str) -> custom_resources.AwsCustomResource:
        call = self._start_execution(machine_arn, "ensure")
        ensure = self._custom_resource("Ensure", machine_arn, on_deploy=call)
        properties = ensure.node.find_child("Resource").node.default_child
        if isinstance(properties, CfnResource):
            properties.add_property_override("PlanFingerprint", self._fingerprint)
        return ensure

    def start_on_delete(self, machine_arn: str) -> custom_resources.AwsCustomResource:
        call = self._start_execution(machine_arn, "teardown")
        return self._custom_resource("Teardown", machine_arn, on_delete=call)

    def _start_execution(self, machine_arn: str, purpose: str) -> custom_resources.AwsSdkCall:
        return custom_resources.AwsSdkCall(
            service="sfn",
            action="startExecution",
            parameters={"stateMachineArn": machine_arn, "input": self._input},
            physical_resource_id=custom_resources.PhysicalResourceId.of(f"{self._prefix}-{purpose}"),
            output_paths=["executionArn"],
        )

    def _custom_resource(
        self,
        construct_id: str,
        machine_arn: str,
        *,
        on_deploy: custom_resources.AwsSdkCall | None = None,
        on_delete: custom_resources.AwsSdkCall | None = None,
    ) -> custom_resources.AwsCustomResource:
        resource = custom_resources.AwsCustomResource(
            self,
            construct_id,
            role=self._role,
            policy=custom_resources.AwsCustomResourcePolicy.from_statements(
                [iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine_arn])]
            ),
            resource_type=f"Custom::Tastemaker{construct_id}",
            install_latest_aws_sdk=False,  # the bundled SDK knows StartExecution; installing needs the network
            timeout=Duration.minutes(2),
            log_group=self._log_group,
            memory_size=256,
            on_create=on_deploy,
            on_update=on_deploy,
            on_delete=on_delete,
        )
        self._complete_function()
        return resource

    def _complete_function(self) -> None:
        """The stack's one function for such resources is the CDK's own, and its construct does not ask for these."""
        number = custom_resources.AwsCustomResource.PROVIDER_FUNCTION_UUID.replace("-", "")
        function = Stack.of(self).node.find_child(f"AWS{number}").node.default_child
        if isinstance(function, lambda_.CfnFunction):
            function.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
            function.reserved_concurrent_executions = self._reserved_concurrency
