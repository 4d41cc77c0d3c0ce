"""Hyperparameter optimisation: a seeded random search with one halving, on users that the documented metrics never see.

The documented hold-out, a tenth of the users, is taken away first. Every trial is a training of the recipe on a part of
the rest and is judged by that training's own metrics, which come from users held out once more. Two thirds of the
trainings try candidates on a third of the users, the others the best of them on all. The first candidate holds the
recipe's defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tastemaker.simulator.featurization import keep_rows
from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.recipes.base import TrainingFailedError
from tastemaker.simulator.recipes.evaluation import TEST_SHARE, hold_out_users

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.recipes.base import Recipe, TrainingInput

OBJECTIVE: Final = "normalized_discounted_cumulative_gain_at_25"
_FIRST_SHARE, _FIRST_USERS, _MIN_USERS = 2 / 3, 1 / 3, 200
FIDELITY: Final = (
    Fidelity(
        "Training options", "HPO", Grade.APPROXIMATE,
        "A seeded search within the ranges, with as many trainings as maxNumberOfTrainingJobs says (10 unless set), "
        "judged by nDCG at 25 on users that the metrics of the version do not use. Timed and billed as the "
        "trainings of the search, maxParallelTrainingJobs (1 unless set) at a time, and one more with the result. The "
        "service does not publish its search, its objective or these defaults.",
        "Developer Guide, customizing-solution-config-hpo",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Span:
    """Numbers from `least` to `most`, both included."""

    least: float
    most: float
    whole: bool

    @property
    def kind(self) -> str:
        return f"{'integer' if self.whole else 'continuous'}HyperParameterRanges"

    def __str__(self) -> str:
        return f"{self.least:g} to {self.most:g}"

    def narrowed(self, entry: Mapping[str, Any]) -> Span | None:
        """The part that a request asks for; None when it is not a part of this one."""
        least, most = entry.get("minValue", self.least), entry.get("maxValue", self.most)
        return replace(self, least=least, most=most) if self.least <= least <= most <= self.most else None

    def draw(self, rng: np.random.Generator) -> str:
        if self.whole:
            return str(int(rng.integers(int(self.least), int(self.most) + 1)))
        return f"{rng.uniform(self.least, self.most):.4f}"


@dataclass(frozen=True)
class Choices:
    values: tuple[str, ...]
    kind: str = "categoricalHyperParameterRanges"

    def __str__(self) -> str:
        return ", ".join(self.values)

    def narrowed(self, entry: Mapping[str, Any]) -> Choices | None:
        """The part that a request asks for; None when it is not a part of this one."""
        wanted = tuple(entry.get("values", self.values))
        known = wanted and all(value.lower() in self.values for value in wanted)
        return replace(self, values=wanted) if known else None

    def draw(self, rng: np.random.Generator) -> str:
        return self.values[int(rng.integers(len(self.values)))]


Ranges = dict[str, Span | Choices]


def tune(recipe: Recipe, data: TrainingInput, ranges: Ranges, jobs: int, defaults: Mapping[str, str]) -> dict[str, str]:
    """The best values found for the hyperparameters of `ranges`.

    Args:
        data: what the training itself will see; its seed also decides the candidates.
        jobs: how many trainings the search may take, at least 1.
        defaults: the recipe's own values, the first candidate where they lie in the ranges.
    """
    rng = np.random.default_rng([data.seed % 2**63, 1])
    inner = _take_users(data, 1.0)
    first = _first_candidate(ranges, defaults, rng)
    halved = jobs > 2 and np.unique(inner.interactions.user).size * _FIRST_USERS >= _MIN_USERS
    tried = max(1, round(jobs * _FIRST_SHARE)) if halved else jobs
    candidates = [first, *({name: ranges[name].draw(rng) for name in ranges} for _ in range(tried - 1))]
    if not halved:
        return _ranked(recipe, inner, candidates)[0]
    best = _ranked(recipe, _take_users(data, _FIRST_USERS), candidates)[: jobs - tried]
    return _ranked(recipe, inner, best)[0]


def _first_candidate(ranges: Ranges, defaults: Mapping[str, str], rng: np.random.Generator) -> dict[str, str]:
    drawn = {name: ranges[name].draw(rng) for name in ranges}
    return {name: defaults[name] if _holds(ranges[name], defaults.get(name)) else drawn[name] for name in ranges}


def _holds(values: Span | Choices, value: str | None) -> bool:
    if value is None:
        return False
    return value in values.values if isinstance(values, Choices) else values.least <= float(value) <= values.most


def _take_users(data: TrainingInput, share: float) -> TrainingInput:
    """The users of the training without the documented hold-out, or a seeded part of them."""
    present = np.unique(data.interactions.user)
    kept, _ = hold_out_users(present.size, TEST_SHARE, data.seed)
    if share < 1:
        _, part = hold_out_users(kept.size, share, data.seed + 2)
        kept = kept[part]
    rows = np.isin(data.interactions.user, present[kept])
    return replace(data, interactions=keep_rows(data.interactions, rows))


def _ranked(recipe: Recipe, data: TrainingInput, candidates: list[dict[str, str]]) -> list[dict[str, str]]:
    """Candidates by what their training is worth, best first; the earlier one of equals."""
    worth = [_judge(recipe, data, candidate) for candidate in candidates]
    order = sorted(range(len(candidates)), key=lambda place: -worth[place])
    return [candidates[place] for place in order]


def _judge(recipe: Recipe, data: TrainingInput, candidate: Mapping[str, str]) -> float:
    try:
        model = recipe.train(replace(data, hyperparameters={**data.hyperparameters, **candidate}))
    except TrainingFailedError:
        return -1.0
    return float(model.metrics.get(OBJECTIVE, 0.0))
