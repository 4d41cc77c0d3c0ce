"""Request bodies as JSON Schema: what callers read, and the model that API Gateway checks before it asks a function.

The model knows the body's own members and their types and no more: one wrong event would refuse all of them without a
reason, so the handlers check entry by entry.
Source: API reference, PutEvents, PutActionInteractions, PutItems, PutUsers, GetPersonalizedRanking.
"""

from __future__ import annotations

from typing import Any

_ID: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 256}
_MOMENT: dict[str, Any] = {
    "type": "number",
    "minimum": 0,
    "description": "Seconds (not milliseconds) since 1970-01-01 UTC; the time of the request when absent.",
}
_COMMON: dict[str, Any] = {
    "properties": {
        "type": "object",
        "description": "Further columns of the schema in camelCase; at most 1024 characters as JSON.",
    },
    "recommendationId": {"type": "string", "minLength": 1, "maxLength": 40},
    "impression": {"type": "array", "items": _ID, "minItems": 1, "maxItems": 25},
    "eventId": {**_ID, "description": "Makes a repeated event recognisable; derived from the event when absent."},
}

_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["eventType"],
    "additionalProperties": False,
    "properties": {
        "eventType": {**_ID, "description": "Such as click or purchase."},
        "itemId": _ID,
        "sentAt": _MOMENT,
        "eventValue": {"type": "number", "description": "EVENT_VALUE of the Interactions schema."},
        "eventAttributionSource": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "description": "Where the item was shown, for the service's metric attribution.",
        },
        **_COMMON,
    },
}
_ACTION_INTERACTION: dict[str, Any] = {
    "type": "object",
    "required": ["actionId", "eventType"],
    "additionalProperties": False,
    "properties": {
        "actionId": _ID,
        "eventType": {"type": "string", "enum": ["Viewed", "Taken", "Not Taken"]},
        "timestamp": _MOMENT,
        **_COMMON,
    },
}


def _session_body(member: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["sessionId", member],
        "additionalProperties": False,
        "properties": {
            "sessionId": _ID,
            "userId": {**_ID, "description": "Absent while the user is anonymous."},
            member: {"type": "array", "items": entry, "minItems": 1, "maxItems": 100},
        },
    }


EVENTS_BODY = _session_body("events", _EVENT)
ACTION_INTERACTIONS_BODY = _session_body("actionInteractions", _ACTION_INTERACTION)
RANKING_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["items"],
    "additionalProperties": False,
    "properties": {
        "items": {
            "type": "array",
            "minItems": 1,
            "maxItems": 500,
            "description": "Ids, or objects with itemId and anything else; at most 50 where the route gives metadata.",
            "items": {
                "anyOf": [
                    _ID,
                    {"type": "object", "required": ["itemId"], "properties": {"itemId": _ID}},
                ]
            },
        }
    },
}


def build_records_body(member: str, id_field: str) -> dict[str, Any]:
    """Body of PUT /items and PUT /users."""
    record = {
        "type": "object",
        "required": [id_field],
        "additionalProperties": False,
        "properties": {
            id_field: _ID,
            "properties": {
                "type": "object",
                "description": "Columns of the schema in camelCase; categories of one column separated by |.",
            },
        },
    }
    return {
        "type": "object",
        "required": [member],
        "additionalProperties": False,
        "properties": {member: {"type": "array", "items": record, "minItems": 1, "maxItems": 100}},
    }


def build_gateway_model(body: dict[str, Any]) -> dict[str, Any]:
    """The part of a body's schema that API Gateway checks.

    Lengths are the handlers' business, too: an import loses `minItems` and `maxItems`.
    Source: API Gateway developer guide, Important notes for REST APIs.
    """
    members = {
        name: {"type": "array", "items": {}} if member["type"] == "array" else {"type": member["type"]}
        for name, member in body["properties"].items()
    }
    return {**body, "properties": members}
