"""Routes, functions and the OpenAPI document, from one small project."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdas.shared.http import EXPOSED_HEADERS
from tastemaker.errors import TastemakerError
from tastemaker.plan.openapi import build_openapi, build_public_document, invoke_uri_token
from tastemaker.plan.tokens import find_tokens
from tests.support.route_shop import (
    ALL_ENDPOINTS,
    CAMPAIGN_ARN,
    GENRE,
    NAMES,
    SIMILAR_ARN,
    UNSEEN,
    functions_of,
    routes_of,
)


def _document(endpoints: dict[str, Any] = ALL_ENDPOINTS) -> dict[str, Any]:
    return build_openapi("shop", routes_of(endpoints))


def test_every_endpoint_becomes_a_route_and_what_needs_no_campaign_comes_last() -> None:
    assert [route.key for route in routes_of(ALL_ENDPOINTS)] == [
        "GET /users/{userId}/recommendations",
        "GET /items/{itemId}/related",
        "POST /events",
        "GET /healthz",
        "GET /openapi.json",
    ]


def test_a_project_without_endpoints_has_no_routes_and_no_functions() -> None:
    assert routes_of({}) == ()
    assert functions_of({}) == ()


def test_the_filter_of_a_route_carries_the_hash_of_its_expression() -> None:
    settings = routes_of(ALL_ENDPOINTS)[0].settings
    assert settings == {
        "owner": {"campaignArn": CAMPAIGN_ARN},
        "filter": "unseen",
        "filters": {"unseen": {"arn": NAMES.filter_arn("unseen", UNSEEN), "parameters": {}}},
        "numResults": 10,
        "maxResults": 500,
    }


def test_a_route_without_a_filter_has_no_filter_setting() -> None:
    assert routes_of(ALL_ENDPOINTS)[1].settings == {
        "owner": {"campaignArn": SIMILAR_ARN},
        "numResults": 25,
        "maxResults": 500,
    }


def test_only_health_and_the_document_ask_for_no_api_key() -> None:
    assert [route.path for route in routes_of(ALL_ENDPOINTS) if not route.security] == ["/healthz", "/openapi.json"]


RICH = {
    "recommendations": {
        "campaign": "for-you",
        "filters": ["genre"],
        "numResults": 10,
        "metadataColumns": ["TITLE"],
        "context": {"DEVICE": "device", "HOUR": "hour"},
        "promotion": {"filter": "unseen", "percentPromotedItems": 20},
        "cacheSeconds": 30,
        "fallback": {"campaign": "popular", "items": ["i1"]},
    },
    "trending": {"recommender": "hot"},
    "timeZone": "Europe/Berlin",
    "clients": {"web": {"routes": ["recommendations"]}, "back-end": {}},
}


def test_what_an_endpoint_declares_reaches_its_handler() -> None:
    assert routes_of(RICH)[0].settings == {
        "owner": {"campaignArn": CAMPAIGN_ARN},
        "filters": {
            "genre": {
                "arn": NAMES.filter_arn("genre", GENRE),
                "parameters": {"GENRE": "texts", "YEAR": "number", "LEVEL": "text"},
            }
        },
        "numResults": 10,
        "maxResults": 50,
        "context": {"DEVICE": "device", "HOUR": "hour"},
        "timeZone": "Europe/Berlin",
        "metadataColumns": ["TITLE"],
        "cacheSeconds": 30,
        "promotions": [{"name": "unseen", "percentPromotedItems": 20, "filterArn": NAMES.filter_arn("unseen", UNSEEN)}],
        "fallback": {"owner": {"campaignArn": CAMPAIGN_ARN.replace("for-you", "popular")}, "items": ["i1"]},
        "apiKeyIds": ["${WebApiKeyId}", "${BackEndApiKeyId}"],
    }


def test_what_a_caller_may_choose_is_documented() -> None:
    parameters = _document(RICH)["paths"]["/users/{userId}/recommendations"]["get"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == [
        "userId", "numResults", "filter", "filter.GENRE", "filter.YEAR", "filter.LEVEL", "context.DEVICE",
        "context.HOUR", "timeZone",
    ]  # fmt: skip


def test_a_recommender_is_asked_by_its_own_arn() -> None:
    owner = routes_of(RICH)[1].settings["owner"]
    assert owner == {"recommenderArn": "arn:${Partition}:personalize:${Region}:${AccountId}:recommender/shop-dev-hot"}


def test_a_key_is_bound_to_the_routes_of_its_client() -> None:
    assert routes_of(RICH)[1].settings["apiKeyIds"] == ["${BackEndApiKeyId}"]


def test_a_user_pool_replaces_keys() -> None:
    arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x"
    endpoints = {**ALL_ENDPOINTS, "userPool": {"arn": arn, "claim": "custom:id"}}
    route = routes_of(endpoints)[0]
    document = build_openapi("shop", routes_of(endpoints), user_pool_arn=arn)
    assert (route.security, route.settings["userClaim"]) == ("user_pool", "custom:id")
    assert list(document["components"]["securitySchemes"]) == ["user_pool"]
    assert "401" in document["paths"]["/events"]["post"]["responses"]


def test_settings_that_do_not_fit_into_a_functions_environment_are_refused() -> None:
    endpoints = {"popular": {"campaign": "popular", "fallback": {"items": ["x" * 250] * 20}}}
    with pytest.raises(TastemakerError, match="`recommend` need 5269 bytes of settings"):
        functions_of(endpoints)


def test_the_public_document_holds_neither_tokens_nor_extensions() -> None:
    public = build_public_document(_document(RICH), routes_of(RICH))
    text = json.dumps(public)
    assert find_tokens(public) == set()
    assert ("x-amazon" in text, "options" in public["paths"]["/trending"]) == (False, False)
    assert list(public["paths"]) == list(_document(RICH)["paths"])


def test_a_function_knows_the_settings_of_its_own_routes_only() -> None:
    recommend = functions_of(ALL_ENDPOINTS)[0]
    assert list(recommend.environment) == ["ROUTES", "DEADLINE_MILLISECONDS"]
    assert list(json.loads(recommend.environment["ROUTES"])) == ["GET /users/{userId}/recommendations"]


def test_a_function_may_ask_its_own_campaign_and_filter_only() -> None:
    recommend, related, *_ = functions_of(ALL_ENDPOINTS)
    assert recommend.actions == {
        "personalize:GetRecommendations": (CAMPAIGN_ARN, NAMES.filter_arn("unseen", UNSEEN)),
    }
    assert related.actions == {"personalize:GetRecommendations": (SIMILAR_ARN,)}


def test_the_event_function_may_put_events_read_one_parameter_and_fill_the_queue() -> None:
    track = functions_of(ALL_ENDPOINTS)[2]
    assert track.environment == {
        "ROUTES": '{"POST /events":{"delivery":"direct"}}',
        "DEADLINE_MILLISECONDS": "2000",
        "TRACKING_ID_PARAMETER": "/tastemaker/shop/dev/tracking-id",
        "EVENT_QUEUE_URL": "${EventQueueUrl}",
        "ARCHIVE_QUEUE_URL": "",
    }
    assert track.actions == {
        "personalize:PutEvents": ("*",),
        "ssm:GetParameter": ("arn:${Partition}:ssm:${Region}:${AccountId}:parameter/tastemaker/shop/dev/tracking-id",),
        "sqs:SendMessage": ("${EventQueueArn}",),
    }


def test_an_archive_has_a_queue_that_every_sender_of_events_may_fill_and_a_function_that_only_writes_there() -> None:
    track, *_, replay, archive = functions_of({**ALL_ENDPOINTS, "archive": {}})[2:]
    assert [function.environment["ARCHIVE_QUEUE_URL"] for function in (track, replay)] == ["${ArchiveQueueUrl}"] * 2
    assert track.actions["sqs:SendMessage"] == ("${EventQueueArn}", "${ArchiveQueueArn}")
    assert replay.actions["sqs:SendMessage"] == ("${DeadLetterQueueArn}", "${ArchiveQueueArn}")
    assert archive.actions["s3:PutObject"] == (
        "arn:${Partition}:s3:::${DataBucketName}/events/*",
        "arn:${Partition}:s3:::${DataBucketName}/action-interactions/*",
    )


def test_a_handler_is_named_by_its_dotted_path_in_the_asset() -> None:
    assert [function.handler for function in functions_of(ALL_ENDPOINTS)] == [
        "lambdas.recommend.handler",
        "lambdas.related.handler",
        "lambdas.track.handler",
        "lambdas.health.handler",
        "lambdas.describe.handler",
        "lambdas.replay.handler",
    ]


def test_every_route_is_an_operation_with_its_functions_integration() -> None:
    document = _document()
    operation = document["paths"]["/users/{userId}/recommendations"]["get"]
    assert document["openapi"] == "3.0.1"
    assert operation["operationId"] == "getRecommendations"
    assert operation["x-amazon-apigateway-integration"] == {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": "${RecommendFunctionInvokeUri}",
        "passthroughBehavior": "when_no_match",
        "timeoutInMillis": 29000,
    }


def test_the_only_tokens_of_the_document_are_the_invoke_uris() -> None:
    functions = {route.function for route in routes_of(ALL_ENDPOINTS)}
    assert find_tokens(_document()) == {invoke_uri_token(name)[2:-1] for name in functions}


def test_the_token_of_a_kebab_case_function_is_camel_case() -> None:
    assert invoke_uri_token("replay-events") == "${ReplayEventsFunctionInvokeUri}"


def test_a_path_parameter_is_required_and_a_count_is_not() -> None:
    parameters = _document()["paths"]["/users/{userId}/recommendations"]["get"]["parameters"]
    assert [(parameter["name"], parameter["in"], parameter["required"]) for parameter in parameters] == [
        ("userId", "path", True),
        ("numResults", "query", False),
    ]


def test_errors_are_documented_as_problem_json() -> None:
    responses = _document()["paths"]["/items/{itemId}/related"]["get"]["responses"]
    assert list(responses) == ["200", "304", "400", "403", "404", "429", "502", "503", "504"]
    assert responses["429"]["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }


def test_every_referenced_schema_exists() -> None:
    document = _document()
    text = json.dumps(document)
    referenced = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referenced <= set(document["components"]["schemas"])


def test_api_gateway_validates_the_outermost_members_of_a_body_and_leaves_its_entries_to_the_function() -> None:
    document = _document()
    content = document["paths"]["/events"]["post"]["requestBody"]["content"]
    assert content == {"application/json": {"schema": {"$ref": "#/components/schemas/PostEventsBody"}}}
    assert document["components"]["schemas"]["PostEventsBody"] == {
        "type": "object",
        "required": ["sessionId", "events"],
        "additionalProperties": False,
        "properties": {
            "sessionId": {"type": "string"},
            "userId": {"type": "string"},
            "events": {"type": "array", "items": {}},
        },
    }
    validator = document["x-amazon-apigateway-request-validator"]
    assert document["x-amazon-apigateway-request-validators"][validator] == {
        "validateRequestParameters": True,
        "validateRequestBody": True,
    }


def test_callers_read_of_every_member_of_an_entry() -> None:
    public = build_public_document(_document(), routes_of(ALL_ENDPOINTS))
    entry = public["components"]["schemas"]["PostEventsBody"]["properties"]["events"]["items"]
    assert entry["required"] == ["eventType"]


def test_schema_names_are_alphanumeric_as_api_gateway_demands() -> None:
    assert all(name.isalnum() for name in _document()["components"]["schemas"])


def test_operations_ask_for_a_key_and_health_does_not() -> None:
    paths = _document()["paths"]
    assert paths["/events"]["post"]["security"] == [{"api_key": []}]
    assert paths["/healthz"]["get"]["security"] == []


def test_a_browser_may_ask_every_path_before_it_sends() -> None:
    paths = _document()["paths"]
    assert all(path["options"]["x-amazon-apigateway-integration"]["type"] == "mock" for path in paths.values())


def test_api_gateways_own_refusals_can_be_read_from_another_origin_as_answers_of_handlers_can() -> None:
    responses = _document()["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED", "INVALID_API_KEY"} <= set(responses)
    assert all(
        response["responseParameters"]
        == {
            "gatewayresponse.header.Content-Type": "'application/problem+json'",
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.Access-Control-Expose-Headers": f"'{EXPOSED_HEADERS}'",
            "gatewayresponse.header.X-Correlation-Id": "context.requestId",
        }
        for response in responses.values()
    )


def test_api_gateways_own_refusals_are_problem_details() -> None:
    template = _document()["x-amazon-apigateway-gateway-responses"]["THROTTLED"]["responseTemplates"]
    assert json.loads(template["application/json"]) == {
        "type": "urn:tastemaker:problem:too-many-requests",
        "title": "Too many requests",
        "status": 429,
        "detail": "Slow down and try again.",
        "requestId": "$context.requestId",
    }


def test_the_same_project_gives_the_same_document() -> None:
    assert json.dumps(_document()) == json.dumps(_document())
