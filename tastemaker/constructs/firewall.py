"""AWS WAF in front of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

MANAGED = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet")
PASSES = "SizeRestrictions_BODY"
"""Of the common rules: refuses bodies over 8 KB, which ten events easily are. It only counts."""
SECRET_HEADERS = ("authorization", "x-api-key")


class Firewall(Construct):
    """AWS's managed rules, then a rate for each address.

    The log holds neither path nor query, which name users, nor keys and tokens.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        stage_arn: str,
        requests_per_five_minutes: int,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        rules = [_managed(priority, rules) for priority, rules in enumerate(MANAGED)]
        self.acl = wafv2.CfnWebACL(
            self,
            "Acl",
            name=name,
            description=f"API of {name}",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            rules=[*rules, _rate(len(rules), requests_per_five_minutes)],
            visibility_config=_visibility(name),
        )
        wafv2.CfnWebACLAssociation(self, "Association", resource_arn=stage_arn, web_acl_arn=self.acl.attr_arn)
        self._add_log(name, key)

    def _add_log(self, name: str, key: kms.IKey) -> None:
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"aws-waf-logs-{name}",  # WAF demands the beginning
            encryption_key=key,
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        field = wafv2.CfnLoggingConfiguration.FieldToMatchProperty
        headers = [field(single_header={"Name": header}) for header in SECRET_HEADERS]
        wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.acl.attr_arn,
            log_destination_configs=[log_group.log_group_arn],
            redacted_fields=[field(uri_path={}), field(query_string={}), *headers],
        )


def _managed(priority: int, name: str) -> wafv2.CfnWebACL.RuleProperty:
    counted = wafv2.CfnWebACL.RuleActionOverrideProperty(
        name=PASSES, action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={})
    )
    group = wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
        vendor_name="AWS", name=name, rule_action_overrides=[counted] if name == MANAGED[0] else None
    )
    statement = wafv2.CfnWebACL.StatementProperty(managed_rule_group_statement=group)
    return _rule(name, priority, statement, override_action={"none": {}})


def _rate(priority: int, limit: int) -> wafv2.CfnWebACL.RuleProperty:
    rate = wafv2.CfnWebACL.RateBasedStatementProperty(limit=limit, aggregate_key_type="IP", evaluation_window_sec=300)
    statement = wafv2.CfnWebACL.StatementProperty(rate_based_statement=rate)
    return _rule("RateOfOneAddress", priority, statement, action={"block": {}})


def _rule(
    name: str, priority: int, statement: wafv2.CfnWebACL.StatementProperty, **acting: Any
) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name=name, priority=priority, statement=statement, visibility_config=_visibility(name), **acting
    )


def _visibility(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
