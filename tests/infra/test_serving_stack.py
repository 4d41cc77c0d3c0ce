from __future__ import annotations

import sys

from aws_cdk.assertions import Match, Template

from tests.support.templates import only, resources_of, statements_of

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-recommend"


def test_a_function_is_what_its_spec_says(serving: Template) -> None:
    function = only(serving.to_json(), "AWS::Lambda::Function")
    assert function["FunctionName"] == "shop-dev-recommend"
    assert function["Handler"] == "lambdas.recommend.handler"
    assert (function["Runtime"], function["Architectures"]) == (f"python3.{sys.version_info.minor}", ["arm64"])
    assert (function["Timeout"], function["MemorySize"]) == (5, 768)
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["Environment"]["Variables"] == {
        "CAMPAIGN_ARN": "arn:aws:personalize:eu-west-1:123456789012:campaign/shop-dev-home",
        "ROUTES": "{}",
    }


def test_a_functions_role_holds_its_specs_actions_besides_its_own_log_and_traces(serving: Template) -> None:
    granted = {
        tuple(statement["Action"]): statement["Resource"]
        for statement in statements_of(serving.to_json(), "recommendRole")
    }
    assert granted == {
        ("personalize:GetRecommendations",): ["arn:aws:personalize:eu-west-1:123456789012:campaign/shop-dev-*"],
        ("logs:CreateLogStream", "logs:PutLogEvents"): ["<recommendLogsE48AE30D.Arn>"],
        ("xray:PutTelemetryRecords", "xray:PutTraceSegments"): ["*"],
    }


def test_the_api_is_the_document_with_its_functions_addresses(serving: Template) -> None:
    body = only(serving.to_json(), "AWS::ApiGateway::RestApi")["Body"]
    assert sorted(body["paths"]) == ["/items/{itemId}/similar", "/rankings", "/users/{userId}/recommendations"]
    integration = body["paths"]["/rankings"]["post"]["x-amazon-apigateway-integration"]
    assert integration["uri"] == (
        f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
    )


def test_the_gateway_may_invoke_the_function_for_its_own_routes_only(serving: Template) -> None:
    permissions = resources_of(serving.to_json(), "AWS::Lambda::Permission").values()
    assert {permission["Principal"] for permission in permissions} == {"apigateway.amazonaws.com"}
    assert sorted(permission["SourceArn"].split("/", 2)[2] for permission in permissions) == [
        "GET/items/*/similar",
        "GET/users/*/recommendations",
        "POST/rankings",
    ]


def test_the_stage_logs_access_throttles_and_traces(serving: Template) -> None:
    serving.has_resource_properties(
        "AWS::ApiGateway::Stage",
        {
            "StageName": "dev",
            "TracingEnabled": True,
            "AccessLogSetting": Match.object_like({"Format": Match.string_like_regexp("requestId")}),
            "MethodSettings": [
                Match.object_like(
                    {
                        "HttpMethod": "*",
                        "ResourcePath": "/*",
                        "ThrottlingRateLimit": 100,
                        "ThrottlingBurstLimit": 200,
                        "LoggingLevel": "ERROR",
                        "DataTraceEnabled": False,
                    }
                )
            ],
        },
    )


def test_one_api_key_is_bound_to_one_throttled_usage_plan(serving: Template) -> None:
    serving.resource_count_is("AWS::ApiGateway::ApiKey", 1)
    serving.resource_count_is("AWS::ApiGateway::UsagePlanKey", 1)
    serving.has_resource_properties("AWS::ApiGateway::UsagePlan", {"Throttle": {"RateLimit": 100, "BurstLimit": 200}})


def test_the_keys_value_is_nowhere_in_the_template(serving: Template) -> None:
    assert "Value" not in only(serving.to_json(), "AWS::ApiGateway::ApiKey")


def test_the_stack_tells_its_address_and_the_id_of_its_key(serving: Template) -> None:
    assert sorted(serving.to_json()["Outputs"]) == ["DefaultApiKeyId", "Url"]


def test_the_table_of_experiments_forgets_by_itself_and_outlives_the_stack(serving: Template) -> None:
    (table,) = serving.find_resources("AWS::DynamoDB::Table").values()
    assert table["DeletionPolicy"] == "Retain"
    properties = table["Properties"]
    assert properties["TableName"] == "shop-dev-experiments"
    assert properties["KeySchema"] == [
        {"AttributeName": "unit", "KeyType": "HASH"},
        {"AttributeName": "record", "KeyType": "RANGE"},
    ]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
