"""Trains a solution version on a snapshot of its dataset group."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.facts import failure_reasons, limits
from tastemaker.facts.fields import DATASETS
from tastemaker.facts.recipes import RecipeType
from tastemaker.simulator import identifiers
from tastemaker.simulator.action_serving import action_interactions, with_actions
from tastemaker.simulator.control.hpo_config import read_search
from tastemaker.simulator.datasets import DatasetData, Snapshot
from tastemaker.simulator.exploration import build_novelty
from tastemaker.simulator.featurization import keep_percentiles
from tastemaker.simulator.histories import build_histories, catalogue_codes
from tastemaker.simulator.recipes.base import (
    InteractionTable,
    MetadataTable,
    Objective,
    TrainingFailedError,
    TrainingInput,
)
from tastemaker.simulator.recipes.blas import one_blas_thread
from tastemaker.simulator.serving import EventSelection, ServedVersion
from tastemaker.simulator.snapshots import interaction_table, metadata_table, no_interactions
from tastemaker.simulator.tuning import tune

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.facts.recipes import RecipeFacts
    from tastemaker.simulator.control.hpo_config import Search
    from tastemaker.simulator.exploration import Novelty
    from tastemaker.simulator.recipes.base import BoolArray, IntArray, Model, Recipe
    from tastemaker.simulator.records import SolutionVersion
    from tastemaker.simulator.world import World


@dataclass(frozen=True)
class TrainingPlan:
    """All that a training reads; fixed when the training begins.

    Attributes:
        parts: dataset type to the dataset and its snapshot.
        columns_as_of: columns that joined a schema later are not trained on (reference §2.6).
        base_arn: version whose model an UPDATE adds new items to; None for a FULL training.
    """

    version: SolutionVersion
    facts: RecipeFacts
    recipe: Recipe
    parts: Mapping[str, tuple[DatasetData, Snapshot]]
    columns_as_of: float = math.inf
    base_arn: str | None = None

    @property
    def interactions(self) -> int:
        """Rows of the Interactions dataset, before any selection, as training is billed."""
        part = self.parts.get("INTERACTIONS")
        return part[1].rows if part else 0

    @property
    def search(self) -> Search | None:
        """What HPO does before the training; None without."""
        searched = self.version.perform_hpo and self.base_arn is None
        return read_search(self.facts, self.version.solution_config) if searched else None

    @property
    def rounds(self) -> int:
        """Trainings one after the other, those of HPO included: the duration is theirs together."""
        return 1 + (self.search.rounds if self.search is not None else 0)

    @property
    def machines(self) -> float:
        """Trainings at a time on average, as billed."""
        return (1 + self.search.jobs) / self.rounds if self.search is not None else 1.0


@dataclass(frozen=True)
class Fitted:
    """What a training gives.

    Attributes:
        tuned: hyperparameters that HPO found; empty without HPO.
    """

    model: Model
    tuned: Mapping[str, str]


def plan_training(world: World, version: SolutionVersion, facts: RecipeFacts) -> TrainingPlan:
    """Take the snapshots. Called under the lock.

    User segments know bulk data of FULL imports only (developer guide, getting-user-segments): the first table.
    """
    parts = {}
    for dataset_type in DATASETS:
        data = world.dataset_data(version.dataset_group_arn, dataset_type)
        if data is not None:
            snapshot = data.snapshot()
            if facts.type is RecipeType.USER_SEGMENTATION:
                snapshot = replace(snapshot, tables=snapshot.tables[:1])
            parts[dataset_type] = (data, snapshot)
    owner = world.store.find(version.solution_arn)
    columns_as_of = owner.creation_date_time if owner is not None else math.inf
    return TrainingPlan(version, facts, world.recipes[facts.name], parts, columns_as_of)


def run_training(world: World, plan: TrainingPlan) -> ServedVersion:
    """Fit the recipe.

    Raises:
        TrainingFailedError: with the version's failureReason.
    """
    interactions = select_interactions(world, plan)
    items = _metadata(world, plan, "ITEMS")
    fitted = fit(world, plan, interactions)
    model = fitted.model
    of_actions = plan.facts.type is RecipeType.PERSONALIZED_ACTIONS
    dataset, snapshot = plan.parts.get("INTERACTIONS", (None, Snapshot((), 0)))
    served = ServedVersion(
        arn=plan.version.arn,
        recipe=plan.facts,
        model=model,
        dataset_group_arn=plan.version.dataset_group_arn,
        data=dataset,
        histories=build_histories(interactions, model.item_ids),
        streamed=snapshot.streamed,
        selection=event_selection(plan.version),
        popular=_popular(interactions, model.item_ids.size, catalogue_codes(interactions.item_ids, model.item_ids)),
        novelty=_novelty(world, plan, interactions, model),
        item_columns=frozenset(items.columns) if items is not None else frozenset(),
        tuned=fitted.tuned,
    )
    return with_actions(world, plan.parts, served, interactions) if of_actions else served


def fit(world: World, plan: TrainingPlan, interactions: InteractionTable) -> Fitted:
    """Train the plan's recipe on these interactions, with the metadata and all options of its solution.

    Raises:
        TrainingFailedError: with the version's failureReason.
    """
    data = _training_input(world, plan, interactions)
    # one thread: sums come out the same bit for bit whatever the machine, and trainings do not wait for each other
    with one_blas_thread():
        tuned = _tune(plan, data)
        model = plan.recipe.train(replace(data, hyperparameters={**data.hyperparameters, **tuned}))
    return Fitted(model, tuned)


def _training_input(world: World, plan: TrainingPlan, interactions: InteractionTable) -> TrainingInput:
    config = plan.version.solution_config
    parameters = hyperparameters(plan.version, plan.facts)
    of_actions = plan.facts.type is RecipeType.PERSONALIZED_ACTIONS
    return TrainingInput(
        interactions=keep_percentiles(interactions, parameters),
        items=_metadata(world, plan, "ITEMS"),
        users=_metadata(world, plan, "USERS"),
        hyperparameters=parameters,
        # by group, not by version: all versions hold out the same users, so their metrics can be compared
        seed=identifiers.number(world.seed, "training", plan.version.dataset_group_arn),
        actions=_metadata(world, plan, "ACTIONS") if of_actions else None,
        action_interactions=action_interactions(world, plan.parts) if of_actions else None,
        objective=read_objective(config),
        event_weights=read_weights(config),
    )


def read_objective(config: Mapping[str, Any]) -> Objective | None:
    """The solution's optimizationObjective; None without one, and when it is OFF."""
    given = config.get("optimizationObjective", {})
    sensitivity = given.get("objectiveSensitivity", "OFF")
    return Objective(given["itemAttribute"], sensitivity) if sensitivity != "OFF" else None


