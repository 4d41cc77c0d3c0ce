"""Members that differ, and what can be done about each."""

from __future__ import annotations

import json
from typing import Any

from tastemaker.changes.fields import compare_columns, compare_fields, compare_metrics, compare_tags
from tastemaker.changes.records import Verb


def paths(member: str, wanted: dict[str, Any], has: dict[str, Any]) -> list[tuple[str, Verb]]:
    found = compare_fields(member, wanted, has, Verb.FORBIDDEN, ())
    return [(field.path, field.verb) for field in found]


def test_what_the_project_does_not_set_is_not_compared() -> None:
    assert (
        paths("Solution", {"recipeArn": "r"}, {"recipeArn": "r", "performHPO": True, "solutionConfig": {"a": 1}}) == []
    )


def test_a_switch_that_the_answer_lacks_is_off() -> None:
    assert paths("Solution", {"performAutoTraining": False}, {}) == []
    assert paths("Solution", {"performAutoTraining": True}, {}) == [("performAutoTraining", Verb.UPDATE)]


def test_numbers_are_compared_as_the_machine_writes_them() -> None:
    assert paths("Campaign", {"minProvisionedTPS": 1.0}, {"minProvisionedTPS": 1}) == []
    config = {"itemExplorationConfig": {"explorationWeight": "0.3"}}
    assert paths("Campaign", {"campaignConfig": config}, {"campaignConfig": config}) == []


def test_lists_are_compared_place_by_place() -> None:
    events = {"eventParametersList": [{"eventType": "buy", "weight": 1.0}]}
    answered = {"eventParametersList": [{"weight": 1, "eventType": "buy", "eventValueThreshold": 0.0}]}
    assert paths("Solution", {"solutionConfig": events}, {"solutionConfig": answered}) == []
    two = {"eventParametersList": [*events["eventParametersList"], {"eventType": "view"}]}
    assert paths("Solution", {"solutionConfig": two}, {"solutionConfig": answered}) == [
        ("solutionConfig.eventParametersList", Verb.FORBIDDEN)
    ]


def test_events_are_updated_in_place_and_hyperparameters_are_create_only() -> None:
    wanted = {"solutionConfig": {"eventsConfig": {"x": 1}, "algorithmHyperParameters": {"k": "2"}}}
    assert paths("Solution", wanted, {"solutionConfig": {"algorithmHyperParameters": {"k": "1"}}}) == [
        ("solutionConfig.eventsConfig.x", Verb.UPDATE),
        ("solutionConfig.algorithmHyperParameters.k", Verb.FORBIDDEN),
    ]


def test_a_domain_that_the_project_does_not_want_is_a_difference() -> None:
    assert paths("DatasetGroup", {"name": "shop"}, {"name": "shop", "domain": "ECOMMERCE"}) == [
        ("domain", Verb.FORBIDDEN)
    ]


def test_columns_come_in_the_order_of_the_new_schema_then_those_that_go() -> None:
    old = json.dumps({"fields": [{"name": "A", "type": "string"}, {"name": "B", "type": ["null", "int"]}]})
    new = json.dumps(
        {"fields": [{"name": "C", "type": ["null", "string"], "categorical": True}, {"name": "A", "type": "string"}]}
    )
    found = compare_columns(old, new, Verb.UPDATE, "")
    assert [(field.path, field.old, field.new) for field in found] == [
        ("columns.C", None, "string or null categorical"),
        ("columns.B", "int or null", None),
    ]


def test_a_metric_that_is_added_and_removed_has_changed() -> None:
    before = [{"metricName": "SOLD", "eventType": "BUY", "expression": "SAMPLECOUNT()"}]
    added = [{"metricName": "sold", "eventType": "view", "expression": "SAMPLECOUNT()"}]
    found = compare_metrics(before, added, ["SOLD"])
    assert [(field.path, field.old, field.new) for field in found] == [
        ("metrics.SOLD", "SAMPLECOUNT() of BUY", "SAMPLECOUNT() of VIEW")
    ]


def test_tags_that_go_have_no_new_value() -> None:
    found = compare_tags({"team": "a", "old": "x"}, {"team": "b"}, ["old"])
    assert [(field.path, field.old, field.new) for field in found] == [("tags.team", "a", "b"), ("tags.old", "x", None)]
