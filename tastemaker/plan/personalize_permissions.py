"""IAM rights of Amazon Personalize operations: action to resource types.

Source: service authorization reference, "Actions, resources, and condition keys for Amazon Personalize"; reference §11.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tastemaker.errors import InvalidDefinitionError
from tastemaker.plan.tokens import PARTITION, PERSONALIZE_ROLE_ARN, personalize_arn

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHOUT_RESOURCE = frozenset(
    f"personalize:{action}"
    for action in (
        *("ListBatchInferenceJobs", "ListBatchSegmentJobs", "ListCampaigns", "ListDataDeletionJobs"),
        *("ListDatasetExportJobs", "ListDatasetGroups", "ListDatasetImportJobs", "ListDatasets", "ListEventTrackers"),
        *("ListFilters", "ListMetricAttributionMetrics", "ListMetricAttributions", "ListRecipes", "ListRecommenders"),
        *("ListSchemas", "ListSolutionVersions", "ListSolutions", "ListTagsForResource"),
        *("PutActionInteractions", "PutEvents", "TagResource", "UntagResource"),
    )
)
"""IAM knows no resource type for these; they can only be allowed on `*`."""

_PASSES_ROLE = {
    *("CreateDatasetGroup", "CreateDatasetImportJob", "CreateDatasetExportJob", "CreateDataDeletionJob"),
    *("CreateBatchInferenceJob", "CreateBatchSegmentJob", "CreateMetricAttribution", "UpdateMetricAttribution"),
}
_NOT_TAGGABLE = {"CreateSchema", "CreateMetricAttribution"}  # reference §1.5

_ALSO = {
    "CreateBatchInferenceJob": ("solution", "filter"),
    "CreateBatchSegmentJob": ("solution", "filter"),
    "CreateCampaign": ("solution",),
    "CreateDataDeletionJob": ("dataset-group",),
    "CreateDataset": ("dataset-group", "schema"),
    "CreateDatasetExportJob": ("dataset",),
    "CreateDatasetImportJob": ("dataset",),
    "CreateEventTracker": ("dataset-group",),
    "CreateFilter": ("dataset-group",),
    "CreateMetricAttribution": ("dataset-group",),
    "CreateRecommender": ("dataset-group", "recipe"),
    "CreateSolution": ("dataset-group", "recipe"),
    "UpdateCampaign": ("solution",),
    "UpdateDataset": ("schema",),
}
"""Resource types beside the operation's own; one statement on the own type alone is refused (reference §11)."""

_OF_ITS_OWN = {
    "CreateSolutionVersion": ("solution",),
    "DescribeSolutionVersion": ("solution",),
    "StopSolutionVersionCreation": ("solution",),
    "GetSolutionMetrics": ("solution",),
    "GetActionRecommendations": ("campaign", "filter"),
    "GetPersonalizedRanking": ("campaign", "filter"),
    "GetRecommendations": ("campaign", "filter", "recommender"),
    "PutActions": ("dataset",),
    "PutItems": ("dataset",),
    "PutUsers": ("dataset",),
}
_WITHOUT_ACCOUNT = {"recipe", "algorithm", "feature-transformation"}
_VERB = re.compile(r"^(?:Create|Describe|Update|Delete|Start|Stop)([A-Za-z]+)$")


def personalize_actions(operation: str, *, sends_tags: bool) -> Iterator[tuple[str, str]]:
    """IAM action and resource pairs for one operation, in any of the three Personalize APIs.

    Args:
        operation: as the API names it, e.g. `CreateCampaign`.
        sends_tags: a create call with tags needs TagResource too.

    Raises:
        InvalidDefinitionError: not an operation of Amazon Personalize.
    """
    for resource in _resources(operation):
        yield f"personalize:{operation}", resource
    if operation in _PASSES_ROLE:
        yield "iam:PassRole", PERSONALIZE_ROLE_ARN
    if sends_tags and operation.startswith("Create") and operation not in _NOT_TAGGABLE:
        yield "personalize:TagResource", "*"


def _resources(operation: str) -> list[str]:
    if f"personalize:{operation}" in WITHOUT_RESOURCE:
        return ["*"]
    types = _OF_ITS_OWN.get(operation)
    if types is None:
        match = _VERB.match(operation)
        if match is None:
            raise InvalidDefinitionError([f"cannot derive the IAM rights of personalize:{operation}"])
        types = (_kebab(match.group(1)), *_ALSO.get(operation, ()))
    return [_arn(kind) for kind in types]


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _arn(kind: str) -> str:
    if kind in _WITHOUT_ACCOUNT:
        return f"arn:{PARTITION}:personalize:::{kind}/*"
    return personalize_arn(f"{kind}/*")
