"""What the functions answer, as OpenAPI responses and schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tastemaker.plan.specs import RouteSpec

_STRING = {"type": "string"}
_COUNT = {"type": "integer"}

ANSWER_SCHEMAS: dict[str, Any] = {
    "Recommendations": {
        "type": "object",
        "required": ["items", "source"],
        "properties": {
            "recommendationId": {**_STRING, "description": "Send it with the events that follow from this answer."},
            "source": {**_STRING, "description": "What answered: campaign."},
            "items": {
                "type": "array",
                "description": "Best first.",
                "items": {
                    "type": "object",
                    "required": ["itemId"],
                    "properties": {
                        "itemId": _STRING,
                        "score": {"type": "number", "description": "Absent for recipes without scores."},
                        "reason": {"type": "array", "items": _STRING},
                        "promotionName": _STRING,
                    },
                },
            },
        },
    },
    "EventReport": {
        "type": "object",
        "required": ["accepted", "rejected", "events"],
        "properties": {
            "accepted": _COUNT,
            "rejected": _COUNT,
            "events": {
                "type": "array",
                "description": "One entry for each event, in the order of the request.",
                "items": {
                    "type": "object",
                    "required": ["index", "status"],
                    "properties": {
                        "index": _COUNT,
                        "status": {**_STRING, "enum": ["accepted", "rejected", "retry"]},
                        "eventId": _STRING,
                        "reasons": {"type": "array", "items": _STRING},
                    },
                },
            },
        },
    },
    "Health": {"type": "object", "required": ["status"], "properties": {"status": _STRING}},
    "Problem": {
        "type": "object",
        "description": "Problem details, RFC 9457; for events with the members of EventReport.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {**_STRING, "description": "urn:tastemaker:problem:<kind>; stable."},
            "title": _STRING,
            "status": _COUNT,
            "detail": _STRING,
            "requestId": _STRING,
        },
    },
}

_SUCCESSES: dict[str, dict[str, tuple[str, str]]] = {
    "recommend": {"200": ("Items, best first.", "Recommendations")},
    "related": {"200": ("Items, best first.", "Recommendations")},
    "track": {"200": ("Every event accepted.", "EventReport"), "207": ("Some events rejected.", "EventReport")},
    "health": {"200": ("The API answers.", "Health")},
}

_PROBLEMS = {
    "400": "The request is wrong; detail says how.",
    "404": "Unknown, or not deployed yet.",
    "429": "Too many requests; see Retry-After.",
    "502": "The function cannot use the service.",
    "503": "Unavailable; see Retry-After.",
    "504": "The service did not answer in time.",
}


def answers_of(route: RouteSpec) -> dict[str, Any]:
    """The `responses` of a route's operation: its successes, and for those that call a service its problems."""
    successes = {
        status: _response(description, "application/json", schema)
        for status, (description, schema) in _SUCCESSES[route.function].items()
    }
    problems = {} if route.function == "health" else _PROBLEMS
    return {
        **successes,
        **{status: _response(text, "application/problem+json", "Problem") for status, text in problems.items()},
    }


def _response(description: str, content_type: str, schema: str) -> dict[str, Any]:
    content = {content_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}
