"""What API Gateway itself answers when no function does, as problem details like everything else.

Source: API Gateway developer guide, Gateway response types; OpenAPI extension
x-amazon-apigateway-gateway-responses.
"""

from __future__ import annotations

import json
from typing import Any

REFUSALS: dict[str, tuple[int, str, str]] = {
    "ACCESS_DENIED": (403, "forbidden", "The caller may not do this."),
    "API_CONFIGURATION_ERROR": (500, "misconfigured", "The API is not set up correctly."),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "misconfigured", "The API is not set up correctly."),
    "AUTHORIZER_FAILURE": (500, "unavailable", "The caller cannot be checked."),
    "BAD_REQUEST_BODY": (400, "bad-parameter", "The body is not of the form that /openapi.json gives for this route."),
    "BAD_REQUEST_PARAMETERS": (400, "bad-parameter", "A required parameter is missing or empty."),
    "EXPIRED_TOKEN": (403, "forbidden", "The signature has expired."),
    "INTEGRATION_FAILURE": (504, "unavailable", "The function does not answer."),
    "INTEGRATION_TIMEOUT": (504, "timeout", "The function did not answer in time."),
    "INVALID_API_KEY": (403, "forbidden", "The header x-api-key holds no valid key."),
    "INVALID_SIGNATURE": (403, "forbidden", "The signature is wrong."),
    "MISSING_AUTHENTICATION_TOKEN": (403, "unknown-route", "There is no such route, or it asks for credentials."),
    "QUOTA_EXCEEDED": (429, "too-many-requests", "The quota of this key is used up."),
    "REQUEST_TOO_LARGE": (413, "too-large", "The request is too large."),
    "RESOURCE_NOT_FOUND": (404, "unknown-route", "There is no such route."),
    "THROTTLED": (429, "too-many-requests", "Slow down and try again."),
    "UNAUTHORIZED": (401, "unauthorized", "The request carries no valid token."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported-media-type", "Send the body as application/json."),
    "WAF_FILTERED": (403, "forbidden", "The request was refused."),
    "DEFAULT_4XX": (400, "refused", "The request was refused."),
    "DEFAULT_5XX": (502, "defect", "The function failed."),
}
"""Response type to the status that API Gateway gives it, problem and text."""


def refusal_body(response_type: str, request_id: str) -> dict[str, Any]:
    """The problem details of a refusal."""
    status, kind, detail = REFUSALS[response_type]
    return {
        "type": f"urn:tastemaker:problem:{kind}",
        "title": kind.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "requestId": request_id,
    }


def build_gateway_responses(headers: dict[str, str]) -> dict[str, Any]:
    """The extension's value: another origin must be able to read refusals too, hence the CORS headers."""
    fixed = {"Content-Type": "application/problem+json", **headers}
    values = {**{name: f"'{value}'" for name, value in fixed.items()}, "X-Correlation-Id": "context.requestId"}
    parameters = {f"gatewayresponse.header.{name}": value for name, value in values.items()}
    return {
        response_type: {
            "responseParameters": parameters,
            "responseTemplates": {"application/json": json.dumps(refusal_body(response_type, "$context.requestId"))},
        }
        for response_type in REFUSALS
    }
