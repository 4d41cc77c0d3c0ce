from __future__ import annotations

from typing import Any

import pytest

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.simulator.recipes.base import Objective
from tests.support.simulator import Lab, interactions_csv, refused

V1 = "aws-user-personalization"
FEED = "arn:aws:personalize:us-east-1:123456789012:solution/feed"


def describe(lab: Lab) -> dict[str, Any]:
    solution: dict[str, Any] = lab.control("DescribeSolution", solutionArn=FEED)["solution"]
    return solution


def test_automatic_training_is_on_unless_the_request_says_no(lab: Lab) -> None:
    group = lab.group()
    recipe = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
    lab.control("CreateSolution", name="feed", datasetGroupArn=group, recipeArn=recipe)
    solution = describe(lab)
    assert solution["performAutoTraining"] is True
    assert solution["solutionConfig"] == {"autoTrainingConfig": {"schedulingExpression": "rate(7 days)"}}
    lab.solution(group, name="manual")
    manual = lab.control("DescribeSolution", solutionArn=FEED.replace("feed", "manual"))["solution"]
    assert manual["performAutoTraining"] is False
    assert manual["solutionConfig"] == {}


def test_what_was_not_given_is_absent(lab: Lab) -> None:
    lab.solution(lab.group())
    assert sorted(describe(lab)) == [
        "creationDateTime",
        "datasetGroupArn",
        "lastUpdatedDateTime",
        "name",
        "performAutoML",
        "performAutoTraining",
        "performHPO",
        "recipeArn",
        "solutionArn",
        "solutionConfig",
        "status",
    ]


@pytest.mark.parametrize(
    ("recipe", "params", "message"),
    [
        (
            V1,
            {"solutionConfig": {"algorithmHyperParameters": {"depth": "3"}}},
            "Hyperparameter 'depth' is not supported",
        ),
        (
            V1,
            {"solutionConfig": {"algorithmHyperParameters": {"hidden_dimension": "300"}}},
            "Parameter 'hidden_dimension' must be a whole number from 32 to 256; it is '300'.",
        ),
        (
            V1,
            {"solutionConfig": {"algorithmHyperParameters": {"bptt": "2.5"}}},
            "Parameter 'bptt' must be a whole number from 2 to 32; it is '2.5'.",
        ),
        (
            V1,
            {"solutionConfig": {"algorithmHyperParameters": {"recency_mask": "yes"}}},
            "Parameter 'recency_mask' must be one of true, false; it is 'yes'.",
        ),
        (V1, {"solutionConfig": {"eventValueThreshold": "3"}}, "eventValueThreshold needs an eventType."),
        (
            V1,
            {"eventType": "buy", "solutionConfig": {"eventValueThreshold": "much"}},
            "eventValueThreshold must be a number; it is 'much'.",
        ),
        (
            V1,
            {"solutionConfig": {"eventsConfig": {"eventParametersList": [{"eventType": "buy"}]}}},
            "eventsConfig is not supported by recipe",
        ),
        (
            V1,
            {"solutionConfig": {"autoTrainingConfig": {"schedulingExpression": "rate(31 days)"}}},
            "schedulingExpression rate(31 days) must be between 1 and 30 days.",
        ),
        (V1, {"performIncrementalUpdate": True}, "performIncrementalUpdate is not supported by recipe"),
        (
            "aws-popularity-count",
            {"solutionConfig": {"featureTransformationParameters": {"max_user_history_length_percentile": "0.9"}}},
            "featureTransformationParameters.max_user_history_length_percentile is not supported by recipe",
        ),
        (
            V1,
            {"solutionConfig": {"featureTransformationParameters": {"max_user_history_length_percentile": "2"}}},
            "Parameter 'max_user_history_length_percentile' must be a number from 0 to 1; it is '2'.",
        ),
        (
            "aws-sims",
            {"solutionConfig": {"featureTransformationParameters": {"min_item_interaction_count_percentile": "0.95"}}},
            "'min_item_interaction_count_percentile' must not be above 'max_item_interaction_count_percentile'.",
        ),
        (
            "aws-similar-items",
            {"solutionConfig": {"algorithmHyperParameters": {"item_id_hidden_dim": "50"}}},
            "aws-similar-items is set by HPO only.",
        ),
        (
            "aws-user-personalization-v2",
            {"solutionConfig": {"eventsConfig": {"eventParametersList": [{"eventType": "a"}, {"eventType": "a"}]}}},
            "eventsConfig.eventParametersList names an eventType more than once.",
        ),
        (
            "aws-user-personalization-v2",
            {"solutionConfig": {"eventsConfig": {"eventParametersList": [{"eventType": "a", "weight": 0.0}]}}},
            "eventsConfig.eventParametersList needs a weight above 0.",
        ),
        (
            "aws-user-personalization-v2",
            {"eventType": "a", "solutionConfig": {"eventsConfig": {"eventParametersList": [{"eventType": "a"}]}}},
            "eventType and eventsConfig exclude each other.",
        ),
        (
            V1,
            {"solutionConfig": {"trainingDataConfig": {"excludedDatasetColumns": {"Interactions": ["EVENT_TYPE"]}}}},
            "EVENT_TYPE cannot be excluded from training.",
        ),
        (
            V1,
            {"solutionConfig": {"trainingDataConfig": {"excludedDatasetColumns": {"Actions": ["VALUE"]}}}},
            "trainingDataConfig.excludedDatasetColumns has no dataset type Actions; use Interactions, Items, Users.",
        ),
        (
            V1,
            {
                "solutionConfig": {
                    "trainingDataConfig": {
                        "excludedDatasetColumns": {"ITEMS": ["PRICE"]},
                        "includedDatasetColumns": {"Items": ["GENRE"]},
                    }
                }
            },
            "includes and excludes columns of",
        ),
        (
            "aws-sims",
            {"solutionConfig": {"optimizationObjective": {"itemAttribute": "PRICE", "objectiveSensitivity": "LOW"}}},
            "optimizationObjective is not supported by recipe",
        ),
        (
            V1,
            {"solutionConfig": {"optimizationObjective": {"objectiveSensitivity": "LOW"}}},
            "optimizationObjective needs an itemAttribute unless objectiveSensitivity is OFF.",
        ),
        ("aws-hrnn", {}, "cannot use it. Use arn:aws:personalize:::recipe/aws-user-personalization-v2 instead."),
        ("aws-hrnn-metadata", {}, "Use arn:aws:personalize:::recipe/aws-user-personalization-v2 instead."),
        ("aws-hrnn-coldstart", {}, "Use arn:aws:personalize:::recipe/aws-user-personalization instead."),
    ],
)
def test_a_configuration_that_the_recipe_does_not_take_is_invalid(
    lab: Lab, recipe: str, params: dict[str, Any], message: str
) -> None:
    with refused("InvalidInputException", message):
        lab.solution(lab.group(), recipe, **params)


