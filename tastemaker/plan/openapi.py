"""The OpenAPI document that API Gateway deploys and that clients are generated from.

Version 3.0.1, the one API Gateway exports and imports. Each operation's integration names its function by a token,
`${RecommendFunctionInvokeUri}` for `recommend`; whoever deploys replaces it by
`arn:<partition>:apigateway:<region>:lambda:path/2015-03-31/functions/<function ARN>/invocations`.
API Gateway checks required parameters and the outermost members of bodies: see `bodies.py`.
Source: API Gateway developer guide, OpenAPI extensions for API Gateway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.plan.answers import ANSWER_SCHEMAS, answers_of
from tastemaker.plan.bodies import build_gateway_model
from tastemaker.plan.gateway_refusals import build_gateway_responses
from tastemaker.plan.tokens import pascal_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.plan.specs import ParameterSpec, RouteSpec

INTEGRATION_TIMEOUT_MILLISECONDS = 29_000
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization,Content-Type,If-None-Match,X-Api-Key,X-Correlation-Id",
    "Access-Control-Allow-Methods": "GET,POST,PUT,OPTIONS",
    "Access-Control-Max-Age": "600",
}
"""Keys, not cookies, identify a caller, so any origin may ask."""
READABLE = {
    "Access-Control-Allow-Origin": CORS_HEADERS["Access-Control-Allow-Origin"],
    "Access-Control-Expose-Headers": "ETag,Retry-After,X-Correlation-Id,X-Experiment,X-Experiment-Variant,"
    "X-Recommendation-Source",
}
"""What lets a page of another origin read a refusal; the handlers send the same."""

_VALIDATOR = "request"
_AMAZON = "x-amazon-"


def invoke_uri_token(function: str) -> str:
    """Token for the integration URI of a function, e.g. `${RecommendFunctionInvokeUri}`."""
    return f"${{{pascal_case(function)}FunctionInvokeUri}}"


def build_openapi(
    title: str, routes: Sequence[RouteSpec], version: str = "1", *, user_pool_arn: str | None = None
) -> dict[str, Any]:
    """The document, with tokens; paths in the order of the routes.

    Args:
        user_pool_arn: needed when routes have the security `user_pool`.
    """
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    for operations in paths.values():
        operations["options"] = _preflight()
    return {
        "openapi": "3.0.1",
        "info": {"title": title, "version": version},
        "x-amazon-apigateway-api-key-source": "HEADER",
        "x-amazon-apigateway-request-validators": {
            _VALIDATOR: {"validateRequestParameters": True, "validateRequestBody": True}
        },
        "x-amazon-apigateway-request-validator": _VALIDATOR,
        "x-amazon-apigateway-gateway-responses": build_gateway_responses(READABLE),
        "paths": paths,
        "components": {
            "schemas": {
                **ANSWER_SCHEMAS,
                **{_body_name(route): build_gateway_model(route.body) for route in routes if route.body is not None},
            },
            "securitySchemes": {
                kind: _security_scheme(kind, user_pool_arn)
                for kind in dict.fromkeys(route.security for route in routes if route.security)
            },
        },
    }


def build_public_document(document: dict[str, Any], routes: Sequence[RouteSpec]) -> dict[str, Any]:
    """What callers need: whole bodies, no extensions of API Gateway and no preflights, and so no tokens."""
    paths = {path: {m: op for m, op in operations.items() if m != "options"} for path, operations in _items(document)}
    bodies = {_body_name(route): route.body for route in routes if route.body is not None}
    components = {**document["components"], "schemas": {**document["components"]["schemas"], **bodies}}
    public: dict[str, Any] = _without_extensions({**document, "paths": paths, "components": components})
    return public


def _items(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list(document["paths"].items())


def _without_extensions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_extensions(part) for key, part in value.items() if not key.startswith(_AMAZON)}
    return [_without_extensions(part) for part in value] if isinstance(value, list) else value


def _security_scheme(kind: str, user_pool_arn: str | None) -> dict[str, Any]:
    """Source: API Gateway developer guide, x-amazon-apigateway-authtype and x-amazon-apigateway-authorizer."""
    if kind == "api_key":
        return {"type": "apiKey", "name": "x-api-key", "in": "header"}
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header"}
    if kind == "iam":
        return {**scheme, "x-amazon-apigateway-authtype": "awsSigv4"}
    return {
        **scheme,
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [user_pool_arn]},
    }


def _operation(route: RouteSpec) -> dict[str, Any]:
    body = {}
    if route.body is not None:
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{_body_name(route)}"}}}
        body["requestBody"] = {"required": True, "content": content}
    return {
        "operationId": route.operation_id,
        "summary": route.summary,
        "parameters": [_parameter(parameter) for parameter in route.parameters],
        **body,
        "responses": answers_of(route),
        "security": [{route.security: []}] if route.security else [],
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": invoke_uri_token(route.function),
            "passthroughBehavior": "when_no_match",
            "timeoutInMillis": INTEGRATION_TIMEOUT_MILLISECONDS,
        },
    }


def _parameter(parameter: ParameterSpec) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.summary,
        "required": parameter.required,
        "schema": parameter.schema,
    }


def _body_name(route: RouteSpec) -> str:
    """Letters only: API Gateway's model names are alphanumeric."""
    return f"{route.operation_id[0].upper()}{route.operation_id[1:]}Body"


def _preflight() -> dict[str, Any]:
    """What a browser asks before a request to another origin; API Gateway answers it without a function."""
    headers = {name: {"schema": {"type": "string"}} for name in CORS_HEADERS}
    values = {f"method.response.header.{name}": f"'{value}'" for name, value in CORS_HEADERS.items()}
    return {
        "summary": "CORS preflight.",
        "responses": {"204": {"description": "Allowed.", "headers": headers}},
        "security": [],
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 204}'},
            "passthroughBehavior": "when_no_match",
            "responses": {"default": {"statusCode": "204", "responseParameters": values}},
        },
    }
