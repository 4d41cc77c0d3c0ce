"""What a solution may be configured to do, by its recipe (reference §3.2, §3.3)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.facts import limits
from tastemaker.simulator.control.hpo_config import check_hpo
from tastemaker.simulator.featurization import ITEM_COUNTS, USER_LENGTHS
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.facts.recipes import RecipeFacts

_DATASET_TYPES = ("Interactions", "Items", "Users")
_OBJECTIVE_RECIPES = ("aws-user-personalization", "aws-personalized-ranking")


def parameter_names(recipe: RecipeFacts) -> tuple[str, ...]:
    """What a solution with this recipe may set or let HPO set: hyperparameters, then featurization parameters."""
    named = [name for name, _ in recipe.hyperparameters]
    found = [name for name in recipe.tunable if name not in named]
    return (*named, *found, *(name for name, _ in recipe.featurization))


def check_config(recipe: RecipeFacts, config: dict[str, Any], event_type: str | None, *, hpo: bool = False) -> None:
    """Check a solution's `solutionConfig`, as far as the recipe alone decides.

    Raises:
        RefusalError: InvalidInputException naming the parameter.
        UnsupportedBySimulatorError: what the real service does is not documented.
    """
    if "autoMLConfig" in config:
        raise UnsupportedBySimulatorError("solutionConfig.autoMLConfig", "Name a recipe instead.")
    _check_parameters(recipe, config.get("algorithmHyperParameters", {}))
    _check_features(recipe, config.get("featureTransformationParameters", {}))
    check_hpo(recipe, config, wanted=hpo)
    _check_objective(recipe, config.get("optimizationObjective", {}))
    _check_columns(config.get("trainingDataConfig", {}))
    _check_threshold(config, event_type)
    check_updatable(recipe, config)


def check_updatable(recipe: RecipeFacts, config: dict[str, Any]) -> None:
    """The part that UpdateSolution may change: schedule and events."""
    if "autoTrainingConfig" in config:
        interval_days(config)
    entries = config.get("eventsConfig", {}).get("eventParametersList", [])
    if not entries:
        return
    if not recipe.v2_pricing:
        raise invalid_input(f"eventsConfig is not supported by recipe {recipe.arn}; use eventType.")
    if any("eventType" not in entry for entry in entries):
        raise invalid_input("Every entry of eventsConfig.eventParametersList needs an eventType.")
    if len({entry["eventType"] for entry in entries}) < len(entries):
        raise invalid_input("eventsConfig.eventParametersList names an eventType more than once.")
    if all(entry.get("weight") == 0 for entry in entries):
        raise invalid_input("eventsConfig.eventParametersList needs a weight above 0.")


def interval_days(config: dict[str, Any]) -> int:
    """Days between automatic trainings.

    Raises:
        RefusalError: InvalidInputException, unless 1 to 30 days.
    """
    text = config.get("autoTrainingConfig", {}).get("schedulingExpression", limits.DEFAULT_TRAINING_SCHEDULE)
    days = int(re.sub(r"\D", "", text))
    if not 1 <= days <= limits.MAX_TRAINING_INTERVAL_DAYS:
        raise invalid_input(
            f"schedulingExpression {text} must be between 1 and {limits.MAX_TRAINING_INTERVAL_DAYS} days."
        )
    return days


def _check_parameters(recipe: RecipeFacts, given: Mapping[str, str]) -> None:
    known = {name for name, _ in recipe.hyperparameters}
    for name, value in given.items():
        if name in recipe.tunable and name not in known:
            raise invalid_input(f"Hyperparameter '{name}' of recipe {recipe.arn} is set by HPO only.")
        if name not in known:
            raise invalid_input(f"Hyperparameter '{name}' is not supported by recipe {recipe.arn}.")
        _check_value(name, value)


def _check_features(recipe: RecipeFacts, given: Mapping[str, str]) -> None:
    defaults = dict(recipe.featurization)
    for name, value in given.items():
        if name not in defaults:
            raise invalid_input(f"featureTransformationParameters.{name} is not supported by recipe {recipe.arn}.")
        _check_value(name, value)
    for least, most in (USER_LENGTHS, ITEM_COUNTS):
        if {least, most} & given.keys() and float({**defaults, **given}[least]) > float({**defaults, **given}[most]):
            raise invalid_input(f"Parameter '{least}' must not be above '{most}'.")


def _check_value(name: str, value: str) -> None:
    choices = limits.HYPERPARAMETER_CHOICES.get(name)
    if choices is not None and value.lower() not in choices:
        raise invalid_input(f"Parameter '{name}' must be one of {', '.join(choices)}; it is '{value}'.")
    if name not in limits.HYPERPARAMETER_RANGES:
        return
    least, most, whole = limits.HYPERPARAMETER_RANGES[name]
    number = _number(value)
    if number is None or not least <= number <= most or (whole and number != int(number)):
        kind = "a whole number" if whole else "a number"
        raise invalid_input(f"Parameter '{name}' must be {kind} from {least} to {most}; it is '{value}'.")


def _check_objective(recipe: RecipeFacts, objective: Mapping[str, str]) -> None:
    if not objective:
        return
    if recipe.v2_pricing:
        hint = f"Leave it out: whether {recipe.name} takes one is not documented."
        raise UnsupportedBySimulatorError("solutionConfig.optimizationObjective with a v2 recipe", hint)
    if recipe.name not in _OBJECTIVE_RECIPES:
        raise invalid_input(f"optimizationObjective is not supported by recipe {recipe.arn}.")
    if "itemAttribute" not in objective and objective.get("objectiveSensitivity", "OFF") != "OFF":
        raise invalid_input("optimizationObjective needs an itemAttribute unless objectiveSensitivity is OFF.")


def _check_columns(config: Mapping[str, Mapping[str, list[str]]]) -> None:
    named: dict[str, str] = {}
    for key, by_type in config.items():
        for dataset_type, columns in by_type.items():
            if dataset_type.upper() not in {name.upper() for name in _DATASET_TYPES}:
                known = ", ".join(_DATASET_TYPES)
                raise invalid_input(f"trainingDataConfig.{key} has no dataset type {dataset_type}; use {known}.")
            if named.setdefault(dataset_type.upper(), key) != key:
                raise invalid_input(f"trainingDataConfig includes and excludes columns of {dataset_type}; do one.")
            if key == "excludedDatasetColumns" and "EVENT_TYPE" in columns:
                raise invalid_input("EVENT_TYPE cannot be excluded from training.")


def _check_threshold(config: dict[str, Any], event_type: str | None) -> None:
    threshold = config.get("eventValueThreshold")
    if event_type is not None and config.get("eventsConfig", {}).get("eventParametersList"):
        raise invalid_input("eventType and eventsConfig exclude each other.")
    if threshold is None:
        return
    if event_type is None:
        raise invalid_input("eventValueThreshold needs an eventType.")
    if _number(threshold) is None:
        raise invalid_input(f"eventValueThreshold must be a number; it is '{threshold}'.")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
