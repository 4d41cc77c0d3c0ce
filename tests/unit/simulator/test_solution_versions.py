from __future__ import annotations

import re
from typing import Any

import pytest

from tastemaker.errors import UnsupportedBySimulatorError
from tests.support.simulator import HOUR, INTERACTIONS_SCHEMA, Lab, interactions_csv, refused

HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n"


def begin(lab: Lab, solution: str, **more: Any) -> str:
    arn: str = lab.control("CreateSolutionVersion", solutionArn=solution, **more)["solutionVersionArn"]
    return arn


def describe(lab: Lab, version: str) -> dict[str, Any]:
    answer: dict[str, Any] = lab.control("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    return answer


def failure(lab: Lab, text: str, **solution: Any) -> str:
    group = lab.group()
    lab.load(lab.dataset(group), text)
    version = describe(lab, lab.version(lab.solution(group, "aws-user-personalization", **solution)))
    assert version["status"] == "CREATE FAILED"
    reason: str = version["failureReason"]
    return reason


def test_the_arn_is_the_solutions_with_eight_hexadecimal_digits(lab: Lab) -> None:
    solution = lab.solution(lab.trained_group())
    assert re.fullmatch(solution + "/[0-9a-f]{8}", begin(lab, solution))


def test_a_training_is_pending_then_in_progress_then_active(lab: Lab) -> None:
    version = begin(lab, lab.solution(lab.trained_group()))
    assert describe(lab, version)["status"] == "CREATE PENDING"
    lab.clock.advance(10)
    assert describe(lab, version)["status"] == "CREATE IN_PROGRESS"
    assert "trainingHours" not in describe(lab, version)
    lab.clock.advance(40 * 60 + 0.6)
    done = describe(lab, version)
    assert (done["status"], done["trainingHours"]) == ("ACTIVE", 0.667)
    assert (done["trainingMode"], done["trainingType"]) == ("FULL", "MANUAL")


def test_training_reads_the_data_of_the_moment_it_began(lab: Lab) -> None:
    group = lab.trained_group()
    begin(lab, lab.solution(group))
    lab.wait(60)
    dataset = lab.control("ListDatasets")["datasets"][0]["datasetArn"]
    lab.load(dataset, interactions_csv(users=50), "more")
    lab.wait(2 * HOUR)
    assert lab.recipe.seen[0].interactions.user.size == 1_200


def test_a_version_is_a_snapshot_of_its_solution(lab: Lab) -> None:
    solution = lab.solution(lab.trained_group())
    version = begin(lab, solution)
    config = {"eventsConfig": {"eventParametersList": [{"eventType": "buy"}]}}
    lab.control("UpdateSolution", solutionArn=solution, solutionUpdateConfig=config)
    lab.wait(2 * HOUR)
    assert describe(lab, version)["solutionConfig"] == {}
    assert lab.control("DescribeSolution", solutionArn=solution)["solution"]["solutionConfig"] == config


def test_the_recipe_gets_sorted_coded_interactions(lab: Lab) -> None:
    group = lab.group()
    rows = "u2,b,30,view,\nu1,c,10,buy,2.5\nu2,a,10,view,\n"
    lab.load(lab.dataset(group), HEADER + rows + "".join(f"z{n % 30},d,{100 + n},view,\n" for n in range(1_000)))
    lab.version(lab.solution(group))
    table = lab.recipe.seen[0].interactions
    assert list(table.user_ids[:3]) == ["u1", "u2", "z0"]
    assert list(table.item_ids) == ["a", "b", "c", "d"]
    assert table.user[:3].tolist() == [0, 1, 1]
    assert table.item[:3].tolist() == [2, 0, 1]
    assert table.timestamp[:3].tolist() == [10, 10, 30]
    assert table.event_types == ("buy", "view")
    assert table.event_type[:3].tolist() == [0, 1, 1]
    assert str(table.event_value[:3]) == "[2.5 nan nan]"
    assert [str(values.dtype) for values in (table.user, table.timestamp, table.event_value)] == [
        "int32",
        "int64",
        "float32",
    ]


def test_context_columns_reach_the_recipe(lab: Lab) -> None:
    fields = [*INTERACTIONS_SCHEMA["fields"][:3], {"name": "DEVICE", "type": ["null", "string"], "categorical": True}]
    group = lab.group()
    dataset = lab.dataset(group, avro={**INTERACTIONS_SCHEMA, "fields": fields})
    lab.load(
        dataset,
        "USER_ID,ITEM_ID,TIMESTAMP,DEVICE\n"
        + "".join(f"u{n % 30},i{n % 7},{n},{'phone' if n % 2 else ''}\n" for n in range(1_000)),
    )
    lab.version(lab.solution(group))
    table = lab.recipe.seen[0].interactions
    assert table.context["DEVICE"][:4].tolist() == [None, "phone", None, "phone"]
    assert set(table.event_type.tolist()) == {-1}


def test_rows_that_differ_in_a_reserved_column_only_are_two(lab: Lab) -> None:
    fields = [*INTERACTIONS_SCHEMA["fields"][:3], {"name": "IMPRESSION", "type": ["null", "string"]}]
    group = lab.group()
    dataset = lab.dataset(group, avro={**INTERACTIONS_SCHEMA, "fields": fields})
    rows = "".join(f"u{n % 30},i{n % 7},{n},\n" for n in range(1_000))
    lab.load(dataset, "USER_ID,ITEM_ID,TIMESTAMP,IMPRESSION\n" + rows + "u0,i0,0,a|b\nu0,i0,0,a|c\nu0,i0,0,a|c\n")
    lab.version(lab.solution(group))
    assert lab.recipe.seen[0].interactions.user.size == 1_002


@pytest.mark.parametrize("event_type", ["buy", "Buy"])
def test_event_type_in_any_case_and_threshold_choose_the_rows(lab: Lab, event_type: str) -> None:
    group = lab.group()
    lab.load(lab.dataset(group), interactions_csv(users=100, events=40))
    config = {"eventValueThreshold": "5"}
    lab.version(lab.solution(group, "aws-user-personalization", eventType=event_type, solutionConfig=config))
    table = lab.recipe.seen[0].interactions
    assert table.user.size == 1_400
    assert {table.event_types[code] for code in table.event_type.tolist()} == {"buy"}


def test_hyperparameters_overlay_the_recipes_defaults(lab: Lab) -> None:
    config = {"algorithmHyperParameters": {"bptt": "16"}}
    lab.version(lab.solution(lab.trained_group(), "aws-user-personalization", solutionConfig=config))
    assert lab.recipe.seen[0].hyperparameters == {"bptt": "16", "recency_mask": "true"}


def test_excluded_columns_are_not_trained_on(lab: Lab) -> None:
    config = {"trainingDataConfig": {"excludedDatasetColumns": {"Items": ["PRICE"]}}}
    lab.version(lab.solution(lab.trained_group(), solutionConfig=config))
    items = lab.recipe.seen[0].items
    assert items is not None
    assert list(items.columns) == ["GENRE"]


def test_fewer_than_1000_interactions_of_the_event_type_fail(lab: Lab) -> None:
    assert failure(lab, interactions_csv(), eventType="buy") == (
        "Dataset has fewer than 1000 interactions after filtering by event type: buy"
    )


def test_fewer_than_25_users_with_two_interactions_fail(lab: Lab) -> None:
    assert failure(lab, HEADER + "".join(f"u{n % 24},i,{n},view,\n" for n in range(1_000))) == (
        "Dataset has fewer than 25 users with at least 2 interactions each"
    )


def test_fewer_than_one_user_in_a_hundred_with_two_interactions_fail(lab: Lab) -> None:
    many = "".join(f"once{n},i,{n},view,\n" for n in range(2_600))
    few = "".join(f"u{n % 25},i,{n},view,\n" for n in range(50))
    assert failure(lab, HEADER + many + few) == "Dataset has fewer than 1% of users with at least 2 interactions each"


def test_more_than_ten_event_types_and_columns_fail(lab: Lab) -> None:
    rows = "".join(f"u{n % 30},i,{n},type{n % 9},\n" for n in range(1_000))
    assert failure(lab, HEADER + rows) == (
        "Dataset has 9 event types and 2 optional columns; together at most 10 are supported."
    )


def test_a_failed_training_has_no_metrics(lab: Lab) -> None:
    group = lab.group()
    lab.dataset(group)
    version = lab.version(lab.solution(group))
    assert describe(lab, version)["failureReason"] == "Dataset has fewer than 1000 interactions"
    with refused("ResourceInUseException", "must be ACTIVE and is CREATE FAILED."):
        lab.control("GetSolutionMetrics", solutionVersionArn=version)


def test_metrics_are_those_of_the_model(lab: Lab) -> None:
    version = lab.version(lab.solution(lab.trained_group()))
    assert lab.control("GetSolutionMetrics", solutionVersionArn=version) == {
        "solutionVersionArn": version,
        "metrics": {"coverage": 0.5, "precision_at_5": 0.25},
    }


def test_a_training_needs_the_datasets_of_its_recipe(lab: Lab) -> None:
    solution = lab.solution(lab.group())
    with refused("InvalidInputException", "needs a dataset of type INTERACTIONS in the dataset group."):
        begin(lab, solution)


def test_a_training_on_items_alone_needs_no_interactions(lab: Lab) -> None:
    group = lab.group()
    dataset = lab.dataset(group, "Items")
    solution = lab.solution(group, "aws-semantic-similarity")
    assert describe(lab, lab.version(solution))["failureReason"] == "Dataset of type ITEMS is empty"
    lab.load(dataset, "ITEM_ID,GENRE,PRICE\na,x,1\n")
    assert describe(lab, lab.version(solution))["status"] == "ACTIVE"


def test_the_solution_must_be_active(lab: Lab) -> None:
    group = lab.trained_group()
    recipe = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
    solution = lab.control("CreateSolution", name="s", datasetGroupArn=group, recipeArn=recipe)["solutionArn"]
    with refused("ResourceInUseException", "must be ACTIVE and is CREATE PENDING."):
        begin(lab, solution)


def test_update_mode_is_for_one_recipe_and_after_a_full_training(lab: Lab) -> None:
    group = lab.trained_group()
    with refused("InvalidInputException", "trainingMode UPDATE is not supported by recipe"):
        begin(lab, lab.solution(group), trainingMode="UPDATE")
    solution = lab.solution(group, "aws-user-personalization", name="v1")
    with refused("InvalidInputException", "trainingMode UPDATE needs an ACTIVE solution version"):
        begin(lab, solution, trainingMode="UPDATE")
    lab.version(solution)
    with pytest.raises(UnsupportedBySimulatorError, match="CreateSolutionVersion with trainingMode UPDATE"):
        begin(lab, solution, trainingMode="UPDATE")


def test_a_version_name_is_taken_once(lab: Lab) -> None:
    solution = lab.solution(lab.trained_group())
    first = begin(lab, solution, name="one")
    assert describe(lab, first)["name"] == "one"
    with refused("ResourceAlreadyExistsException", first):
        begin(lab, solution, name="one")


def test_a_pending_training_stops_at_once(lab: Lab) -> None:
    version = begin(lab, lab.solution(lab.trained_group()))
    lab.control("StopSolutionVersionCreation", solutionVersionArn=version)
    lab.wait(2 * HOUR)
    assert describe(lab, version)["status"] == "CREATE STOPPED"
    assert lab.recipe.seen == []


def test_a_running_training_stops_after_a_while(lab: Lab) -> None:
    version = begin(lab, lab.solution(lab.trained_group()))
    lab.wait(600)
    lab.control("StopSolutionVersionCreation", solutionVersionArn=version)
    assert describe(lab, version)["status"] == "CREATE STOPPING"
    lab.wait(60)
    assert describe(lab, version)["status"] == "CREATE STOPPED"
    with refused("ResourceInUseException", "only a pending or running training can be stopped."):
        lab.control("StopSolutionVersionCreation", solutionVersionArn=version)
    lab.wait(2 * HOUR)
    assert lab.recipe.seen == []


def test_list_shows_versions_of_one_solution_without_their_configuration(lab: Lab) -> None:
    group = lab.trained_group()
    one, two = lab.solution(group, name="one"), lab.solution(group, name="two")
    versions = [begin(lab, one), begin(lab, two), begin(lab, one)]
    listed = lab.control("ListSolutionVersions", solutionArn=one)["solutionVersions"]
    assert [entry["solutionVersionArn"] for entry in listed] == [versions[0], versions[2]]
    assert sorted(listed[0]) == [
        "creationDateTime",
        "lastUpdatedDateTime",
        "solutionVersionArn",
        "status",
        "trainingMode",
        "trainingType",
    ]
    with refused("ResourceNotFoundException", one + "x"):
        lab.control("ListSolutionVersions", solutionArn=one + "x")


def test_all_trainings_of_a_dataset_group_hold_out_the_same_users(lab: Lab) -> None:
    """The seed decides who is held out; metrics of two versions can be compared only on the same users."""
    solution = lab.solution(lab.trained_group())
    lab.version(solution)
    lab.version(solution)
    first, second = (data.seed for data in lab.recipe.seen)
    assert first == second
