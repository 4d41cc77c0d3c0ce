"""Every operation of the three service models and what answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tastemaker.simulator import (
    action_events,
    action_recommendations,
    attribution_reports,
    auto_update,
    catalogue_refresh,
    events,
    lifecycle,
    runtime,
)
from tastemaker.simulator.control import (
    automatic_training,
    batch_inference_jobs,
    batch_segment_jobs,
    campaigns,
    data_deletion_jobs,
    dataset_groups,
    dataset_updates,
    datasets,
    event_trackers,
    export_jobs,
    filters,
    import_jobs,
    metric_attributions,
    recipes,
    recommender_training,
    recommenders,
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
    batch_inference_jobs,
    batch_segment_jobs,
    export_jobs,
    data_deletion_jobs,
    recommenders,
    metric_attributions,
    dataset_updates,
)

HANDLERS: Final[dict[tuple[str, str], Handler]] = {
    **{("personalize", name): handler for module in _CONTROL for name, handler in module.HANDLERS.items()},
    **{
        ("personalize-runtime", name): handler
        for name, handler in (runtime.HANDLERS | action_recommendations.HANDLERS).items()
    },
    **{("personalize-events", name): handler for name, handler in (events.HANDLERS | action_events.HANDLERS).items()},
}
"""Service and operation to what answers it."""

UNSUPPORTED: Final[dict[tuple[str, str], str]] = {}
"""Empty: every operation is handled. The fidelity page and the contract tests still read it."""

STEPS: Final[dict[str, Step]] = {
    **lifecycle.STEPS,
    **datasets.STEPS,
    **import_jobs.STEPS,
    **solutions.STEPS,
    **automatic_training.STEPS,
    **solution_versions.STEPS,
    **campaigns.STEPS,
    **batch_inference_jobs.STEPS,
    **batch_segment_jobs.STEPS,
    **export_jobs.STEPS,
    **data_deletion_jobs.STEPS,
    **recommenders.STEPS,
    **recommender_training.STEPS,
    **metric_attributions.STEPS,
    **attribution_reports.STEPS,
    **dataset_updates.STEPS,
    **auto_update.STEPS,
    **catalogue_refresh.STEPS,
}
"""Transition step to what it does."""
