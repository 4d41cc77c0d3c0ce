"""A host name of the API's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Fn
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2

    from tastemaker.model.deploy import Domain


class CustomDomain(Construct):
    """TLS 1.2 and later; the record is made where the hosted zone is known."""

    def __init__(self, scope: Construct, construct_id: str, *, domain: Domain, api: apigateway.SpecRestApi) -> None:
        super().__init__(scope, construct_id)
        self.domain = apigateway.DomainName(
            self,
            "Name",
            domain_name=domain.name,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", domain.certificate_arn),
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        self.domain.add_base_path_mapping(api, stage=api.deployment_stage)
        if domain.hosted_zone_id is not None:
            host, zone = self.domain.domain_name_alias_domain_name, self.domain.domain_name_alias_hosted_zone_id
            _add_record(self, domain, host, zone)


class PrivateDomain(Construct):
    """A host name of a private API, for whoever comes through the network's endpoint; the network makes the record.

    Source: API Gateway developer guide, Custom domain names for private APIs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        domain: Domain,
        api: apigateway.SpecRestApi,
        endpoint: ec2.IInterfaceVpcEndpoint,
    ) -> None:
        super().__init__(scope, construct_id)
        name = apigateway.CfnDomainNameV2(
            self,
            "Name",
            domain_name=domain.name,
            certificate_arn=domain.certificate_arn,
            endpoint_configuration=apigateway.CfnDomainNameV2.EndpointConfigurationProperty(types=["PRIVATE"]),
            security_policy="TLS_1_2",
            policy=policy_through(endpoint),
        )
        apigateway.CfnBasePathMappingV2(
            self,
            "Mapping",
            domain_name_arn=name.attr_domain_name_arn,
            rest_api_id=api.rest_api_id,
            stage=api.deployment_stage.stage_name,
        )
        apigateway.CfnDomainNameAccessAssociation(
            self,
            "Access",
            domain_name_arn=name.attr_domain_name_arn,
            access_association_source=endpoint.vpc_endpoint_id,
            access_association_source_type="VPCE",
        )


def policy_through(endpoint: ec2.IInterfaceVpcEndpoint) -> iam.PolicyDocument:
    """For whoever comes through the endpoint. Source: API Gateway developer guide, Create a private API."""
    through = {"StringEquals": {"aws:SourceVpce": endpoint.vpc_endpoint_id}}
    allowed = iam.PolicyStatement(
        principals=[iam.AnyPrincipal()],
        actions=["execute-api:Invoke"],
        resources=["execute-api:/*"],
        conditions=through,
    )
    return iam.PolicyDocument(statements=[allowed])


def add_endpoint_record(scope: Construct, domain: Domain, endpoint: ec2.InterfaceVpcEndpoint) -> None:
    """The domain's name for the endpoint, where the hosted zone is known; belongs to the endpoint's own stack.

    Addresses are a list, `hosted zone:name` each, the Region's first; only its own stack can take a list apart.
    Source: CloudFormation reference, AWS::EC2::VPCEndpoint.
    """
    if domain.hosted_zone_id is not None:
        address = Fn.split(":", Fn.select(0, endpoint.vpc_endpoint_dns_entries))
        _add_record(scope, domain, Fn.select(1, address), Fn.select(0, address))


def _add_record(scope: Construct, domain: Domain, host: str, zone: str) -> None:
    route53.CfnRecordSet(
        scope,
        "Record",
        name=domain.name,
        type="A",
        hosted_zone_id=domain.hosted_zone_id,
        alias_target=route53.CfnRecordSet.AliasTargetProperty(dns_name=host, hosted_zone_id=zone),
    )