def read_weights(config: Mapping[str, Any]) -> dict[str, float] | None:
    """Event type in lower case to its weight; a type without one has 1. None without an eventsConfig."""
    entries = config.get("eventsConfig", {}).get("eventParametersList", [])
    return {entry["eventType"].lower(): float(entry.get("weight", 1.0)) for entry in entries} or None


def _tune(plan: TrainingPlan, data: TrainingInput) -> dict[str, str]:
    search = plan.search
    if search is None:
        return {}
    return tune(plan.recipe, data, search.ranges, search.jobs, dict(plan.facts.hyperparameters))


def _novelty(world: World, plan: TrainingPlan, interactions: InteractionTable, model: Model) -> Novelty | None:
    """Exploration reads CREATION_TIMESTAMP, whether it is trained on or not."""
    if not (plan.facts.auto_update and plan.facts.type is RecipeType.USER_PERSONALIZATION):
        return None
    return build_novelty(interactions, model.item_ids, whole_metadata(world, plan, "ITEMS"))


def event_selection(version: SolutionVersion) -> EventSelection:
    """What the solution's configuration says about event types and values; `>=` compares (reference §2.3)."""
    config = version.solution_config
    listed = config.get("eventsConfig", {}).get("eventParametersList", [])
    if listed:
        return EventSelection({entry["eventType"]: entry.get("eventValueThreshold") for entry in listed})
    if version.event_type is None:
        return EventSelection()
    threshold = config.get("eventValueThreshold")
    return EventSelection({version.event_type: float(threshold) if threshold is not None else None})


def hyperparameters(version: SolutionVersion, facts: RecipeFacts) -> dict[str, str]:
    """The recipe's defaults, overlaid by what the solution sets; hidden_dimension has no default here (settings)."""
    config = version.solution_config
    return {
        **{name: value for name, value in facts.hyperparameters if name != "hidden_dimension"},
        **config.get("featureTransformationParameters", {}),
        **config.get("algorithmHyperParameters", {}),
    }


def select_interactions(world: World, plan: TrainingPlan) -> InteractionTable:
    """The interactions that the solution learns from, by its event types and values.

    Raises:
        TrainingFailedError: they are fewer than the service needs.
    """
    table = whole_interactions(world, plan)
    mask = selected_rows(plan, table)
    part = plan.parts.get("INTERACTIONS")
    if part is None or "INTERACTIONS" not in plan.facts.needs:
        return table
    _check_columns(table, part[0])
    chosen = table if mask.all() else take_rows(table, mask)
    _check_minimums(chosen, event_selection(plan.version))
    return chosen


def whole_interactions(world: World, plan: TrainingPlan) -> InteractionTable:
    """Every interaction, selected or not, with the context that the solution trains on."""
    part = plan.parts.get("INTERACTIONS")
    if part is None:
        return no_interactions()
    data, snapshot = part
    table = world.interaction_tables.get((data, snapshot), lambda: interaction_table(world.tables, data, snapshot))
    return _chosen_context(plan, table)


