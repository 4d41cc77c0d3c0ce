"""What a solution may be configured to do, by its recipe (reference §3.2, §3.3)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.facts import limits
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from tastemaker.facts.recipes import RecipeFacts

_UNSUPPORTED = {
    "hpoConfig": "Set algorithmHyperParameters instead.",
    "autoMLConfig": "Name a recipe instead.",
    "optimizationObjective": "",
}
_EXTRA_HYPERPARAMETERS = {"aws-similar-items": {"item_id_hidden_dim", "item_metadata_hidden_dim"}}
_FEATURES = {
    "aws-trending-now": {"trend_discovery_frequency"},
    "aws-next-best-action": {"action_optimization_period"},
}


def parameter_names(recipe: RecipeFacts) -> tuple[str, ...]:
    """What a solution with this recipe may set: hyperparameters, then featureTransformationParameters."""
    extra = sorted(_EXTRA_HYPERPARAMETERS.get(recipe.name, ())) + sorted(_FEATURES.get(recipe.name, ()))
    return (*(name for name, _ in recipe.hyperparameters), *extra)


def check_config(recipe: RecipeFacts, config: dict[str, Any], event_type: str | None) -> None:
    """Check a solution's `solutionConfig`.

    Raises:
        RefusalError: InvalidInputException naming the parameter.
        UnsupportedBySimulatorError: the real service would act on a parameter that the simulator cannot honour.
    """
    for name, hint in _UNSUPPORTED.items():
        if name in config:
            raise UnsupportedBySimulatorError(f"solutionConfig.{name}", hint)
    known = {name for name, _ in recipe.hyperparameters} | _EXTRA_HYPERPARAMETERS.get(recipe.name, set())
    _check_parameters(recipe, config.get("algorithmHyperParameters", {}), known)
    _check_features(recipe, config.get("featureTransformationParameters", {}))
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
    if len({entry.get("weight", 1.0) for entry in entries}) > 1:
        raise UnsupportedBySimulatorError(
            "solutionConfig.eventsConfig with different weights", "Give every event type the same weight."
        )


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


def _check_parameters(recipe: RecipeFacts, given: dict[str, str], known: set[str]) -> None:
    for name, value in given.items():
        if name not in known:
            raise invalid_input(f"Hyperparameter '{name}' is not supported by recipe {recipe.arn}.")
        _check_value(name, value)


def _check_features(recipe: RecipeFacts, given: dict[str, str]) -> None:
    known = _FEATURES.get(recipe.name, set())
    for name, value in given.items():
        if name not in known:
            raise UnsupportedBySimulatorError(f"featureTransformationParameters.{name} for recipe {recipe.name}")
        _check_value(name, value)


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


def _check_threshold(config: dict[str, Any], event_type: str | None) -> None:
    threshold = config.get("eventValueThreshold")
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
