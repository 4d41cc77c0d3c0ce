"""What a project can switch on: each option is seen in the templates of the project that has them all."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match, Template

from tastemaker.constructs.serving import Serving
from tastemaker.constructs.token_values import DataReferences
from tastemaker.errors import TastemakerError
from tests.support.plans import make_document, make_private_plan
from tests.support.templates import only, resources_of, statements_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Full = Mapping[str, Template]

TOPIC = "arn:aws:sns:eu-west-1:123456789012:shop-prod-outcomes"
ARRIVAL = "arn:aws:events:eu-west-1:123456789012:rule/shop-prod-*"


def json_of(full: Full) -> dict[str, Mapping[str, Any]]:
    return {name: template.to_json() for name, template in full.items()}


def test_data_that_may_go_is_deleted_with_its_stack(full: Full) -> None:
    for name in ("data", "serving"):
        kept = [
            logical_id
            for logical_id, resource in full[name].to_json()["Resources"].items()
            if resource.get("DeletionPolicy") == "Retain" and "ApiCloudWatchRole" not in logical_id
            and "ApiAccount" not in logical_id
        ]  # fmt: skip
        assert kept == []
    full["data"].resource_count_is("Custom::S3AutoDeleteObjects", 2)


def test_every_role_is_bounded_helpers_of_the_cdk_included(full: Full) -> None:
    roles = [role for one in json_of(full).values() for role in resources_of(one, "AWS::IAM::Role").values()]
    assert len(roles) > 10
    assert {role.get("PermissionsBoundary") for role in roles} == {"arn:aws:iam::123456789012:policy/team-boundary"}


def test_the_projects_tags_are_on_the_stacks_resources(full: Full) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in only(full["data"].to_json(), "AWS::KMS::Key")["Tags"]}
    assert tags == {
        "cost-centre": "shop",
        "environment": "prod",
        "managed-by": "tastemaker",
        "project": "shop",
    }


def test_a_paused_schedule_is_disabled_and_spread_over_its_minutes(full: Full) -> None:
    schedules = resources_of(full["workflow"].to_json(), "AWS::Scheduler::Schedule").values()
    daily = next(schedule for schedule in schedules if schedule["Name"] == "daily")
    assert daily["State"] == "DISABLED"
    assert daily["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}


def test_the_arrival_of_a_marker_starts_the_machine(full: Full) -> None:
    workflow = full["workflow"].to_json()
    rule = only(workflow, "AWS::Events::Rule")
    assert rule["EventPattern"]["detail-type"] == ["Object Created"]
    assert rule["EventPattern"]["detail"]["object"] == {"key": ["full/_SUCCESS"]}
    (target,) = rule["Targets"]
    assert target["Arn"] == "arn:aws:states:eu-west-1:123456789012:stateMachine:shop-prod-import-data"
    assert json.loads(target["Input"]) == {"Mode": "FULL"}
    assert target["DeadLetterConfig"]["Arn"].startswith("<ArrivalsDeadLetters")
    (statement,) = statements_of(workflow, "ArrivalsRole")
    assert (statement["Action"], statement["Resource"]) == (["states:StartExecution"], [target["Arn"]])


def test_only_the_projects_own_rules_reach_the_arrivals_role_and_queue(full: Full) -> None:
    workflow = full["workflow"].to_json()
    queues = resources_of(workflow, "AWS::SQS::QueuePolicy").values()
    allowed = [part for queue in queues for part in queue["PolicyDocument"]["Statement"] if part["Effect"] == "Allow"]
    assert [part["Condition"]["ArnLike"]["aws:SourceArn"] for part in allowed] == [TOPIC, ARRIVAL]
    role = next(
        found for name, found in resources_of(workflow, "AWS::IAM::Role").items() if name.startswith("ArrivalsRole")
    )
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": ARRIVAL}


def test_a_message_that_cannot_be_delivered_is_a_dead_letter(full: Full) -> None:
    subscription = only(full["workflow"].to_json(), "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "shop@example.com")
    assert subscription["RedrivePolicy"]["deadLetterTargetArn"].startswith("<OutcomesDeadLetters")


def test_the_bucket_announces_objects_where_arrivals_start_something(full: Full) -> None:
    buckets = resources_of(full["data"].to_json(), "AWS::S3::Bucket").values()
    announced = [bucket["NotificationConfiguration"] for bucket in buckets if "NotificationConfiguration" in bucket]
    assert announced == [{"EventBridgeConfiguration": {"EventBridgeEnabled": True}}]


def test_accepted_events_go_by_a_queue_and_in_large_batches_to_the_function_that_archives_them(full: Full) -> None:
    serving = full["serving"].to_json()
    (mapping,) = [
        found
        for found in resources_of(serving, "AWS::Lambda::EventSourceMapping").values()
        if "archive" in str(found["FunctionName"])
    ]
    assert mapping["BatchSize"] == 5_000
    assert mapping["MaximumBatchingWindowInSeconds"] == 300
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    queues = {found["QueueName"]: found for found in resources_of(serving, "AWS::SQS::Queue").values()}
    archive, dead = queues["shop-prod-archive"], queues["shop-prod-archive-dead"]
    assert {found["SqsManagedSseEnabled"] for found in (archive, dead)} == {True}
    assert [found for found in (archive, dead) if "FifoQueue" in found] == []
    assert archive["RedrivePolicy"]["maxReceiveCount"] == 50


def test_what_was_archived_expires(full: Full) -> None:
    (rules,) = [
        bucket["LifecycleConfiguration"]["Rules"]
        for bucket in resources_of(full["data"].to_json(), "AWS::S3::Bucket").values()
        if "LoggingConfiguration" in bucket
    ]
    kept = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if rule["Id"].startswith("archived-")}
    assert kept == {"events/": 400, "action-interactions/": 400}


def test_the_firewall_has_managed_rules_a_rate_and_a_log_without_who_asked_what(full: Full) -> None:
    serving = full["serving"].to_json()
    rules = only(serving, "AWS::WAFv2::WebACL")["Rules"]
    assert [rule["Name"] for rule in rules] == [
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "RateOfOneAddress",
    ]
    rate = rules[2]["Statement"]["RateBasedStatement"]
    assert (rate["Limit"], rate["EvaluationWindowSec"], rules[2]["Action"]) == (500, 300, {"Block": {}})
    guarded = only(serving, "AWS::WAFv2::WebACLAssociation")["ResourceArn"]
    assert re.search("/restapis/<RestApi[^/]+>/stages/<RestApi[^/]+>$", guarded)
    redacted = only(serving, "AWS::WAFv2::LoggingConfiguration")["RedactedFields"]
    assert redacted == [
        {"UriPath": {}},
        {"QueryString": {}},
        {"SingleHeader": {"Name": "authorization"}},
        {"SingleHeader": {"Name": "x-api-key"}},
    ]


def test_a_host_name_takes_new_tls_only_and_gets_its_record(full: Full) -> None:
    serving = full["serving"]
    serving.has_resource_properties(
        "AWS::ApiGateway::DomainName", {"DomainName": "api.example.com", "SecurityPolicy": "TLS_1_2"}
    )
    serving.has_resource_properties(
        "AWS::Route53::RecordSet", {"Name": "api.example.com", "Type": "A", "HostedZoneId": "Z0123456789"}
    )


def test_requests_come_through_an_alias_that_is_warm_and_shifts_gradually(full: Full) -> None:
    serving = full["serving"].to_json()
    alias = only(serving, "AWS::Lambda::Alias")
    assert (alias["Name"], alias["ProvisionedConcurrencyConfig"]) == ("live", {"ProvisionedConcurrentExecutions": 2})
    body = only(serving, "AWS::ApiGateway::RestApi")["Body"]
    uri = body["paths"]["/rankings"]["post"]["x-amazon-apigateway-integration"]["uri"]
    assert uri.endswith(":function:shop-prod-recommend:live/invocations")
    group = only(serving, "AWS::CodeDeploy::DeploymentGroup")
    assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
    assert group["AutoRollbackConfiguration"]["Enabled"] is True
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    permissions = resources_of(serving, "AWS::Lambda::Permission").values()
    assert {re.sub("[0-9A-F]{8}>", ">", permission["FunctionName"]) for permission in permissions} == {
        "<Rolloutrecommend>"
    }


def test_functions_take_no_more_than_their_share(full: Full, serving: Template) -> None:
    for template, share in ((full["serving"], 10), (serving, 25)):
        for function in resources_of(template.to_json(), "AWS::Lambda::Function").values():
            assert function["ReservedConcurrentExecutions"] == share


def test_the_network_has_no_way_out_and_an_endpoint_for_each_service(full: Full) -> None:
    network = full["network"]
    for kind in ("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway"):
        network.resource_count_is(kind, 0)
    services = [
        endpoint["ServiceName"].removeprefix("com.amazonaws.<AWS::Region>.").removeprefix("com.amazonaws.eu-west-1.")
        for endpoint in resources_of(network.to_json(), "AWS::EC2::VPCEndpoint").values()
    ]
    assert sorted(services) == [
        "dynamodb", "kms", "logs", "personalize", "personalize-events", "personalize-runtime", "s3", "sqs", "ssm",
        "states",
    ]  # fmt: skip


def test_endpoints_let_only_this_account_through(full: Full) -> None:
    for endpoint in resources_of(full["network"].to_json(), "AWS::EC2::VPCEndpoint").values():
        (statement,) = endpoint["PolicyDocument"]["Statement"]
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}
        assert statement["Action"] != "*"


def test_functions_run_inside_the_network(full: Full) -> None:
    functions = [
        function
        for name in ("workflow", "serving")
        for function in resources_of(full[name].to_json(), "AWS::Lambda::Function").values()
        if str(function.get("FunctionName", "")).startswith("shop-prod-")
    ]
    assert len(functions) == 4
    assert all(len(function["VpcConfig"]["SubnetIds"]) == 2 for function in functions)


def test_what_costs_money_while_idle_is_off_by_default(workflow: Template, serving: Template) -> None:
    for kind in (
        "AWS::WAFv2::WebACL",
        "AWS::Lambda::Alias",
        "AWS::CodeDeploy::Application",
        "AWS::ApiGateway::DomainName",
    ):
        serving.resource_count_is(kind, 0)
    workflow.resource_properties_count_is("AWS::Lambda::Function", {"VpcConfig": Match.any_value()}, 0)


def test_logs_and_functions_settings_are_encrypted_with_the_data_key(workflow: Template, serving: Template) -> None:
    for template in (workflow, serving):
        for group in resources_of(template.to_json(), "AWS::Logs::LogGroup").values():
            assert group["KmsKeyId"].startswith("<PublishOutput")
    for function in resources_of(serving.to_json(), "AWS::Lambda::Function").values():
        assert function["KmsKeyArn"].startswith("<PublishOutput")


def test_a_private_api_answers_through_the_networks_endpoint_only(private: Full) -> None:
    api = only(private["serving"].to_json(), "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"]["Types"] == ["PRIVATE"]
    (endpoint,) = api["EndpointConfiguration"]["VpcEndpointIds"]
    (statement,) = api["Policy"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceVpce": endpoint}}
    services = [found["ServiceName"] for found in endpoints_of(private)]
    assert [name for name in services if name.endswith(".execute-api")] != []


def test_the_host_name_of_a_private_api_is_known_in_the_network_only(private: Full) -> None:
    serving = private["serving"].to_json()
    name = only(serving, "AWS::ApiGateway::DomainNameV2")
    assert (name["DomainName"], name["SecurityPolicy"]) == ("api.example.com", "TLS_1_2")
    assert name["EndpointConfiguration"] == {"Types": ["PRIVATE"]}
    access = only(serving, "AWS::ApiGateway::DomainNameAccessAssociation")
    endpoint = access["AccessAssociationSource"]
    (statement,) = name["Policy"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceVpce": endpoint}}
    mapping = only(serving, "AWS::ApiGateway::BasePathMappingV2")
    assert mapping["DomainNameArn"] == access["DomainNameArn"]
    record = only(private["network"].to_json(), "AWS::Route53::RecordSet")
    assert (record["Name"], record["Type"], record["HostedZoneId"]) == ("api.example.com", "A", "Z0123456789")


def test_a_network_spreads_over_as_many_zones_as_the_project_says(private: Full, full: Full) -> None:
    for network, zones in ((private["network"], 3), (full["network"], 2)):
        subnets = resources_of(network.to_json(), "AWS::EC2::Subnet").values()
        assert len({json.dumps(subnet["AvailabilityZone"]) for subnet in subnets}) == zones


def endpoints_of(templates: Full) -> list[dict[str, Any]]:
    return list(resources_of(templates["network"].to_json(), "AWS::EC2::VPCEndpoint").values())


def test_a_private_api_without_a_network_is_refused_not_made_public(tmp_path: Path) -> None:
    plan, stack = make_private_plan(), Stack(App(outdir=str(tmp_path)), "alone")
    (tmp_path / "asset").mkdir()
    code = lambda_.Code.from_asset(str(tmp_path / "asset"))
    data = DataReferences("bucket", "arn:aws:kms:eu-west-1:123456789012:key/k", "arn:aws:iam::123456789012:role/r", "t")
    with pytest.raises(TastemakerError, match="give `network=Network"):
        Serving(stack, "Serving", plan=plan, data=data, code=code, document=make_document(plan))
