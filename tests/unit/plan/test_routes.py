"""Routes, functions and the OpenAPI document, from one small project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.shared.http import EXPOSED_HEADERS
from tastemaker.errors import TastemakerError
from tastemaker.model.project import Project
from tastemaker.plan.functions import build_functions
from tastemaker.plan.names import Names
from tastemaker.plan.openapi import build_openapi, build_public_document, invoke_uri_token
from tastemaker.plan.routes import build_routes
from tastemaker.plan.tokens import find_tokens

if TYPE_CHECKING:
    from tastemaker.plan.specs import FunctionSpec, RouteSpec

NAMES = Names("shop", "dev", "shop-dev")
CAMPAIGN_ARN = "arn:${Partition}:personalize:${Region}:${AccountId}:campaign/shop-dev-for-you"
SIMILAR_ARN = "arn:${Partition}:personalize:${Region}:${AccountId}:campaign/shop-dev-similar"
UNSEEN = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'
ALL_ENDPOINTS = {
    "recommendations": {"campaign": "for-you", "filter": "unseen", "numResults": 10},
    "related": {"campaign": "similar"},
    "events": {"eventTracker": "clicks"},
}


def _project(endpoints: dict[str, Any]) -> Project:
    columns = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
    return Project.model_validate(
        {
            "project": "shop",
            "datasets": {
                "interactions": {"schema": columns, "sql": "interactions.sql"},
                "items": {"schema": {"ITEM_ID": "string", "YEAR": "int", "GENRES": "string"}, "sql": "items.sql"},
            },
            "filters": {"unseen": UNSEEN, "genre": GENRE},
            "endpoints": endpoints,
        }
    )


def _routes(endpoints: dict[str, Any]) -> tuple[RouteSpec, ...]:
    return build_routes(_project(endpoints), NAMES)


def _functions(endpoints: dict[str, Any]) -> tuple[FunctionSpec, ...]:
    return build_functions(_project(endpoints), NAMES, _routes(endpoints))


def _document(endpoints: dict[str, Any] = ALL_ENDPOINTS) -> dict[str, Any]:
    return build_openapi("shop", _routes(endpoints))


def test_every_endpoint_becomes_a_route_and_what_needs_no_campaign_comes_last() -> None:
    assert [route.key for route in _routes(ALL_ENDPOINTS)] == [
        "GET /users/{userId}/recommendations",
        "GET /items/{itemId}/related",
        "POST /events",
        "GET /healthz",
        "GET /openapi.json",
    ]


def test_a_project_without_endpoints_has_no_routes_and_no_functions() -> None:
    assert _routes({}) == ()
    assert _functions({}) == ()


def test_the_filter_of_a_route_carries_the_hash_of_its_expression() -> None:
    settings = _routes(ALL_ENDPOINTS)[0].settings
    assert settings == {
        "owner": {"campaignArn": CAMPAIGN_ARN},
        "filter": "unseen",
        "filters": {"unseen": {"arn": NAMES.filter_arn("unseen", UNSEEN), "parameters": {}}},
        "numResults": 10,
        "maxResults": 500,
    }


def test_a_route_without_a_filter_has_no_filter_setting() -> None:
    assert _routes(ALL_ENDPOINTS)[1].settings == {
        "owner": {"campaignArn": SIMILAR_ARN},
        "numResults": 25,
        "maxResults": 500,
    }


def test_only_health_and_the_document_ask_for_no_api_key() -> None:
    assert [route.path for route in _routes(ALL_ENDPOINTS) if not route.security] == ["/healthz", "/openapi.json"]


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
GENRE = "INCLUDE ItemID WHERE Items.GENRES IN ($GENRE) AND Items.YEAR > $YEAR IF CurrentUser.LEVEL = $LEVEL"


def test_what_an_endpoint_declares_reaches_its_handler() -> None:
    assert _routes(RICH)[0].settings == {
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
    owner = _routes(RICH)[1].settings["owner"]
    assert owner == {"recommenderArn": "arn:${Partition}:personalize:${Region}:${AccountId}:recommender/shop-dev-hot"}


def test_a_key_is_bound_to_the_routes_of_its_client() -> None:
    assert _routes(RICH)[1].settings["apiKeyIds"] == ["${BackEndApiKeyId}"]


def test_a_user_pool_replaces_keys() -> None:
    arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x"
    endpoints = {**ALL_ENDPOINTS, "userPool": {"arn": arn, "claim": "custom:id"}}
    route = _routes(endpoints)[0]
    document = build_openapi("shop", _routes(endpoints), user_pool_arn=arn)
    assert (route.security, route.settings["userClaim"]) == ("user_pool", "custom:id")
    assert list(document["components"]["securitySchemes"]) == ["user_pool"]
    assert "401" in document["paths"]["/events"]["post"]["responses"]


def test_settings_that_do_not_fit_into_a_functions_environment_are_refused() -> None:
    endpoints = {"popular": {"campaign": "popular", "fallback": {"items": ["x" * 250] * 20}}}
    with pytest.raises(TastemakerError, match="`recommend` need 5269 bytes of settings"):
        _functions(endpoints)


def test_the_public_document_holds_neither_tokens_nor_extensions() -> None:
    public = build_public_document(_document(RICH), _routes(RICH))
    text = json.dumps(public)
    assert find_tokens(public) == set()
    assert ("x-amazon" in text, "options" in public["paths"]["/trending"]) == (False, False)
    assert list(public["paths"]) == list(_document(RICH)["paths"])


def test_a_function_knows_the_settings_of_its_own_routes_only() -> None:
    recommend = _functions(ALL_ENDPOINTS)[0]
    assert list(recommend.environment) == ["ROUTES", "DEADLINE_MILLISECONDS"]
    assert list(json.loads(recommend.environment["ROUTES"])) == ["GET /users/{userId}/recommendations"]


def test_a_function_may_ask_its_own_campaign_and_filter_only() -> None:
    recommend, related, *_ = _functions(ALL_ENDPOINTS)
    assert recommend.actions == {
        "personalize:GetRecommendations": (CAMPAIGN_ARN, NAMES.filter_arn("unseen", UNSEEN)),
    }
    assert related.actions == {"personalize:GetRecommendations": (SIMILAR_ARN,)}


def test_the_event_function_may_put_events_read_one_parameter_and_fill_the_queue() -> None:
    track = _functions(ALL_ENDPOINTS)[2]
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
    track, *_, replay, archive = _functions({**ALL_ENDPOINTS, "archive": {}})[2:]
    assert [function.environment["ARCHIVE_QUEUE_URL"] for function in (track, replay)] == ["${ArchiveQueueUrl}"] * 2
    assert track.actions["sqs:SendMessage"] == ("${EventQueueArn}", "${ArchiveQueueArn}")
    assert replay.actions["sqs:SendMessage"] == ("${DeadLetterQueueArn}", "${ArchiveQueueArn}")
    assert archive.actions["s3:PutObject"] == (
        "arn:${Partition}:s3:::${DataBucketName}/events/*",
        "arn:${Partition}:s3:::${DataBucketName}/action-interactions/*",
    )


def test_a_handler_is_named_by_its_dotted_path_in_the_asset() -> None:
    assert [function.handler for function in _functions(ALL_ENDPOINTS)] == [
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
    functions = {route.function for route in _routes(ALL_ENDPOINTS)}
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
    public = build_public_document(_document(), _routes(ALL_ENDPOINTS))
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


TRIAL = {
    "home": {
        "route": "recommendations",
        "variants": {"own": {"campaign": "for-you", "weight": 3}, "plain": {"items": ["i1"]}},
    },
    "beside": {
        "route": "related",
        "mode": "interleave",
        "salt": "again",
        "variants": {"own": {"campaign": "similar"}, "new": {"recommender": "newer"}},
    },
}
TABLE_ARN = "arn:${Partition}:dynamodb:${Region}:${AccountId}:table/shop-dev-experiments"


def _with_trial() -> Project:
    return Project.model_validate({**_project(ALL_ENDPOINTS).model_dump(by_alias=True), "experiments": TRIAL})


def test_a_route_knows_its_experiment_and_events_know_all() -> None:
    settings = {route.key: route.settings for route in build_routes(_with_trial(), NAMES)}
    assert settings["GET /users/{userId}/recommendations"]["experiment"] == {
        "name": "home",
        "salt": "home",
        "mode": "split",
        "table": "shop-dev-experiments",
        "variants": [
            {"name": "own", "weight": 3, "owner": {"campaignArn": CAMPAIGN_ARN}},
            {"name": "plain", "weight": 1, "items": ["i1"]},
        ],
    }
    assert settings["POST /events"]["experiments"] == {
        "home": {"salt": "home", "table": "shop-dev-experiments", "variants": ["own", "plain"]},
        "beside": {"salt": "again", "table": "shop-dev-experiments", "variants": ["own", "new"]},
    }


def test_a_function_may_ask_its_variants_and_write_its_records() -> None:
    project = _with_trial()
    actions = {one.name: one.actions for one in build_functions(project, NAMES, build_routes(project, NAMES))}
    assert actions["related"] == {
        "personalize:GetRecommendations": (
            SIMILAR_ARN,
            "arn:${Partition}:personalize:${Region}:${AccountId}:recommender/shop-dev-newer",
        ),
        "dynamodb:UpdateItem": (TABLE_ARN,),
    }
    assert actions["track"]["dynamodb:BatchWriteItem"] == (TABLE_ARN,)


def test_where_no_path_names_a_user_the_query_may_name_a_session() -> None:
    parameters = {
        route.operation_id: [one.name for one in route.parameters] for route in build_routes(_with_trial(), NAMES)
    }
    assert "sessionId" in parameters["getRelatedItems"]
    assert "sessionId" not in parameters["getRecommendations"]


def test_without_experiments_nothing_is_asked_or_granted() -> None:
    assert all("experiment" not in route.settings for route in _routes(ALL_ENDPOINTS))
    assert all("dynamodb" not in action for one in _functions(ALL_ENDPOINTS) for action in one.actions)


def test_a_side_table_is_read_by_the_functions_of_its_routes_alone() -> None:
    side = {"table": "catalogue", "key": "id", "attributes": ["title", "price"]}
    endpoints = {**ALL_ENDPOINTS, "related": {"campaign": "similar", "metadata": side}}
    settings = {route.key: route.settings for route in _routes(endpoints)}
    assert settings["GET /items/{itemId}/related"]["sideTable"] == side
    assert settings["GET /items/{itemId}/related"]["maxResults"] == 500
    actions = {one.name: one.actions for one in _functions(endpoints)}
    arn = "arn:${Partition}:dynamodb:${Region}:${AccountId}:table/catalogue"
    assert actions["related"]["dynamodb:BatchGetItem"] == (arn,)
    assert "dynamodb:BatchGetItem" not in actions["recommend"]
