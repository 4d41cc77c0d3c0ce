"""The request body of POST /events as JSON Schema.

For documentation and client generators: API Gateway does not validate bodies (`openapi.py`), because one wrong event
would refuse all of them without a reason; the handler checks event by event.
Source: API reference, PutEvents and shape Event.
"""

from __future__ import annotations

from typing import Any

_ID: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 256}

_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["eventType"],
    "additionalProperties": False,
    "properties": {
        "eventType": {**_ID, "description": "Such as click or purchase."},
        "itemId": _ID,
        "sentAt": {
            "type": "number",
            "minimum": 0,
            "description": "Seconds (not milliseconds) since 1970-01-01 UTC; the time of the request when absent.",
        },
        "properties": {
            "type": "object",
            "description": "Further columns of the Interactions schema in camelCase; at most 1024 characters as JSON.",
        },
        "eventValue": {"type": "number", "description": "EVENT_VALUE of the Interactions schema."},
        "recommendationId": {"type": "string", "minLength": 1, "maxLength": 40},
        "impression": {"type": "array", "items": _ID, "minItems": 1, "maxItems": 25},
        "eventId": {**_ID, "description": "Makes a repeated event recognisable; derived from the event when absent."},
    },
}

EVENTS_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["sessionId", "events"],
    "additionalProperties": False,
    "properties": {
        "sessionId": _ID,
        "userId": {**_ID, "description": "Absent while the user is anonymous."},
        "events": {"type": "array", "items": _EVENT, "minItems": 1, "maxItems": 100},
    },
}