def selected_rows(plan: TrainingPlan, table: InteractionTable) -> BoolArray:
    """Which rows of the table, that of `whole_interactions`, the solution's event types and values select."""
    thresholds = event_selection(plan.version).thresholds
    if not thresholds or "INTERACTIONS" not in plan.facts.needs:
        return np.ones(table.user.size, np.bool_)
    mask = np.zeros(table.user.size, np.bool_)
    for event_type, least in thresholds.items():
        codes = [code for code, name in enumerate(table.event_types) if name.lower() == event_type.lower()]
        mask |= np.isin(table.event_type, codes) & (True if least is None else table.event_value >= np.float64(least))
    return mask


def take_rows(table: InteractionTable, mask: BoolArray) -> InteractionTable:
    """The marked rows; users and items without a row are gone."""
    users, user = np.unique(table.user[mask], return_inverse=True)
    items, item = np.unique(table.item[mask], return_inverse=True)
    return replace(
        table,
        user_ids=table.user_ids[users],
        item_ids=table.item_ids[items],
        user=user.astype(np.int32),
        item=item.astype(np.int32),
        timestamp=table.timestamp[mask],
        event_type=table.event_type[mask],
        event_value=table.event_value[mask],
        context={name: values[mask] for name, values in table.context.items()},
    )


def _check_columns(table: InteractionTable, data: DatasetData) -> None:
    optional = [name for name in data.schema.names if name not in data.schema.facts.required]
    if len(optional) + len(table.event_types) > limits.MAX_EVENT_TYPES_AND_COLUMNS:
        raise TrainingFailedError(failure_reasons.too_many_event_types(len(table.event_types), len(optional)))


def _check_minimums(table: InteractionTable, selection: EventSelection) -> None:
    """Reference §2.5; the texts are the service's where it is known (§1.3)."""
    if table.user.size < limits.MIN_INTERACTIONS:
        raise TrainingFailedError(failure_reasons.too_few_interactions(", ".join(selection.thresholds)))
    active = int(np.count_nonzero(np.bincount(table.user) >= 2))
    if active < limits.MIN_ACTIVE_USERS:
        raise TrainingFailedError(failure_reasons.TOO_FEW_ACTIVE_USERS)
    if active < limits.MIN_ACTIVE_USER_SHARE * table.user_ids.size:
        raise TrainingFailedError(failure_reasons.TOO_SMALL_SHARE)


def whole_metadata(world: World, plan: TrainingPlan, dataset_type: str) -> MetadataTable | None:
    """Items or users of the snapshot with all their columns; None when there are none."""
    part = plan.parts.get(dataset_type)
    if part is None or part[1].rows == 0:
        return None
    data, snapshot = part
    return world.metadata_tables.get((data, snapshot), lambda: metadata_table(world.tables, data, snapshot))


def _metadata(world: World, plan: TrainingPlan, dataset_type: str) -> MetadataTable | None:
    """The dataset's table with the columns that the solution trains on; None when there is no data."""
    table = whole_metadata(world, plan, dataset_type)
    if table is None:
        if dataset_type in plan.facts.needs:
            raise TrainingFailedError(f"Dataset of type {dataset_type} is empty")
        return None
    data, _ = plan.parts[dataset_type]
    kept = {
        name: values
        for name, values in table.columns.items()
        if _is_chosen(plan, dataset_type, name) and data.added.get(name, -math.inf) <= plan.columns_as_of
    }
    return replace(
        table, columns=kept, categorical=table.categorical & kept.keys(), textual=table.textual & kept.keys()
    )


def _chosen_context(plan: TrainingPlan, table: InteractionTable) -> InteractionTable:
    """Context that is trained on: numbers, and strings with `categorical`."""
    schema = plan.parts["INTERACTIONS"][0].schema
    kinds = {column.name: column.type != "string" or column.categorical for column in schema.columns}
    names = [name for name in table.context if kinds.get(name) and _is_chosen(plan, "INTERACTIONS", name)]
    return replace(table, context={name: table.context[name] for name in names})


def _is_chosen(plan: TrainingPlan, dataset_type: str, name: str) -> bool:
    """Whether a column is trained on: as trainingDataConfig says, and booleans never (reference §2.2)."""
    column = plan.parts[dataset_type][0].schema.find(name)
    if column is not None and column.type == "boolean":
        return False
    config: dict[str, Any] = plan.version.solution_config.get("trainingDataConfig", {})
    included = _columns(config, "includedDatasetColumns", dataset_type)
    excluded = _columns(config, "excludedDatasetColumns", dataset_type) or frozenset()
    return name not in excluded and (included is None or name in included)


def _columns(config: dict[str, Any], key: str, dataset_type: str) -> frozenset[str] | None:
    for name, columns in config.get(key, {}).items():
        if name.upper() == dataset_type:
            return frozenset(columns)
    return None


def _popular(table: InteractionTable, items: int, codes: IntArray) -> IntArray:
    known = codes[table.item] if codes.size else np.empty(0, np.int32)
    counts = np.bincount(known[known >= 0], minlength=items)
    order: IntArray = np.lexsort((np.arange(items), -counts)).astype(np.int32)
    return order
