"""The OpenAPI document that API Gateway deploys and that clients are generated from.

Version 3.0.1, the one API Gateway exports and imports. Each operation's integration names its function by a token,
`${RecommendFunctionInvokeUri}` for `recommend`; whoever deploys replaces it by
`arn:<partition>:apigateway:<region>:lambda:path/2015-03-31/functions/<function ARN>/invocations`.
Request validation covers parameters only: see `events_body.py`.
Source: API Gateway developer guide, OpenAPI extensions for API Gateway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.plan.answers import ANSWER_SCHEMAS, answers_of
from tastemaker.plan.tokens import pascal_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.plan.specs import ParameterSpec, RouteSpec

INTEGRATION_TIMEOUT_MILLISECONDS = 29_000
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Content-Type,X-Api-Key,If-None-Match",
    "Access-Control-Allow-Methods": "GET,POST,OPTIONS",
}
"""Keys, not cookies, identify a caller, so any origin may ask."""

_VALIDATOR = "parameters"


def invoke_uri_token(function: str) -> str:
    """Token for the integration URI of a function, e.g. `${RecommendFunctionInvokeUri}`."""
    return f"${{{pascal_case(function)}FunctionInvokeUri}}"


def build_openapi(title: str, routes: Sequence[RouteSpec], version: str = "1") -> dict[str, Any]:
    """The document, with tokens; paths in the order of the routes."""
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
            _VALIDATOR: {"validateRequestParameters": True, "validateRequestBody": False}
        },
        "x-amazon-apigateway-request-validator": _VALIDATOR,
        "x-amazon-apigateway-gateway-responses": {kind: _gateway_response() for kind in ("DEFAULT_4XX", "DEFAULT_5XX")},
        "paths": paths,
        "components": {
            "schemas": {
                **ANSWER_SCHEMAS,
                **{_body_name(route): route.body for route in routes if route.body is not None},
            },
            "securitySchemes": {"api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
        },
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
        "security": [{"api_key": []}] if route.api_key_required else [],
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


def _gateway_response() -> dict[str, Any]:
    """API Gateway's own refusals (no key, unknown route, throttling) must be readable from another origin too."""
    return {
        "responseParameters": {
            f"gatewayresponse.header.{name}": f"'{value}'"
            for name, value in CORS_HEADERS.items()
            if name == "Access-Control-Allow-Origin"
        }
    }
