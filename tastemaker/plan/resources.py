"""The desired Personalize resources: the input of `ensure`, in the order in which they depend on each other.

Each entry carries the arguments of its Create call in the spelling of Step Functions (PascalCase), so that the machine
needs no knowledge of single members.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tastemaker.facts.recipes import find_recipe
from tastemaker.model.schema import build_avro_schema

if TYPE_CHECKING:
    from tastemaker.model.datasets import Dataset
    from tastemaker.model.project import Project
    from tastemaker.model.solutions import Campaign, Solution
    from tastemaker.plan.names import Names


def build_resources(project: Project, names: Names) -> dict[str, Any]:
    """Input of `ensure`; lists are empty where the project declares nothing of a kind."""
    datasets = project.datasets.declared()
    return {
        "DatasetGroups": [{"Arn": names.dataset_group_arn, "Create": {"Name": names.dataset_group}}],
        "Schemas": [_schema(dataset, names) for dataset in datasets],
        "Datasets": [_dataset(dataset, names) for dataset in datasets],
        "EventTrackers": _event_trackers(project, names),
        "Filters": [_filter(name, expression, names) for name, expression in project.filters.items()],
        "Solutions": [_solution(name, solution, names) for name, solution in project.solutions.items()],
    }


def _schema(dataset: Dataset, names: Names) -> dict[str, Any]:
    avro = build_avro_schema(dataset)
    create = {"Name": names.schema(dataset.dataset_type, avro), "Schema": json.dumps(avro)}
    return {"Arn": names.schema_arn(dataset.dataset_type, avro), "Create": create}


def _dataset(dataset: Dataset, names: Names) -> dict[str, Any]:
    create = {
        "Name": names.own(dataset.dataset_type.lower()),
        "DatasetType": dataset.dataset_type.capitalize(),
        "DatasetGroupArn": names.dataset_group_arn,
        "SchemaArn": names.schema_arn(dataset.dataset_type, build_avro_schema(dataset)),
    }
    return {"Arn": names.dataset_arn(dataset.dataset_type), "Type": dataset.dataset_type, "Create": create}


def _event_trackers(project: Project, names: Names) -> list[dict[str, Any]]:
    if project.event_tracker is None:
        return []
    create = {"Name": names.own(project.event_tracker.name), "DatasetGroupArn": names.dataset_group_arn}
    return [{"TrackingIdParameter": names.tracking_id_parameter, "Create": create}]


def _filter(name: str, expression: str, names: Names) -> dict[str, Any]:
    create = {
        "Name": names.hashed(name, expression),
        "DatasetGroupArn": names.dataset_group_arn,
        "FilterExpression": expression,
    }
    return {"Arn": names.filter_arn(name, expression), "Create": create}


def _solution(name: str, solution: Solution, names: Names) -> dict[str, Any]:
    """`PerformAutoTraining` is always sent: the API's own default trains within the hour, then weekly, billed."""
    recipe = find_recipe(solution.recipe)
    create: dict[str, Any] = {
        "Name": names.own(name),
        "DatasetGroupArn": names.dataset_group_arn,
        "RecipeArn": solution.recipe if recipe is None else recipe.arn,
        "PerformAutoTraining": _auto_training(solution),
    }
    written = {
        "PerformHPO": solution.perform_hpo,
        "PerformIncrementalUpdate": solution.perform_incremental_update,
        "EventType": solution.event_type,
        "SolutionConfig": _solution_config(solution),
    }
    create.update({member: value for member, value in written.items() if value is not None})
    return {"Arn": names.solution_arn(name), "Create": create}


def _auto_training(solution: Solution) -> bool:
    """Absent means that our schedules train; null leaves it to the service, whose default is true."""
    if not solution.wrote("perform_auto_training"):
        return False
    return solution.perform_auto_training is not False


def _solution_config(solution: Solution) -> dict[str, Any] | None:
    """None when the file sets nothing of it."""
    columns = {
        "ExcludedDatasetColumns": _columns(solution.excluded_dataset_columns),
        "IncludedDatasetColumns": _columns(solution.included_dataset_columns),
    }
    objective, events, auto = solution.optimization_objective, solution.events_config, solution.auto_training_config
    config = {
        "EventValueThreshold": solution.event_value_threshold,
        "AlgorithmHyperParameters": solution.hyperparameters or None,
        "FeatureTransformationParameters": solution.feature_transformation_parameters or None,
        "TrainingDataConfig": {name: value for name, value in columns.items() if value} or None,
        "OptimizationObjective": None
        if objective is None
        else _pascal(objective.model_dump(exclude_unset=True, by_alias=True)),
        "EventsConfig": None
        if events is None
        else _pascal(events.model_dump(mode="json", exclude_unset=True, by_alias=True)),
        "AutoTrainingConfig": None if auto is None else _pascal(auto.model_dump(by_alias=True)),
    }
    return {name: value for name, value in config.items() if value is not None} or None


def _columns(by_dataset: Any) -> dict[str, list[str]]:
    return {key.upper(): list(columns) for key, columns in by_dataset.items()}


def _pascal(value: Any) -> Any:
    """Structure members as Step Functions spells them; only for values whose mappings are all structures."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: _pascal(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_pascal(part) for part in value]
    return value


def build_campaign(name: str, campaign: Campaign, names: Names) -> dict[str, Any]:
    """Arguments of CreateCampaign without the version, which the release gate chooses."""
    config = {
        "EnableMetadataWithRecommendations": campaign.enable_metadata_with_recommendations,
        "ItemExplorationConfig": campaign.item_exploration_config,
        "RankingInfluence": campaign.ranking_influence,
    }
    written = {member: value for member, value in config.items() if value is not None}
    create: dict[str, Any] = {"Name": names.own(name), "MinProvisionedTPS": campaign.min_provisioned_tps}
    return {**create, "CampaignConfig": written} if written else create
