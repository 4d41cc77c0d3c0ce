"""Answers the lines of a batch segment job: the users with the greatest affinity to items or attributes (reference §7).

A segment knows the users who were present at training, less those whom a data deletion job removed since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.facts import limits
from tastemaker.facts.filters.problems import FilterError
from tastemaker.simulator.audience import visible_metadata
from tastemaker.simulator.batch import BatchFailedError, LineError, read_members, run_batch
from tastemaker.simulator.filters.columns import Columns
from tastemaker.simulator.filters.compiled import CompiledFilter
from tastemaker.simulator.filters.conditions import FilterContext
from tastemaker.simulator.histories import catalogue_codes
from tastemaker.simulator.item_attributes import items_with, parse_attributes
from tastemaker.simulator.recipes.base import SegmentModel, top_k
from tastemaker.simulator.records import Filter
from tastemaker.simulator.snapshots import interaction_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.simulator.recipes.base import BoolArray, IntArray
    from tastemaker.simulator.records import BatchSegmentJob
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.world import World

ITEM, ATTRIBUTES = "itemId", "itemAttributes"
BY_ATTRIBUTES = "aws-item-attribute-affinity"


@dataclass(frozen=True)
class Segmentation:
    """One job at work.

    Attributes:
        member: what a line names: `itemId` or `itemAttributes`.
        columns: the Items dataset in the model's item codes; None unless lines name attributes.
        textual: columns that cannot be attributes.
        present: users who may join a segment, shape (users,).
        compiled: the job's filter; None for none.
        events: event type in lower case to the users who have such events.
    """

    job: BatchSegmentJob
    version: ServedVersion
    model: SegmentModel
    member: str
    columns: Columns | None
    textual: frozenset[str]
    present: BoolArray
    compiled: CompiledFilter | None
    events: Mapping[str, IntArray]


def segment(world: World, job: BatchSegmentJob) -> int:
    """Write the results of a job; gives the number of users in all segments.

    Raises:
        BatchFailedError: with the job's failureReason.
    """
    version = world.trained.get(job.solution_version_arn)
    if version is None:
        raise BatchFailedError(f"Solution version {job.solution_version_arn} no longer exists.")
    segmentation = _prepare(world, job, version)
    written = 0

    def answer(values: Sequence[Any]) -> list[dict[str, Any]]:
        nonlocal written
        lines = [_line(segmentation, value) for value in values]
        written += sum(len(line["output"]["recommendedUsers"]) for line in lines if line["output"] is not None)
        return lines

    most = limits.MAX_SEGMENT_QUERIES[version.recipe.name]
    places = (job.job_input["s3DataSource"], job.job_output["s3DataDestination"])
    objects = world.objects_for(job.role_arn, job.dataset_group_arn, *places)
    run_batch(objects, job, answer, candidates=segmentation.present.size, most_lines=most)
    return written


def _prepare(world: World, job: BatchSegmentJob, version: ServedVersion) -> Segmentation:
    model, group_arn = version.model, version.dataset_group_arn
    if not isinstance(model, SegmentModel):
        raise BatchFailedError(f"Solution version {version.arn} has no users to make segments of.")
    by_attributes = version.recipe.name == BY_ATTRIBUTES
    items = visible_metadata(world, group_arn, "ITEMS") if by_attributes else None
    compiled, events = None, {}
    if job.filter_arn is not None:
        parsed = world.filters.parse(world.store.get(Filter, job.filter_arn).filter_expression)
        users = visible_metadata(world, group_arn, "USERS")
        try:
            compiled = CompiledFilter(parsed.expression, model.user_ids, users)
        except FilterError as error:
            raise BatchFailedError(str(error)) from error
        events = _events(world, group_arn, model) if parsed.needs_events else {}
    return Segmentation(
        job,
        version,
        model,
        ATTRIBUTES if by_attributes else ITEM,
        Columns(model.item_ids, items, "ITEM_ID") if by_attributes else None,
        items.textual if items is not None else frozenset(),
        np.array([user_id not in version.forgotten for user_id in model.user_ids], np.bool_),
        compiled,
        events,
    )


def _events(world: World, group_arn: str, model: SegmentModel) -> dict[str, IntArray]:
    data = world.dataset_data(group_arn, "INTERACTIONS")
    if data is None:
        return {}
    seen = data.visible(world.now(), world.durations.filter_event_seconds)
    table = world.interaction_tables.get((data, seen), lambda: interaction_table(world.tables, data, seen))
    users = catalogue_codes(table.user_ids, model.user_ids)
    by_type = {
        name.lower(): np.unique(users[table.user[table.event_type == code]])
        for code, name in enumerate(table.event_types)
    }
    return {name: codes[codes >= 0] for name, codes in by_type.items()}


def _line(segmentation: Segmentation, value: Any) -> dict[str, Any]:
    """An output line; the guide shows attributes without the `input` that item ids have around them."""
    try:
        output: dict[str, Any] | None = {"recommendedUsers": _users(segmentation, value)}
        error: dict[str, Any] = {}
    except (LineError, FilterError) as problem:
        output, error = None, {"error": str(problem)}
    if segmentation.member == ATTRIBUTES and isinstance(value, dict):
        return {ATTRIBUTES: value.get(ATTRIBUTES), "output": output, **error}
    return {"input": value, "output": output, **error}


def _users(segmentation: Segmentation, value: Any) -> list[str]:
    members = read_members(value, (segmentation.member,), ("filterValues",))
    model, allowed = segmentation.model, segmentation.present
    items = _items(segmentation, members)
    if segmentation.compiled is not None:
        values = members.get("filterValues", {})
        allowed = allowed & segmentation.compiled.allowed(FilterContext(events=segmentation.events, values=values))
    elif members.get("filterValues"):
        raise LineError("filterValues needs a filterArn.")
    codes = top_k(model.user_affinity(items), segmentation.job.num_results, allowed)
    return [str(user_id) for user_id in model.user_ids[codes]]


def _items(segmentation: Segmentation, members: dict[str, Any]) -> IntArray:
    if segmentation.columns is None:
        code = segmentation.version.code(members[ITEM])
        if code < 0:
            raise LineError(f"Item {members[ITEM]} was not present at training.")
        return np.array([code], np.int32)
    mask = items_with(parse_attributes(members[ATTRIBUTES]), segmentation.columns, segmentation.textual)
    if not mask.any():
        raise LineError("No item that was present at training has these attributes.")
    return np.flatnonzero(mask).astype(np.int32)
