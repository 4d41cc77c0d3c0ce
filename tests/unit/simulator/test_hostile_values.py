"""Values that no column can hold are refused when they arrive, not found by a later training."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.simulator import refused
from tests.support.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

HUGE = "9" * 400
ID = {"name": "ITEM_ID", "type": "string"}


def avro(**members: Any) -> str:
    return json.dumps({"type": "record", "name": "Items", "namespace": "x", "version": "1.0", **members})


SCHEMAS = {
    "deeply nested": ("[" * 9_000, "not valid Avro"),
    "name is a number": (avro(name=5, fields=[ID]), "not valid Avro: every name must be a string"),
    "field without a name": (avro(fields=[{}]), "not valid Avro"),
    "field name is a number": (avro(fields=[ID, {"name": 5, "type": "string"}]), "every name must be a string"),
    "fields is null": (avro(fields=None), "not valid Avro"),
    "field is no object": (avro(fields=[ID, 5]), "not valid Avro"),
}
PROPERTIES = {
    "deeply nested": ("PutItems", "[" * 1_000, "must be JSON"),
    "half a surrogate pair": ("PutItems", '{"genre": "\\ud800"}', "must be JSON"),
    "not a number": ("PutItems", '{"price": NaN}', "NaN is not a JSON number"),
    "infinite": ("PutItems", '{"price": 1e999}', "must be a number of at most 3.40282e+38"),
    "text for infinite": ("PutItems", '{"price": "inf"}', "must be a number of at most 3.40282e+38"),
    "hundreds of digits": ("PutItems", f'{{"price": {HUGE}}}', "must be a number, it is 999"),
    "more than 32 bits": ("PutUsers", '{"age": 3000000000}', "must be a whole number of 32 bits"),
    "text for no number": ("PutUsers", '{"age": "nan"}', "must be a number of at most"),
}
EVENTS: dict[str, tuple[dict[str, Any], str]] = {
    "half a surrogate pair": ({"itemId": "\ud800"}, "Member must be valid Unicode"),
    "value beyond a float": ({"eventValue": 1e39}, "must be a number of at most 3.40282e+38"),
    "property beyond a float": ({"properties": f'{{"eventValue": {HUGE}}}'}, "must be a number, it is 999"),
    "after the year 9999": ({"sentAt": 1e12}, "Member must be a timestamp"),
    "hundreds of digits": ({"sentAt": 10**400}, "Member must be a timestamp"),
}


@pytest.mark.parametrize("case", SCHEMAS)
def test_a_broken_schema_is_refused(tmp_path: Path, case: str) -> None:
    text, message = SCHEMAS[case]
    with refused("InvalidInputException", message):
        Stage(tmp_path).send("CreateSchema", {"name": "items", "schema": text})


@pytest.mark.parametrize("case", PROPERTIES)
def test_properties_that_no_column_can_hold_are_refused(tmp_path: Path, case: str) -> None:
    operation, text, message = PROPERTIES[case]
    stage = Stage(tmp_path)
    stage.reach(operation)
    member = "items" if operation == "PutItems" else "users"
    record = stage.params(operation)[member][0]
    with refused("InvalidInputException", message):
        stage.send(operation, {**stage.params(operation), member: [{**record, "properties": text}]})


@pytest.mark.parametrize("case", EVENTS)
def test_an_event_that_no_column_can_hold_is_refused(tmp_path: Path, case: str) -> None:
    members, message = EVENTS[case]
    stage = Stage(tmp_path)
    stage.reach("PutEvents")
    params = stage.params("PutEvents")
    with refused("InvalidInputException", message):
        stage.send("PutEvents", {**params, "eventList": [{**params["eventList"][0], **members}]})


def test_a_whole_number_beyond_every_float_is_refused(tmp_path: Path) -> None:
    with refused("InvalidInputException", "'maxResults' failed to satisfy constraint: Member must have value less"):
        Stage(tmp_path).send("ListCampaigns", {"maxResults": 10**400})


@pytest.mark.parametrize("threshold", ["nan", "inf", "1e999"])
def test_a_threshold_is_a_finite_number(tmp_path: Path, threshold: str) -> None:
    stage = Stage(tmp_path)
    stage.reach("CreateSolution")
    config: dict[str, Any] = {"eventType": "view", "solutionConfig": {"eventValueThreshold": threshold}}
    with refused("InvalidInputException", f"eventValueThreshold must be a number; it is '{threshold}'."):
        stage.send("CreateSolution", stage.params("CreateSolution") | config)
