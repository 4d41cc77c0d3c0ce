"""Answers the lines of a batch inference job with the code that answers GetRecommendations (reference §7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from tastemaker.facts import limits
from tastemaker.facts.recipes import RecipeType
from tastemaker.simulator.audience import visible_metadata
from tastemaker.simulator.batch import BatchFailedError, LineError, read_members, run_batch
from tastemaker.simulator.endpoints import exploration_of
from tastemaker.simulator.ranking_influence import RANKING_INFLUENCE
from tastemaker.simulator.recipes.blas import one_blas_thread
from tastemaker.simulator.recipes.histories import Histories, Moments
from tastemaker.simulator.refusals import RefusalError
from tastemaker.simulator.runtime import Call, build_request, query_item, rank, recommend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.simulator.recipes.base import FloatArray, MetadataTable, Request
    from tastemaker.simulator.records import BatchInferenceJob
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.world import World

_REQUIRED = {
    RecipeType.USER_PERSONALIZATION: ("userId",),
    RecipeType.POPULAR_ITEMS: ("userId",),
    RecipeType.PERSONALIZED_RANKING: ("userId", "itemList"),
    RecipeType.RELATED_ITEMS: ("itemId",),
}
_DIGITS = 7
"""Digits of a score behind the point, as in the guide's examples."""


@runtime_checkable
class BatchModel(Protocol):
    """A model that scores many histories at once."""

    def score_batch(self, moments: Moments) -> FloatArray:
        """Shape (requests, items); what `score` gives for each."""
        ...


@dataclass(frozen=True)
class Inference:
    """One job at work.

    Attributes:
        items: the Items dataset as filters see it; None without a filter.
        until: number of streamed events that count.
    """

    world: World
    job: BatchInferenceJob
    version: ServedVersion
    items: MetadataTable | None
    until: int


def infer(world: World, job: BatchInferenceJob) -> int:
    """Write the results of a job; gives the number of lines.

    Streamed events count after a quarter of an hour with recipes that react to events, and only with those (developer
    guide, how-new-data-influences-batch-recommendations).

    Raises:
        BatchFailedError: with the job's failureReason.
    """
    version = world.trained.get(job.solution_version_arn)
    if version is None:
        raise BatchFailedError(f"Solution version {job.solution_version_arn} no longer exists.")
    items = visible_metadata(world, version.dataset_group_arn, "ITEMS") if job.filter_arn is not None else None
    data, delay = version.data, world.durations.batch_event_seconds
    until = data.visible(world.now(), delay).streamed if data is not None else 0
    inference = Inference(world, job, version, items, until)
    places = (job.job_input["s3DataSource"], job.job_output["s3DataDestination"])
    objects = world.objects_for(job.role_arn, job.dataset_group_arn, *places)
    candidates = version.model.item_ids.size
    with one_blas_thread():  # the same sums on every machine, as in training
        return run_batch(objects, job, lambda values: _answer(inference, values), candidates=candidates)


def _answer(inference: Inference, values: Sequence[Any]) -> list[dict[str, Any]]:
    calls = [_read(inference, value) for value in values]
    valid = [call for call in calls if isinstance(call, Call)]
    requests = [build_request(inference.world, call, inference.until) for call in valid]
    scores = iter(score_many(inference.version, requests) if requests else ())
    return [
        _line(inference, value, call, next(scores)) if isinstance(call, Call) else _failed(value, str(call))
        for value, call in zip(values, calls, strict=True)
    ]


def _read(inference: Inference, value: Any) -> Call | LineError:
    version, job = inference.version, inference.job
    try:
        members = read_members(value, _REQUIRED[version.recipe.type], ("userId", "filterValues"))
    except LineError as error:
        return error
    if len(members.get("itemList", ())) > limits.MAX_INPUT_LIST:
        return LineError(f"itemList must have at most {limits.MAX_INPUT_LIST} items.")
    params = members if job.filter_arn is None else {**members, "filterArn": job.filter_arn}
    config = job.batch_inference_job_config or {}
    return Call(
        job.arn,
        version,
        params,
        query_item(version, params),
        (),
        inference.items,
        exploration=exploration_of(version, config),
        influence=config.get(RANKING_INFLUENCE, {}),
    )


def score_many(version: ServedVersion, requests: Sequence[Request]) -> FloatArray:
    """Scores of the catalogue for each request, shape (requests, items).

    At once where the model can; related items ask for an item instead of a history, so they are scored one by one.
    """
    model = version.model
    if not isinstance(model, BatchModel) or version.recipe.type is RecipeType.RELATED_ITEMS:
        return np.stack([model.score(request) for request in requests])
    lengths = [request.history.size for request in requests]
    histories = Histories(
        np.concatenate(([0], np.cumsum(lengths))),
        np.concatenate([request.history for request in requests]),
        np.concatenate([request.times for request in requests]),
    )
    return model.score_batch(Moments(histories, np.array([request.now for request in requests])))


def _line(inference: Inference, value: Any, call: Call, scores: FloatArray) -> dict[str, Any]:
    """An output line. Only recipes that personalise give scores; an item without one has null in its place."""
    kind = inference.version.recipe.type
    try:
        if kind is RecipeType.PERSONALIZED_RANKING:
            entries = rank(inference.world, call, scores, call.params["itemList"])
        else:
            entries = recommend(inference.world, call, scores, inference.job.num_results)
    except RefusalError as refusal:
        return _failed(value, refusal.message)
    output: dict[str, Any] = {"recommendedItems": [entry["itemId"] for entry in entries]}
    if inference.version.model.gives_scores:
        output["scores"] = [round(entry["score"], _DIGITS) if "score" in entry else None for entry in entries]
    line = {"input": value, "output": output}
    return {**line, "error": None} if kind is RecipeType.USER_PERSONALIZATION else line


def _failed(value: Any, message: str) -> dict[str, Any]:
    return {"input": value, "output": None, "error": message}
