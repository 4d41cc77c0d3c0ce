"""What the functions answer, as OpenAPI responses and schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tastemaker.plan.specs import RouteSpec

_STRING: dict[str, Any] = {"type": "string"}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_SOURCE = {
    **_STRING,
    "enum": ["campaign", "fallback-campaign", "last-good", "static", "input-order", "control"],
    "description": "Who answered; control is an experiment's fixed list, the others are stand-ins for the campaign.",
}
_TRIAL: dict[str, Any] = {
    "variant": {**_STRING, "description": "Of the experiment; interleaved where two answer together."},
    "eventAttributionSource": {
        **_STRING,
        "description": "Send it with the events that follow: they are outcomes then.",
    },
}
_LIST: dict[str, Any] = {
    "recommendationId": {**_STRING, "description": "Send it with the events that follow from this answer."},
    "source": _SOURCE,
    "emptyBecause": {**_STRING, "enum": ["filter"], "description": "The service answered; its filter left nothing."},
    "experiment": {**_STRING, "description": "The experiment that this answer belongs to."},
    **_TRIAL,
}
_ITEM = {
    "type": "object",
    "required": ["itemId"],
    "properties": {
        "itemId": _STRING,
        "score": {"type": "number", "description": "Absent for recipes without scores."},
        "reason": {"type": "array", "items": _STRING},
        "promotionName": _STRING,
        "recommendationId": {**_STRING, "description": "Of interleaved items, instead of the answer's."},
        **_TRIAL,
        "metadata": {"type": "object", "additionalProperties": _STRING},
    },
}
_RANKED = {
    "type": "object",
    "required": ["itemId"],
    "description": "The caller's own members and the service's, which win.",
    "properties": {"itemId": _STRING, "score": {"type": "number"}},
}
_ACTION = {
    "type": "object",
    "required": ["actionId"],
    "properties": {"actionId": _STRING, "score": {"type": "number"}},
}


def _listing(member: str, entry: dict[str, Any]) -> dict[str, Any]:
    entries = {"type": "array", "description": "Best first.", "items": entry}
    return {"type": "object", "required": [member, "source"], "properties": {**_LIST, member: entries}}


ANSWER_SCHEMAS: dict[str, Any] = {
    "Recommendations": _listing("items", _ITEM),
    "Ranking": _listing("items", _RANKED),
    "Actions": _listing("actions", _ACTION),
    "EventReport": {
        "type": "object",
        "required": ["accepted", "buffered", "rejected", "retry", "events"],
        "properties": {
            "accepted": _COUNT,
            "buffered": {**_COUNT, "description": "Wait in the queue; nothing is left to do."},
            "rejected": _COUNT,
            "retry": {**_COUNT, "description": "Have to be sent again."},
            "events": {
                "type": "array",
                "description": "One entry for each event or record, in the order of the request.",
                "items": {
                    "type": "object",
                    "required": ["index", "status"],
                    "properties": {
                        "index": _COUNT,
                        "status": {**_STRING, "enum": ["accepted", "buffered", "rejected", "retry"]},
                        "eventId": _STRING,
                        "reasons": {"type": "array", "items": _STRING},
                    },
                },
            },
        },
    },
    "Health": {"type": "object", "required": ["status"], "properties": {"status": _STRING}},
    "Document": {"type": "object", "required": ["openapi", "paths"], "properties": {"openapi": _STRING}},
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

_ITEMS = {"200": ("Items, best first.", "Recommendations"), "304": ("Unchanged.", "")}
_REPORTS = {
    "200": ("Everything accepted.", "EventReport"),
    "202": ("Accepted; some waits in the queue.", "EventReport"),
    "207": ("Some rejected.", "EventReport"),
}
_SUCCESSES: dict[str, dict[str, tuple[str, str]]] = {
    "recommend": _ITEMS,
    "related": _ITEMS,
    "rank": {"200": ("The items, best first.", "Ranking")},
    "act": {"200": ("Actions, best first.", "Actions"), "304": ("Unchanged.", "")},
    "track": _REPORTS,
    "track-actions": _REPORTS,
    "put-records": {status: _REPORTS[status] for status in ("200", "207")},
    "health": {"200": ("The API answers.", "Health")},
    "describe": {"200": ("The document.", "Document"), "304": ("Unchanged.", "")},
}

_PROBLEMS = {
    "400": "The request is wrong; detail says how.",
    "403": "Unknown route, no valid key, or the caller may not do this.",
    "404": "Not deployed yet.",
    "429": "Too many requests; see Retry-After.",
    "502": "The function cannot use the service.",
    "503": "Unavailable; see Retry-After.",
    "504": "The service did not answer in time.",
}
_BODY_PROBLEMS = {"413": "The body is too large.", "415": "The body is said to be something else than JSON."}
_HEADERS = {
    "X-Correlation-Id": "The caller's, where it sent a UUID, else the request's id.",
    "X-Recommendation-Source": "The body's source.",
    "X-Experiment": "The body's experiment.",
    "X-Experiment-Variant": "The body's variant.",
    "ETag": "Weak: equal as long as list and source are.",
}


def answers_of(route: RouteSpec) -> dict[str, Any]:
    """The `responses` of a route's operation: its successes, and for those that call a service its problems."""
    successes = {
        status: _response(description, "application/json", schema, route)
        for status, (description, schema) in _SUCCESSES[route.function].items()
    }
    problems = {**_PROBLEMS, **(_BODY_PROBLEMS if route.body is not None else {})} if route.security else {}
    if route.security == "user_pool":
        problems["401"] = "The request carries no valid token."
    return {
        **successes,
        **{status: _response(problems[status], "application/problem+json", "Problem") for status in sorted(problems)},
    }


def _response(description: str, content_type: str, schema: str, route: RouteSpec | None = None) -> dict[str, Any]:
    headers = {} if route is None else {name: _header(name) for name in _header_names(route)}
    content = {content_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        "description": description,
        **({"headers": headers} if headers else {}),
        **({"content": content} if schema else {}),
    }


def _header_names(route: RouteSpec) -> tuple[str, ...]:
    if "experiment" in route.settings:
        return tuple(_HEADERS)
    if "owner" in route.settings:
        return tuple(name for name in _HEADERS if not name.startswith("X-Experiment"))
    return ("X-Correlation-Id",)


def _header(name: str) -> dict[str, Any]:
    return {"description": _HEADERS[name], "schema": _STRING}
