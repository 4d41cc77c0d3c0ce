"""Every operation of the three service models: handled, or refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tastemaker.simulator import events, lifecycle, runtime
from tastemaker.simulator.control import (
    automatic_training,
    campaigns,
    dataset_groups,
    datasets,
    event_trackers,
    filters,
    import_jobs,
    recipes,
    schemas,
    solution_versions,
    solutions,
    tags,
)

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler, Step

_CONTROL = (
    dataset_groups,
    schemas,
    datasets,
    import_jobs,
    event_trackers,
    filters,
    solutions,
    solution_versions,
    campaigns,
    recipes,
    tags,
)

HANDLERS: Final[dict[tuple[str, str], Handler]] = {
    **{("personalize", name): handler for module in _CONTROL for name, handler in module.HANDLERS.items()},
    **{("personalize-runtime", name): handler for name, handler in runtime.HANDLERS.items()},
    **{("personalize-events", name): handler for name, handler in events.HANDLERS.items()},
}
"""Service and operation to what answers it."""

_RECOMMENDERS = "Use a custom solution and a campaign."
_BATCH = "Ask a campaign with GetRecommendations."
_ACTIONS = "Interactions, Items and Users are simulated."
_UNSUPPORTED_CONTROL = {
    **dict.fromkeys(
        (
            "CreateRecommender",
            "DescribeRecommender",
            "ListRecommenders",
            "UpdateRecommender",
            "StartRecommender",
            "StopRecommender",
            "DeleteRecommender",
        ),
        _RECOMMENDERS,
    ),
    **dict.fromkeys(
        (
            "CreateBatchInferenceJob",
            "DescribeBatchInferenceJob",
            "ListBatchInferenceJobs",
            "CreateBatchSegmentJob",
            "DescribeBatchSegmentJob",
            "ListBatchSegmentJobs",
        ),
        _BATCH,
    ),
    **dict.fromkeys(
        (
            "CreateDatasetExportJob",
            "DescribeDatasetExportJob",
            "ListDatasetExportJobs",
            "CreateDataDeletionJob",
            "DescribeDataDeletionJob",
            "ListDataDeletionJobs",
            "CreateMetricAttribution",
            "DescribeMetricAttribution",
            "UpdateMetricAttribution",
            "DeleteMetricAttribution",
            "ListMetricAttributions",
            "ListMetricAttributionMetrics",
        ),
        "",
    ),
    "UpdateDataset": "Create the dataset with its final schema.",
}

UNSUPPORTED: Final[dict[tuple[str, str], str]] = {
    **{("personalize", name): hint for name, hint in _UNSUPPORTED_CONTROL.items()},
    ("personalize-runtime", "GetActionRecommendations"): _ACTIONS,
    ("personalize-events", "PutActions"): _ACTIONS,
    ("personalize-events", "PutActionInteractions"): _ACTIONS,
}
"""Service and operation to a hint; the simulator refuses these by name."""

STEPS: Final[dict[str, Step]] = {
    **lifecycle.STEPS,
    **datasets.STEPS,
    **import_jobs.STEPS,
    **solutions.STEPS,
    **automatic_training.STEPS,
    **solution_versions.STEPS,
    **campaigns.STEPS,
}
"""Transition step to what it does."""
