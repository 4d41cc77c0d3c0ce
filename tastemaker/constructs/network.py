"""A VPC without a way to the internet: AWS is reached through endpoints, and by this account only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws, Fn
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from tastemaker.constructs.custom_domain import add_endpoint_record
from tastemaker.constructs.feature_flags import set_feature_flags
from tastemaker.constructs.log_group import build_log_group
from tastemaker.constructs.service_principals import confused_deputy_conditions
from tastemaker.model.deploy import Network as NetworkSettings

if TYPE_CHECKING:
    from tastemaker.constructs.token_values import DataReferences
    from tastemaker.plan.specs import Plan

INTERFACES = ("personalize", "personalize-runtime", "personalize-events", "kms", "states", "sqs", "logs", "ssm")
"""Each costs about $7.30 a month and zone. Source: VPC pricing page, us-east-1."""
GATEWAYS = {"s3": ec2.GatewayVpcEndpointAwsService.S3, "dynamodb": ec2.GatewayVpcEndpointAwsService.DYNAMODB}
"""These are free."""
PRIVATE_API = "execute-api"


@dataclass(frozen=True)
class NetworkReferences:
    """What functions and a private API need of the network.

    Attributes:
        api_endpoint: where a private API is reached; None without one.
    """

    vpc: ec2.IVpc
    security_group: ec2.ISecurityGroup
    api_endpoint: ec2.IInterfaceVpcEndpoint | None

    def of_a_function(self) -> dict[str, Any]:
        """Properties of a Lambda function inside."""
        subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        return {"vpc": self.vpc, "vpc_subnets": subnets, "security_groups": [self.security_group]}


class Network(Construct):
    """Isolated subnets, endpoints with policies, a flow log."""

    def __init__(self, scope: Construct, construct_id: str, *, plan: Plan, data: DataReferences) -> None:
        super().__init__(scope, construct_id)
        set_feature_flags(self)
        settings = plan.deploy.network or NetworkSettings()
        key = kms.Key.from_key_arn(self, "DataKey", data.key_arn)
        isolated = ec2.SubnetConfiguration(name="functions", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        self._vpc = ec2.Vpc(
            self,
            "Vpc",
            vpc_name=plan.prefix,
            ip_addresses=ec2.IpAddresses.cidr(settings.cidr),
            availability_zones=[Fn.select(place, Fn.get_azs()) for place in range(settings.zones)],
            subnet_configuration=[isolated],
            restrict_default_security_group=True,
        )
        self._callers = self._endpoints_group(settings.cidr)
        self._log_flows(plan.prefix, key)
        self._add_gateways()
        endpoints = {name: self._add_interface(name) for name in INTERFACES}
        api = plan.deploy.api
        if api.private:
            endpoints[PRIVATE_API] = self._add_interface(PRIVATE_API, by_anybody=True)
            if api.domain is not None:
                add_endpoint_record(self, api.domain, endpoints[PRIVATE_API])
        self.references = NetworkReferences(self._vpc, self._functions_group(), endpoints.get(PRIVATE_API))

    def _functions_group(self) -> ec2.SecurityGroup:
        """HTTPS outwards; gateways are addressed by public numbers, and there is no route to any other of these."""
        description = "Functions call AWS"
        group = ec2.SecurityGroup(self, "Functions", vpc=self._vpc, description=description, allow_all_outbound=False)
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), description)
        return group

    def _log_flows(self, prefix: str, key: kms.IKey) -> None:
        """Source: VPC user guide, IAM role for publishing flow logs to CloudWatch Logs."""
        conditions = confused_deputy_conditions("ec2", "vpc-flow-log/*")
        role = iam.Role(
            self,
            "FlowLogRole",
            assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com", conditions=conditions),
            description=f"The VPC of {prefix} writes its flow log",
        )
        log_group = build_log_group(self, "FlowLogs", name=f"/aws/vpc/{prefix}", key=key)
        self._vpc.add_flow_log("FlowLog", destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group, role))

    def _endpoints_group(self, cidr: str) -> ec2.SecurityGroup:
        """HTTPS from anywhere inside: a private API is asked by more than our functions."""
        description = "AWS is called from this network"
        group = ec2.SecurityGroup(self, "Endpoints", vpc=self._vpc, description=description, allow_all_outbound=False)
        group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), description)
        return group

    def _add_gateways(self) -> None:
        for name, service in GATEWAYS.items():
            endpoint = self._vpc.add_gateway_endpoint(name, service=service)
            endpoint.add_to_policy(_by_this_account(f"{name}:*"))

    def _add_interface(self, name: str, *, by_anybody: bool = False) -> ec2.InterfaceVpcEndpoint:
        """Callers of an API need no AWS account; the API's own policy says which endpoint they come through."""
        service = ec2.InterfaceVpcEndpointAwsService(name)
        endpoint = self._vpc.add_interface_endpoint(name, service=service, security_groups=[self._callers], open=False)
        if not by_anybody:
            endpoint.add_to_policy(_by_this_account(f"{name.partition('-')[0]}:*"))
        return endpoint


def _by_this_account(actions: str) -> iam.PolicyStatement:
    """What the endpoint lets through; what a caller may do is still his role's business."""
    return iam.PolicyStatement(
        principals=[iam.AnyPrincipal()],
        actions=[actions],
        resources=["*"],
        conditions={"StringEquals": {"aws:PrincipalAccount": Aws.ACCOUNT_ID}},
    )