@pytest.mark.parametrize(
    ("recipe", "params", "what"),
    [
        ("aws-user-personalization-v2", {"performHPO": True}, "performHPO with a v2 recipe"),
        (V1, {"performAutoML": True}, "performAutoML"),
        (
            "aws-user-personalization-v2",
            {"solutionConfig": {"optimizationObjective": {"itemAttribute": "PRICE", "objectiveSensitivity": "LOW"}}},
            "optimizationObjective with a v2 recipe",
        ),
        ("aws-next-best-action", {}, "recipe aws-next-best-action"),
    ],
)
def test_what_would_be_ignored_is_refused_by_name(lab: Lab, recipe: str, params: dict[str, Any], what: str) -> None:
    with pytest.raises(UnsupportedBySimulatorError, match=what):
        lab.solution(lab.group(), recipe, **params)


def test_parents_must_exist(lab: Lab) -> None:
    group = lab.group()
    with refused("ResourceNotFoundException", "arn:aws:personalize:::recipe/aws-magic"):
        lab.solution(group, "aws-magic")
    with refused("ResourceNotFoundException", group + "x"):
        lab.solution(group + "x")
    with refused("InvalidInputException", "recipeArn is required unless performAutoML is true."):
        lab.control("CreateSolution", name="feed", datasetGroupArn=group)


def test_an_11th_solution_is_over_the_quota(lab: Lab) -> None:
    group = lab.group()
    for number in range(10):
        lab.solution(group, name=f"s{number}")
    with refused("LimitExceededException", "More than 10 resources in ACTIVE state."):
        lab.solution(group, name="s10")


