from __future__ import annotations

import pytest

from tastemaker.plan.tokens import find_tokens, machine_arn_token, personalize_arn, read_tokens, resolve_tokens


def test_a_machine_name_becomes_a_token_in_pascal_case() -> None:
    assert machine_arn_token("import-data") == "${ImportDataMachineArn}"


def test_tokens_are_found_at_any_depth_keys_included() -> None:
    value = {"${Region}": ["a", {"b": "x${AccountId}y"}], "c": 1}
    assert find_tokens(value) == {"Region", "AccountId"}


def test_resolving_leaves_everything_else_as_it_is() -> None:
    value = {"arn": personalize_arn("campaign/home"), "n": 1, "none": None, "jsonata": "{% $states.input %}"}
    resolved = resolve_tokens(value, {"Partition": "aws", "Region": "eu-west-1", "AccountId": "123456789012"})
    assert resolved == {
        "arn": "arn:aws:personalize:eu-west-1:123456789012:campaign/home",
        "n": 1,
        "none": None,
        "jsonata": "{% $states.input %}",
    }


def test_a_token_without_a_value_is_an_error_that_names_it() -> None:
    with pytest.raises(KeyError, match="Region"):
        resolve_tokens("${Region}", {})


def test_values_of_tokens_are_read_from_what_was_made_of_the_plan() -> None:
    value = {"Role": "${RoleArn}", "Path": ["s3://${Bucket}/x+y/", "plain"], "Gone": "${Gone}"}
    resolved = {"Role": "arn:role", "Path": ["s3://data/x+y/", "plain", "more"], "New": 1}
    assert read_tokens(value, resolved) == {"RoleArn": "arn:role", "Bucket": "data"}


def test_what_does_not_fit_tells_no_value() -> None:
    assert read_tokens({"Path": "s3://${Bucket}/x/"}, {"Path": "s3://data/y/"}) == {}
    assert read_tokens(["${Region}"], None) == {}
