"""A solution sets a hyperparameter that its recipe does not have, or to a value outside its range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Range = tuple[type[int] | type[float], float, float] | tuple[str, ...]
"""(int or float, lowest, highest), or the values allowed."""

_BOOLEAN: Range = ("true", "false")
_SHARE: Range = (float, 0, 1)
_HIDDEN: Range = (int, 32, 256)
_SEQUENCE: Mapping[str, Range] = {"hidden_dimension": _HIDDEN, "bptt": (int, 2, 32), "recency_mask": _BOOLEAN}
_HISTORY: Mapping[str, Range] = {
    "min_user_history_length_percentile": _SHARE, "max_user_history_length_percentile": _SHARE,
}  # fmt: skip
_ITEM_COUNT: Mapping[str, Range] = {
    "min_item_interaction_count_percentile": _SHARE, "max_item_interaction_count_percentile": _SHARE,
}  # fmt: skip
_FREQUENCY: Range = ("30 minutes", "1 hour", "2 hours", "3 hours", "1 day")

ALGORITHM: Mapping[str, Mapping[str, Range]] = {
    "aws-user-personalization-v2": {"apply_recency_bias": _BOOLEAN},
    "aws-personalized-ranking-v2": {"apply_recency_bias": _BOOLEAN},
    "aws-user-personalization": _SEQUENCE,
    "aws-personalized-ranking": _SEQUENCE,
    "aws-sims": {"popularity_discount_factor": _SHARE, "min_cointeraction_count": (int, 0, 10)},
    "aws-item-affinity": {"hidden_dimension": _HIDDEN},
    "aws-item-attribute-affinity": {"hidden_dimension": _HIDDEN},
}
"""Recipe to its `algorithmHyperParameters`; recipes that are not named have none."""

FEATURE_TRANSFORMATION: Mapping[str, Mapping[str, Range]] = {
    "aws-user-personalization": _HISTORY,
    "aws-personalized-ranking": _HISTORY,
    "aws-sims": {**_HISTORY, **_ITEM_COUNT},
    "aws-trending-now": {"trend_discovery_frequency": _FREQUENCY},
    "aws-next-best-action": {"action_optimization_period": (int, 7, 28)},
}
"""Recipe to its `featureTransformationParameters`; recipes that are not named have none."""


def _settings(declaration: Declaration) -> Iterator[tuple[tuple[str, ...], str, str, str, Mapping[str, Range]]]:
    """Path, recipe, parameter, value and what the recipe knows, for every parameter that is set."""
    for name, solution, recipe in declaration.solutions():
        if recipe.withdrawn:
            continue
        for key, values, known in (
            ("hyperparameters", solution.hyperparameters, ALGORITHM),
            ("featureTransformationParameters", solution.feature_transformation_parameters, FEATURE_TRANSFORMATION),
        ):
            for parameter, value in values.items():
                path = ("solutions", name, key, parameter)
                yield path, recipe.name, parameter, value, known.get(recipe.name, {})


def _check_known(declaration: Declaration) -> Iterator[Violation]:
    for path, recipe, parameter, _, known in _settings(declaration):
        if parameter not in known:
            hint = build_hint(parameter, known, "It has") if known else f"Recipe `{recipe}` has none; remove it."
            yield Violation(path, f"recipe `{recipe}` has no hyperparameter `{parameter}`", hint, at_key=True)


def _check_range(declaration: Declaration) -> Iterator[Violation]:
    for path, _, parameter, value, known in _settings(declaration):
        allowed = known.get(parameter)
        if allowed is not None and not _fits(value, allowed):
            yield Violation(path, f"`{parameter}` cannot be `{value}`", f"Allowed: {_show_range(allowed)}.")


def _fits(value: str, allowed: Range) -> bool:
    kind = allowed[0]
    if isinstance(kind, str):
        return value in allowed
    try:
        return float(allowed[1]) <= kind(value) <= float(allowed[2])
    except ValueError:
        return False


def _show_range(allowed: Range) -> str:
    kind = allowed[0]
    if isinstance(kind, str):
        return ", ".join(str(value) for value in allowed)
    return f"{'whole numbers' if kind is int else 'numbers'} from {allowed[1]} to {allowed[2]}"


_SOURCE = "developer guide, native-recipe pages"
UNKNOWN = Rule("hyperparameter-unknown", "A recipe knows every hyperparameter that is set.", _SOURCE, _check_known)
RANGE = Rule(
    "hyperparameter-range",
    "A hyperparameter is within its documented range.",
    _SOURCE,
    _check_range,
    silenceable=True,
)
