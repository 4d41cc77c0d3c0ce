"""The desired Personalize resources: the input of `ensure`, in the order in which they depend on each other.

Each entry carries the arguments of its Create call in the spelling of Step Functions (PascalCase), so that the machine
needs no knowledge of single members.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tastemaker.facts.recipes import find_recipe
from tastemaker.facts.use_cases import find_use_case
from tastemaker.model.schema import build_avro_schema
from tastemaker.plan.tokens import DATA_BUCKET, DATA_KEY_ARN, PERSONALIZE_ROLE_ARN

if TYPE_CHECKING:
    from tastemaker.model.datasets import Dataset
    from tastemaker.model.declared import Declared
    from tastemaker.model.operations import Recommender
    from tastemaker.model.project import Project
    from tastemaker.model.solutions import Campaign, Solution
    from tastemaker.plan.names import Names


def build_resources(project: Project, names: Names) -> dict[str, Any]:
    """Input of `ensure`; lists are empty where the project declares nothing of a kind."""
    datasets, tags = project.datasets.declared(), create_tags(project)
    wanted: dict[str, list[dict[str, Any]]] = {
        "DatasetGroups": [_dataset_group(project, names)],
        "Schemas": [_schema(dataset, project, names) for dataset in datasets],
        "Datasets": [_dataset(dataset, names) for dataset in datasets],
        "EventTrackers": _event_trackers(project, names),
        "Filters": [_filter(name, expression, names) for name, expression in project.filters.items()],
        "Solutions": [_solution(name, solution, names) for name, solution in project.solutions.items()],
        "Recommenders": [
            build_recommender(name, recommender, names) for name, recommender in project.recommenders.items()
        ],
        "Campaigns": [_campaign(name, campaign, project, names) for name, campaign in project.campaigns.items()],
        "MetricAttributions": _metric_attributions(project, names),
    }
    for section in wanted.keys() - {"Schemas", "Campaigns", "MetricAttributions"}:  # these know no tags, or have theirs
        for entry in wanted[section]:
            entry["Create"] |= tags
    tagged = [entry["Arn"] for section in _TAGGED for entry in wanted[section]]
    return {
        **wanted,
        "Declared": [entry["Arn"] for entries in wanted.values() for entry in entries if "Arn" in entry],
        "Tagged": [{"Arn": arn, **tag_changes(project)} for arn in tagged] if project.tags else [],
        "TrackerTags": tag_changes(project),
        "RemoveUndeclared": project.consent.remove_undeclared,
        "Teardown": project.consent.teardown,
        "Prefix": f"{names.prefix}-",
    }


_TAGGED = ("DatasetGroups", "Datasets", "Filters", "Solutions", "Recommenders", "Campaigns")
"""Sections whose resources take tags; an event tracker's ARN is known only when it is there."""


def tag_changes(project: Project) -> dict[str, Any]:
    """Tags to set, and keys to take away: those that the project sets to null."""
    written = [{"TagKey": key, "TagValue": value} for key, value in project.tags.items() if value is not None]
    return {"Set": written, "Remove": [key for key, value in project.tags.items() if value is None]}


def _dataset_group(project: Project, names: Names) -> dict[str, Any]:
    create: dict[str, Any] = {"Name": names.dataset_group}
    if project.dataset_group.domain is not None:
        create["Domain"] = project.dataset_group.domain
    key_arn = DATA_KEY_ARN if project.dataset_group.customer_managed_key else project.dataset_group.kms_key_arn
    if key_arn is not None:
        create |= {"KmsKeyArn": key_arn, "RoleArn": PERSONALIZE_ROLE_ARN}
    return {"Arn": names.dataset_group_arn, "Create": create}


def build_recommender(name: str, recommender: Recommender, names: Names) -> dict[str, Any]:
    """Entry of `Recommenders`."""
    use_case = find_use_case(recommender.recipe)
    config = {
        "MinRecommendationRequestsPerSecond": recommender.min_recommendation_requests_per_second,
        "EnableMetadataWithRecommendations": recommender.enable_metadata_with_recommendations,
        "ItemExplorationConfig": recommender.item_exploration_config,
        "TrainingDataConfig": _training_data(recommender),
    }
    create = {
        "Name": names.recommender(name),
        "DatasetGroupArn": names.dataset_group_arn,
        "RecipeArn": recommender.recipe if use_case is None else use_case.arn,
        "RecommenderConfig": {member: value for member, value in config.items() if value is not None},
    }
    keep = recommender.scaling is not None
    entry = {"Arn": names.recommender_arn(name), "DataArn": names.dataset_arn("INTERACTIONS"), "KeepTps": keep}
    return {**entry, "Replace": recommender.replace, "Create": create}


def _campaign(name: str, campaign: Campaign, project: Project, names: Names) -> dict[str, Any]:
    create = build_campaign(name, campaign, project, names)
    return {"Arn": names.campaign_arn(name), "KeepTps": campaign.scaling is not None, "Create": create}