def test_an_update_has_a_summary_of_its_own_until_it_takes_effect(lab: Lab) -> None:
    lab.solution(lab.group())
    config = {"autoTrainingConfig": {"schedulingExpression": "rate(1 day)"}}
    lab.control("UpdateSolution", solutionArn=FEED, performAutoTraining=True, solutionUpdateConfig=config)
    before = describe(lab)
    assert (before["status"], before["performAutoTraining"], before["solutionConfig"]) == ("ACTIVE", False, {})
    update = before["latestSolutionUpdate"]
    assert update["status"] == "CREATE PENDING"
    assert (update["performAutoTraining"], update["solutionUpdateConfig"]) == (True, config)
    with refused("ResourceInUseException", f"{FEED} is being updated."):
        lab.control("UpdateSolution", solutionArn=FEED, performAutoTraining=False)
    lab.wait(15)
    assert describe(lab)["latestSolutionUpdate"]["status"] == "CREATE IN_PROGRESS"
    lab.wait(15)
    after = describe(lab)
    assert (after["performAutoTraining"], after["solutionConfig"]) == (True, config)
    assert after["latestSolutionUpdate"]["status"] == "ACTIVE"


def test_false_in_an_update_is_not_the_same_as_absent(lab: Lab) -> None:
    lab.solution(lab.group(), performAutoTraining=True)
    lab.control("UpdateSolution", solutionArn=FEED, performAutoTraining=False)
    lab.wait(30)
    assert describe(lab)["performAutoTraining"] is False


def test_deleting_a_solution_takes_its_versions_along(lab: Lab) -> None:
    version = lab.version(lab.solution(lab.trained_group()))
    lab.control("DeleteSolution", solutionArn=FEED)
    assert lab.control("DescribeSolutionVersion", solutionVersionArn=version)
    lab.wait()
    with refused("ResourceNotFoundException", version):
        lab.control("DescribeSolutionVersion", solutionVersionArn=version)


def test_a_solution_that_trains_or_serves_cannot_be_deleted(lab: Lab) -> None:
    group, campaign = lab.serving()
    with refused("ResourceInUseException", f"{FEED} is used by {campaign}; delete the campaign first."):
        lab.control("DeleteSolution", solutionArn=FEED)
    other = lab.solution(group, name="other")
    lab.control("CreateSolutionVersion", solutionArn=other)
    with refused("ResourceInUseException", "which is CREATE PENDING."):
        lab.control("DeleteSolution", solutionArn=other)


def test_the_latest_version_is_shown(lab: Lab) -> None:
    solution = lab.solution(lab.trained_group())
    assert "latestSolutionVersion" not in describe(lab)
    lab.version(solution)
    second = lab.version(solution)
    assert describe(lab)["latestSolutionVersion"]["solutionVersionArn"] == second


def objective(column: str) -> dict[str, Any]:
    return {"optimizationObjective": {"itemAttribute": column, "objectiveSensitivity": "HIGH"}}


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("COST", "optimizationObjective: the Items schema has no column COST."),
        ("GENRE", "optimizationObjective: column GENRE is not numeric."),
        ("PRICE", "optimizationObjective: column PRICE may be null; the objective needs a value of every item."),
    ],
)
def test_an_objective_needs_a_numeric_column_without_nulls(lab: Lab, column: str, message: str) -> None:
    group = lab.trained_group()
    with refused("InvalidInputException", message):
        lab.solution(group, V1, solutionConfig=objective(column))


def test_the_objective_reaches_the_training_unless_it_is_off(lab: Lab) -> None:
    group = lab.group()
    lab.load(lab.dataset(group), interactions_csv())
    lab.version(lab.solution(group, V1, solutionConfig=objective("PRICE")))
    off = {"optimizationObjective": {"itemAttribute": "PRICE", "objectiveSensitivity": "OFF"}}
    lab.version(lab.solution(group, V1, name="off", solutionConfig=off))
    assert [data.objective for data in lab.recipe.seen] == [Objective("PRICE", "HIGH"), None]


def test_weights_of_event_types_reach_the_training(lab: Lab) -> None:
    group = lab.group()
    lab.load(lab.dataset(group), interactions_csv())
    entries: list[dict[str, Any]] = [{"eventType": "buy", "weight": 0.9}, {"eventType": "view"}]
    config = {"eventsConfig": {"eventParametersList": entries}}
    solution = lab.solution(group, solutionConfig=config)
    lab.version(solution)
    entries[1]["weight"] = 0.3
    lab.control("UpdateSolution", solutionArn=solution, solutionUpdateConfig=config)
    lab.wait(60)
    lab.version(solution)
    lab.version(lab.solution(group, name="plain"))
    assert [data.event_weights for data in lab.recipe.seen] == [
        {"buy": 0.9, "view": 1.0},
        {"buy": 0.9, "view": 0.3},
        None,
    ]
