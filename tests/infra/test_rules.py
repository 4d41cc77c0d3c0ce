"""The rule pack: each rule finds what it is for and leaves alone what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tastemaker.constructs.rules.pack import find_violations
from tastemaker.constructs.rules.page import build_page
from tastemaker.constructs.rules.registry import RULES
from tests.support.rule_cases.case import Case, calling, personalize, template
from tests.support.rule_cases.data import DATA_CASES
from tests.support.rule_cases.machines import MACHINE_CASES
from tests.support.rule_cases.models import MODEL_CASES
from tests.support.rule_cases.security import SECURITY_CASES

CASES = (*DATA_CASES, *MODEL_CASES, *SECURITY_CASES, *MACHINE_CASES)
BY_ID = {rule.id: rule for rule in RULES}


def name_of(case: Case) -> str:
    return f"{case.rule}-{case.place[0]}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_rule_finds_what_it_is_for(case: Case) -> None:
    found = find_violations({"stack": case.bad}, rules=[BY_ID[case.rule]])
    assert [(rule.id, (at.resource.logical_id, at.location), at.message) for rule, at in found] == [
        (case.rule, case.place, case.message)
    ]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_rule_leaves_alone_what_is_right(case: Case) -> None:
    assert find_violations({"stack": case.good}, rules=[BY_ID[case.rule]]) == []


def test_every_rule_has_a_case_and_an_id_of_its_own() -> None:
    assert len(RULES) >= 25
    assert sorted(BY_ID) == sorted({case.rule for case in CASES})
    assert len(BY_ID) == len(RULES)


def test_every_rule_says_what_to_do_and_where_it_comes_from() -> None:
    assert [rule.id for rule in RULES if not (rule.summary and rule.hint and rule.source)] == []


def test_the_cap_of_provisioned_throughput_is_the_callers() -> None:
    fast = calling("updateCampaign", MinProvisionedTPS=40)
    rule = BY_ID["provisioned-throughput"]
    assert find_violations({"stack": fast}, rules=[rule], max_provisioned_tps=40) == []


@pytest.mark.parametrize(
    "value", [None, 7, [], {}, "", {"Fn::If": ["A", {"Ref": "B"}, {"Ref": "C"}]}, {"Ref": "Missing"}, {"Fn::Sub": []}]
)
def test_no_rule_stumbles_over_a_value_that_it_cannot_read(value: object) -> None:
    properties = {
        name: value for case in CASES for found in case.bad["Resources"].values() for name in found["Properties"]
    }
    kinds = {found["Type"] for case in CASES for found in case.bad["Resources"].values()}
    strange = {
        "Resources": {f"R{at}": {"Type": kind, "Properties": properties} for at, kind in enumerate(sorted(kinds))}
    }
    assert isinstance(find_violations({"stack": strange}), list)


def test_loops_and_macros_in_a_template_are_left_alone() -> None:
    loop = {"Resources": {"Fn::ForEach::Topics": ["T", ["a"], {}]}, "Outputs": {"Fn::ForEach::O": []}, "Transform": "X"}
    assert find_violations({"stack": loop}) == []
    assert find_violations({"stack": {"Resources": {"Fn::Transform": {"Name": "AWS::Include"}}}}) == []


def test_a_reference_into_another_stack_is_followed() -> None:
    """By an export, as the CDK writes it by default, and by an output, as with weak references."""
    output = {"Value": {"Ref": "Group"}, "Export": {"Name": "group"}}
    data = {**DATA_CASES[0].good, "Outputs": {"Group": output}}
    trackers = [
        personalize("EventTracker", Name="t", DatasetGroupArn=value)
        for value in (
            {"Fn::ImportValue": "group"},
            {"Fn::GetStackOutput": {"StackName": "data", "OutputName": "Group"}},
        )
    ]
    events = template(One=trackers[0], Two=trackers[1])
    found = find_violations({"data": data, "events": events}, rules=[BY_ID["tracker-twice"]])
    assert [violation.resource.logical_id for _, violation in found] == ["Two"]


def test_the_page_of_the_rules_is_what_the_rules_say() -> None:
    assert Path("docs/rules.md").read_text(encoding="utf-8") == build_page()
