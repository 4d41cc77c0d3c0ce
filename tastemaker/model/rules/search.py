"""A search for hyperparameters tries what its recipe can be tuned by, within the published ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts import limits
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.search import CategoricalRange, ContinuousRange, HpoConfig, IntegerRange
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.source import Path

Range = IntegerRange | ContinuousRange | CategoricalRange

_JOBS = {
    "maxNumberOfTrainingJobs": ("max_number_of_training_jobs", limits.MAX_HPO_JOBS),
    "maxParallelTrainingJobs": ("max_parallel_training_jobs", limits.MAX_PARALLEL_HPO_JOBS),
}
_RANGES = "algorithmHyperParameterRanges"
_INTEGER, _CONTINUOUS, _CATEGORICAL = (
    f"{kind}HyperParameterRanges" for kind in ("integer", "continuous", "categorical")
)


def _check(declaration: Declaration) -> Iterator[Violation]:
    """Recipes without a search are the rule `option-not-supported`'s."""
    for name, solution, recipe in declaration.solutions():
        config, path = solution.hpo_config, ("solutions", name, "hpoConfig")
        if config is None:
            continue
        if solution.perform_hpo is not True:
            yield Violation(path, "`hpoConfig` needs `performHPO: true`", "Set it, or remove hpoConfig.", at_key=True)
        yield from _check_jobs(path, config)
        if recipe.tunable:
            yield from _check_ranges(path, config, recipe.tunable)


def _check_jobs(path: Path, config: HpoConfig) -> Iterator[Violation]:
    for key, (attribute, most) in _JOBS.items():
        count = getattr(config.hpo_resource_config, attribute, None)
        if count is not None and int(count) > most:
            message = f"`{key}` is {count}; Amazon Personalize takes {most} at most"
            yield Violation((*path, "hpoResourceConfig", key), message, "Each job is billed like a training.")


def _check_ranges(path: Path, config: HpoConfig, tunable: tuple[str, ...]) -> Iterator[Violation]:
    for kind, at, one in _list_ranges(config):
        place: Path = (*path, _RANGES, kind, at, "name")
        if one.name not in tunable:
            yield Violation(place, f"`{one.name}` cannot be searched", build_hint(one.name, tunable, "This recipe has"))
        elif kind != (right := _find_kind(one.name)):
            yield Violation(place, f"`{one.name}` belongs to {right}", "Move it there.")
        elif not _is_within(one):
            published = _show_published(one.name)
            yield Violation(place, f"the range of `{one.name}` leaves what the recipe takes", f"Allowed: {published}.")


def _list_ranges(config: HpoConfig) -> Iterator[tuple[str, int, Range]]:
    """Kind as the API names it, place in its list, range."""
    ranges = config.algorithm_hyper_parameter_ranges
    if ranges is None:
        return
    lists: dict[str, tuple[Range, ...]] = {
        _INTEGER: ranges.integer_hyper_parameter_ranges,
        _CONTINUOUS: ranges.continuous_hyper_parameter_ranges,
        _CATEGORICAL: ranges.categorical_hyper_parameter_ranges,
    }
    for kind, entries in lists.items():
        for at, one in enumerate(entries):
            yield kind, at, one


def _find_kind(name: str) -> str:
    if name in limits.HYPERPARAMETER_CHOICES:
        return _CATEGORICAL
    _, _, whole = limits.HYPERPARAMETER_RANGES[name]
    return _INTEGER if whole else _CONTINUOUS


def _is_within(one: Range) -> bool:
    if isinstance(one, CategoricalRange):
        return all(value.lower() in limits.HYPERPARAMETER_CHOICES[one.name] for value in one.values)
    least, most, _ = limits.HYPERPARAMETER_RANGES[one.name]
    return least <= one.min_value <= one.max_value <= most


def _show_published(name: str) -> str:
    if name in limits.HYPERPARAMETER_CHOICES:
        return ", ".join(limits.HYPERPARAMETER_CHOICES[name])
    least, most, _ = limits.HYPERPARAMETER_RANGES[name]
    return f"{least:g} to {most:g}"


RULE = Rule(
    "hyperparameter-search",
    "A search for hyperparameters stays within what the recipe can be tuned by.",
    "developer guide, customizing-solution-config-hpo",
    _check,
)
