"""A host name of the API's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from constructs import Construct

if TYPE_CHECKING:
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
            route53.CfnRecordSet(
                self,
                "Record",
                name=domain.name,
                type="A",
                hosted_zone_id=domain.hosted_zone_id,
                alias_target=route53.CfnRecordSet.AliasTargetProperty(
                    dns_name=self.domain.domain_name_alias_domain_name,
                    hosted_zone_id=self.domain.domain_name_alias_hosted_zone_id,
                ),
            )
