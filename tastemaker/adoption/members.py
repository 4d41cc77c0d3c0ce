"""Members of Create calls to keys of the project file, one table for each kind; what no table knows is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.model.suggest import find_close_match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.adoption.draft import Draft
    from tastemaker.adoption.inventory import Resource


@dataclass(frozen=True)
class Members:
    """What becomes of one kind's members; dots lead into structures.

    Attributes:
        keys: member to the project file's key; dots lead into its structures as well.
        structures: members that hold further members.
        elsewhere: members that something else reads, or that the project says in another way.
        without_key: member to the reason why the project file cannot hold it, and what that means.
        obsolete: member to the reason why nobody needs it any more.
    """

    keys: Mapping[str, str]
    structures: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    without_key: Mapping[str, str] = field(default_factory=dict)
    obsolete: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> set[str]:
        return {*self.keys, *self.structures, *self.elsewhere, *self.without_key, *self.obsolete}


_SHARED = frozenset({"name", "datasetGroupArn", "tags"})
SOLUTION = Members(
    keys={
        "performHPO": "performHPO",
        "performIncrementalUpdate": "performIncrementalUpdate",
        "eventType": "eventType",
        "solutionConfig.eventValueThreshold": "eventValueThreshold",
        "solutionConfig.algorithmHyperParameters": "hyperparameters",
        "solutionConfig.featureTransformationParameters": "featureTransformationParameters",
        "solutionConfig.trainingDataConfig.excludedDatasetColumns": "excludedDatasetColumns",
        "solutionConfig.trainingDataConfig.includedDatasetColumns": "includedDatasetColumns",
        "solutionConfig.eventsConfig": "eventsConfig",
        "solutionConfig.optimizationObjective": "optimizationObjective",
        "solutionConfig.autoTrainingConfig": "autoTrainingConfig",
        "solutionConfig.hpoConfig.hpoResourceConfig": "hpoConfig.hpoResourceConfig",
        "solutionConfig.hpoConfig.algorithmHyperParameterRanges": "hpoConfig.algorithmHyperParameterRanges",
    },
    structures=frozenset({"solutionConfig", "solutionConfig.trainingDataConfig", "solutionConfig.hpoConfig"}),
    elsewhere=_SHARED | {"recipeArn", "performAutoTraining", "solutionVersion"},
    without_key={
        "solutionConfig.hpoConfig.hpoObjective": "the service chooses its objective itself and takes no other",
    },
    obsolete=dict.fromkeys(
        ("performAutoML", "solutionConfig.autoMLConfig"), "the service chooses no recipes any more; name one"
    ),
)
CAMPAIGN = Members(
    keys={
        "minProvisionedTPS": "minProvisionedTPS",
        "campaignConfig.enableMetadataWithRecommendations": "enableMetadataWithRecommendations",
        "campaignConfig.itemExplorationConfig": "itemExplorationConfig",
        "campaignConfig.rankingInfluence": "rankingInfluence",
    },
    structures=frozenset({"campaignConfig"}),
    elsewhere=_SHARED | {"solution", "solutionVersionArn"},
    without_key={
        "campaignConfig.syncWithLatestSolutionVersion": "a campaign that follows the latest version serves whatever "
        "was trained, past the release gate; it goes on doing so until the project's first release, which ends it",
    },
)
RECOMMENDER = Members(
    keys={
        "recommenderConfig.minRecommendationRequestsPerSecond": "minRecommendationRequestsPerSecond",
        "recommenderConfig.enableMetadataWithRecommendations": "enableMetadataWithRecommendations",
        "recommenderConfig.itemExplorationConfig": "itemExplorationConfig",
        "recommenderConfig.trainingDataConfig.excludedDatasetColumns": "excludedDatasetColumns",
        "recommenderConfig.trainingDataConfig.includedDatasetColumns": "includedDatasetColumns",
    },
    structures=frozenset({"recommenderConfig", "recommenderConfig.trainingDataConfig"}),
    elsewhere=_SHARED | {"recipeArn"},
)
BATCH = Members(
    keys={"numResults": "numResults"},
    elsewhere=_SHARED
    | {"solution", "kind", "input", "schedule", "filter", "jobName", "roleArn", "solutionVersionArn", "jobInput"}
    | {"jobOutput", "filterArn", "batchInferenceJobMode", "themeGenerationConfig", "itemNameColumn"},
    without_key={
        "batchInferenceJobConfig": "the project file has no exploration for batch jobs; the service's defaults hold",
    },
)
GROUP = Members(
    keys={"domain": "domain", "kmsKeyArn": "kmsKeyArn"},
    elsewhere=_SHARED | {"roleArn"},
)
FILTER = Members(keys={}, elsewhere=_SHARED | {"filterExpression"})
TRACKER = Members(keys={}, elsewhere=_SHARED)
ATTRIBUTION = Members(keys={}, elsewhere=_SHARED | {"metrics", "metricsOutputConfig"})
DATASET = Members(keys={}, elsewhere=_SHARED | {"datasetType", "schemaArn", "importMode"})
SCHEMA = Members(keys={}, elsewhere=frozenset({"name", "schema", "domain"}))


def carry(draft: Draft, resource: Resource, members: Members, path: tuple[str, ...] = ()) -> None:
    """Put what the tables name below `path`, tell what they do not know.

    What is empty or off is the service's own default everywhere, and left out.
    """
    for member, value in _flatten(resource.members, members.structures):
        place = resource.place.at(*member.split("."))
        if member not in members.known:
            draft.tell(tell_unknown(resource, member, members.known))
        elif _is_default(value):
            continue
        elif member in members.without_key:
            draft.tell(_refuse(resource, member, members.without_key[member]))
        elif member in members.obsolete:
            message = f"`{member}` is not needed any more: {members.obsolete[member]}"
            draft.tell(resource.find_member(member, "obsolete-key", message, "Remove it.", severity="warning"))
        elif member in members.keys:
            draft.put((*path, *members.keys[member].split(".")), _convert(member, value), place)


def _is_default(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, (str, dict, list)) and not value)


def _flatten(members: Mapping[str, Any], structures: frozenset[str], head: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in members.items():
        path = f"{head}{name}"
        if path in structures and isinstance(value, dict):
            yield from _flatten(value, structures, f"{path}.")
        else:
            yield path, value


def _convert(member: str, value: Any) -> Any:
    """Datasets are keys in lower case in the project file, types in the API."""
    if member.endswith("DatasetColumns") and isinstance(value, dict):
        return {key.lower(): columns for key, columns in value.items()}
    return value


def _refuse(resource: Resource, member: str, why: str) -> Any:
    hint = "Nothing to do where that is well; else change it in the account."
    return resource.find_member(
        member, "not-carried-over", f"`{member}` of {resource.name or 'this'} is left out: {why}", hint, at_key=True
    )


def tell_unknown(resource: Resource, member: str, known: set[str]) -> Any:
    """A member that no table has: a typing error, or newer than this version."""
    close = find_close_match(member, known)
    hint = f"Did you mean `{close}`?" if close is not None else "Remove it, or tell us that the service has it now."
    return resource.find_member(member, "unknown-key", f"unknown key `{member}`, which is left out", hint, at_key=True)
