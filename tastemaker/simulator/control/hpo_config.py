"""`performHPO` and `solutionConfig.hpoConfig`: what the search may try, and how often (reference §3.2).

Ranges that the request leaves out are the recipe's published ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.facts import limits
from tastemaker.simulator.refusals import invalid_input
from tastemaker.simulator.tuning import Choices, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.facts.recipes import RecipeFacts
    from tastemaker.simulator.tuning import Ranges

_RANGES: Final = "algorithmHyperParameterRanges"
_KINDS: Final = ("integerHyperParameterRanges", "continuousHyperParameterRanges", "categoricalHyperParameterRanges")
_DEFAULT_JOBS = 10


@dataclass(frozen=True)
class Search:
    """What HPO may do.

    Attributes:
        jobs: trainings of the search, the last one with the result not counted.
        parallel: how many of them run at once.
    """

    ranges: Ranges
    jobs: int
    parallel: int

    @property
    def rounds(self) -> int:
        """Trainings one after the other."""
        return -(-self.jobs // self.parallel)


def check_hpo(recipe: RecipeFacts, config: Mapping[str, Any], *, wanted: bool) -> None:
    """Check performHPO and hpoConfig.

    Raises:
        RefusalError: InvalidInputException naming the parameter.
        UnsupportedBySimulatorError: whether a v2 recipe refuses or ignores HPO is not documented.
    """
    given = config.get("hpoConfig", {})
    if not wanted and not given:
        return
    if not wanted:
        raise invalid_input("hpoConfig needs performHPO.")
    if recipe.v2_pricing:
        hint = f"Leave it out: {recipe.name} is tuned by the service itself."
        raise UnsupportedBySimulatorError("performHPO with a v2 recipe", hint)
    if not recipe.tunable:
        raise invalid_input(f"performHPO is not supported by recipe {recipe.arn}.")
    if given.get("hpoObjective"):
        raise invalid_input("hpoObjective cannot be configured; leave it out.")
    read_search(recipe, config)


def read_search(recipe: RecipeFacts, config: Mapping[str, Any]) -> Search:
    """The search that a solution asks for."""
    given = config.get("hpoConfig", {})
    resources = given.get("hpoResourceConfig", {})
    jobs = _count(resources, "maxNumberOfTrainingJobs", _DEFAULT_JOBS, limits.MAX_HPO_JOBS)
    parallel = _count(resources, "maxParallelTrainingJobs", 1, limits.MAX_PARALLEL_HPO_JOBS)
    ranges = dict(_read_ranges(recipe, given.get(_RANGES, {})))
    # what is set is not searched
    fixed = config.get("algorithmHyperParameters", {})
    left = ranges or {name: _published(name) for name in recipe.tunable}
    searched = {name: left[name] for name in sorted(left) if name not in fixed}
    if not searched:
        raise invalid_input("performHPO has nothing to tune: algorithmHyperParameters sets every hyperparameter.")
    return Search(searched, jobs, parallel)


def _count(resources: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = resources.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise invalid_input(f"hpoResourceConfig.{name} must be a whole number from 1 to {most}; it is '{text}'.")
    return int(text)


def _read_ranges(
    recipe: RecipeFacts, given: Mapping[str, list[dict[str, Any]]]
) -> Iterator[tuple[str, Span | Choices]]:
    for kind, entry in [(each, entry) for each in _KINDS for entry in given.get(each, ())]:
        name = entry.get("name")
        if name not in recipe.tunable:
            raise invalid_input(f"Hyperparameter '{name}' cannot be tuned with recipe {recipe.arn}.")
        published = _published(name)
        if kind != published.kind:
            raise invalid_input(f"Hyperparameter '{name}' belongs to {published.kind}, not to {kind}.")
        narrowed = published.narrowed(entry)
        if narrowed is None:
            raise invalid_input(f"The range of hyperparameter '{name}' must lie within {published}.")
        yield name, narrowed


def _published(name: str) -> Span | Choices:
    if name in limits.HYPERPARAMETER_CHOICES:
        return Choices(limits.HYPERPARAMETER_CHOICES[name])
    least, most, whole = limits.HYPERPARAMETER_RANGES[name]
    return Span(least, most, whole)