def _metric_attributions(project: Project, names: Names) -> list[dict[str, Any]]:
    declared = project.metric_attribution
    if declared is None:
        return []
    create = {
        "Name": names.metric_attribution(declared.name),
        "DatasetGroupArn": names.dataset_group_arn,
        "Metrics": [
            {"MetricName": name, "EventType": metric.event_type, "Expression": metric.expression}
            for name, metric in declared.metrics.items()
        ],
        "MetricsOutputConfig": {
            "RoleArn": PERSONALIZE_ROLE_ARN,
            "S3DataDestination": {"Path": f"s3://{DATA_BUCKET}/metric-attribution/"},
        },
    }
    return [{"Create": create}]


def _schema(dataset: Dataset, project: Project, names: Names) -> dict[str, Any]:
    avro = build_avro_schema(dataset)
    create = {"Name": names.schema(dataset.dataset_type, avro), "Schema": json.dumps(avro)}
    if project.dataset_group.domain is not None:
        create["Domain"] = project.dataset_group.domain
    return {"Arn": names.schema_arn(dataset.dataset_type, avro), "Create": create}


def _dataset(dataset: Dataset, names: Names) -> dict[str, Any]:
    create = {
        "Name": names.dataset(dataset.dataset_type),
        "DatasetType": dataset.dataset_type.capitalize(),
        "DatasetGroupArn": names.dataset_group_arn,
        "SchemaArn": names.schema_arn(dataset.dataset_type, build_avro_schema(dataset)),
    }
    return {"Arn": names.dataset_arn(dataset.dataset_type), "Type": dataset.dataset_type, "Create": create}


def _event_trackers(project: Project, names: Names) -> list[dict[str, Any]]:
    if project.event_tracker is None:
        return []
    create = {"Name": names.event_tracker(project.event_tracker.name), "DatasetGroupArn": names.dataset_group_arn}
    return [{"TrackingIdParameter": names.tracking_id_parameter, "Create": create}]


def _filter(name: str, expression: str, names: Names) -> dict[str, Any]:
    create = {
        "Name": names.filter(name, expression),
        "DatasetGroupArn": names.dataset_group_arn,
        "FilterExpression": expression,
    }
    family = f"filter/{names.own(name)}-"
    return {"Arn": names.filter_arn(name, expression), "Family": family, "Create": create}


def _solution(name: str, solution: Solution, names: Names) -> dict[str, Any]:
    """`PerformAutoTraining` is always sent: the API's own default trains within the hour, then weekly, billed."""
    recipe = find_recipe(solution.recipe)
    create: dict[str, Any] = {
        "Name": names.solution(name),
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
    return {"Arn": names.solution_arn(name), "Replace": solution.replace, "Create": create}


def _auto_training(solution: Solution) -> bool:
    """Absent means that our schedules train; null leaves it to the service, whose default is true."""
    if not solution.wrote("perform_auto_training"):
        return False
    return solution.perform_auto_training is not False


def _solution_config(solution: Solution) -> dict[str, Any] | None:
    """None when the file sets nothing of it."""
    config = {
        "EventValueThreshold": solution.event_value_threshold,
        "AlgorithmHyperParameters": solution.hyperparameters or None,
        "FeatureTransformationParameters": solution.feature_transformation_parameters or None,
        "TrainingDataConfig": _training_data(solution),
        "OptimizationObjective": _structure(solution.optimization_objective),
        "EventsConfig": _structure(solution.events_config),
        "AutoTrainingConfig": _structure(solution.auto_training_config),
        "HpoConfig": _structure(solution.hpo_config),
    }
    return {name: value for name, value in config.items() if value is not None} or None


def _training_data(owner: Solution | Recommender) -> dict[str, Any] | None:
    """None when the file chooses no columns."""
    columns = {
        "ExcludedDatasetColumns": _columns(owner.excluded_dataset_columns),
        "IncludedDatasetColumns": _columns(owner.included_dataset_columns),
    }
    return {name: value for name, value in columns.items() if value} or None


def _columns(by_dataset: Any) -> dict[str, list[str]]:
    return {key.upper(): list(columns) for key, columns in by_dataset.items()}


def _structure(declared: Declared | None) -> dict[str, Any] | None:
    """What was written of a structure that has the API's own members."""
    written = None if declared is None else declared.model_dump(mode="json", exclude_unset=True, by_alias=True)
    return None if written is None else _pascal(written)


def _pascal(value: Any) -> Any:
    """Structure members as Step Functions spells them; only for values whose mappings are all structures."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: _pascal(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_pascal(part) for part in value]
    return value


def build_campaign(name: str, campaign: Campaign, project: Project, names: Names) -> dict[str, Any]:
    """Arguments of CreateCampaign without the version, which the release gate chooses."""
    config = {
        "EnableMetadataWithRecommendations": campaign.enable_metadata_with_recommendations,
        "ItemExplorationConfig": campaign.item_exploration_config,
        "RankingInfluence": campaign.ranking_influence,
    }
    written = {member: value for member, value in config.items() if value is not None}
    create: dict[str, Any] = {"Name": names.campaign(name), "MinProvisionedTPS": campaign.min_provisioned_tps}
    return create | ({"CampaignConfig": written} if written else {}) | create_tags(project)


def create_tags(project: Project) -> dict[str, Any]:
    """The member of a Create call; empty when the project sets no tag, as tagging needs a right of its own."""
    tags = [{"TagKey": key, "TagValue": value} for key, value in project.tags.items() if value is not None]
    return {"Tags": tags} if tags else {}
