"""Properties of every role of every stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.plan.permissions import WILDCARD_ACTIONS
from tests.support.templates import as_lists, resources_of

LOG_DELIVERY = {
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}
"""Step Functions guide, CloudWatch Logs: these have no resource types."""
TRACING = {
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}

if TYPE_CHECKING:
    from tests.support.templates import Templates


def all_statements(templates: Templates) -> list[dict[str, Any]]:
    return [
        as_lists(statement)
        for template in templates.values()
        for policy in resources_of(template, "AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def test_no_policy_allows_an_action_by_wildcard(templates: Templates) -> None:
    actions = [action for statement in all_statements(templates) for action in statement["Action"]]
    assert len(actions) > 20
    assert [action for action in actions if "*" in action] == []


def test_only_actions_without_a_resource_type_are_allowed_on_everything(
    templates: Templates,
) -> None:
    unbounded = {
        action
        for statement in all_statements(templates)
        if "*" in statement["Resource"]
        for action in statement["Action"]
    }
    assert unbounded - LOG_DELIVERY - TRACING - WILDCARD_ACTIONS == set()


def test_the_only_managed_policy_lets_api_gateway_log(templates: Templates) -> None:
    managed = [
        arn
        for template in templates.values()
        for role in resources_of(template, "AWS::IAM::Role").values()
        for arn in role.get("ManagedPolicyArns", [])
    ]
    assert managed == ["arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"]


def test_every_log_group_forgets(templates: Templates) -> None:
    groups = [
        group for template in templates.values() for group in resources_of(template, "AWS::Logs::LogGroup").values()
    ]
    assert len(groups) == 7
    assert {group.get("RetentionInDays") for group in groups} == {90}
