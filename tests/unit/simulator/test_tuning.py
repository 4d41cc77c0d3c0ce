"""HPO: what is searched, how, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tastemaker.simulator.recipes.base import TrainingFailedError
from tastemaker.simulator.recipes.evaluation import hold_out_users
from tastemaker.simulator.tuning import Choices, Span, tune
from tests.support.newcomers import V1, build_lab, group_of_two_tastes
from tests.support.recipe_data import build_input
from tests.support.simulator import HOUR, CountingModel, refused

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import TrainingInput
    from tastemaker.simulator.tuning import Ranges

RANGES: Ranges = {"depth": Span(1, 9, whole=True), "mask": Choices(("true", "false"))}


@dataclass
class DeepIsBetter:
    """A recipe whose metric grows with `depth` and that fails at 5."""

    trained: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    users: set[int] = field(default_factory=set)

    def train(self, data: TrainingInput) -> CountingModel:
        present = np.unique(data.interactions.user)
        self.users |= set(present.tolist())
        self.trained.append((present.size, dict(data.hyperparameters)))
        if data.hyperparameters["depth"] == "5":
            raise TrainingFailedError("too deep")
        worth = float(data.hyperparameters["depth"])
        empty = np.empty(0)
        return CountingModel(
            empty.astype(object),
            empty.astype(np.float32),
            metrics={"normalized_discounted_cumulative_gain_at_25": worth},
        )

    def load(self, folder: Path) -> CountingModel:
        raise NotImplementedError


def many_users(users: int) -> TrainingInput:
    return build_input([(f"u{user:04}", f"i{user % 7}", 1000 + user) for user in range(users)])


def test_the_best_candidate_wins_within_the_number_of_trainings() -> None:
    recipe = DeepIsBetter()
    best = tune(recipe, many_users(100), RANGES, 12, {"depth": "2", "mask": "true"})
    assert len(recipe.trained) == 12
    assert recipe.trained[0][1] == {"depth": "2", "mask": "true"}
    assert best["depth"] == max(given["depth"] for _, given in recipe.trained)


def test_the_metrics_of_the_version_rest_on_users_that_the_search_never_saw() -> None:
    recipe, data = DeepIsBetter(), many_users(100)
    tune(recipe, data, RANGES, 3, {})
    _, held_out = hold_out_users(100, 0.1, data.seed)
    assert recipe.users & set(held_out.tolist()) == set()
    assert len(recipe.users) == 90


def test_with_many_users_only_the_better_candidates_are_trained_on_all() -> None:
    recipe = DeepIsBetter()
    tune(recipe, many_users(1000), RANGES, 9, {})
    sizes = [size for size, _ in recipe.trained]
    assert sizes == [300] * 6 + [900] * 3
    tried = sorted((int(given["depth"]) if given["depth"] != "5" else -1 for _, given in recipe.trained[:6]))
    assert sorted(int(given["depth"]) for _, given in recipe.trained[6:]) == tried[-3:]


def test_the_same_seed_finds_the_same() -> None:
    found = [tune(DeepIsBetter(), many_users(50), RANGES, 4, {}) for _ in range(2)]
    assert found[0] == found[1]


def test_values_stay_in_their_ranges() -> None:
    rng = np.random.default_rng(1)
    drawn = [float(Span(0.25, 0.5, whole=False).draw(rng)) for _ in range(100)]
    assert 0.25 <= min(drawn) < 0.3 < 0.45 < max(drawn) <= 0.5
    assert {Span(2, 4, whole=True).draw(rng) for _ in range(50)} == {"2", "3", "4"}


HPO: dict[str, Any] = {
    "hpoConfig": {
        "algorithmHyperParameterRanges": {
            "integerHyperParameterRanges": [{"name": "min_cointeraction_count", "minValue": 1, "maxValue": 4}],
            "continuousHyperParameterRanges": [],
            "categoricalHyperParameterRanges": [],
        },
        "hpoResourceConfig": {"maxNumberOfTrainingJobs": "4", "maxParallelTrainingJobs": "2"},
    }
}


def test_the_result_is_shown_and_the_search_is_timed_and_billed(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    solution = lab.solution(group_of_two_tastes(lab), "aws-sims", performHPO=True, solutionConfig=HPO)
    arn = lab.control("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    lab.wait(1.9 * HOUR)  # two rounds of two trainings, then the last one, 40 minutes each
    assert lab.control("DescribeSolutionVersion", solutionVersionArn=arn)["solutionVersion"]["status"] == (
        "CREATE IN_PROGRESS"
    )
    lab.wait(0.2 * HOUR)
    version = lab.control("DescribeSolutionVersion", solutionVersionArn=arn)["solutionVersion"]
    assert (version["status"], version["performHPO"]) == ("ACTIVE", True)
    tuned = version["tunedHPOParams"]["algorithmHyperParameters"]
    assert list(tuned) == ["min_cointeraction_count"]
    assert 1 <= int(tuned["min_cointeraction_count"]) <= 4
    assert version["trainingHours"] == pytest.approx(5 * 40 / 60, abs=0.01)
    assert lab.simulator.meter.v1_training_hours == pytest.approx(5 * 40 / 60, abs=0.01)


def test_without_hpo_nothing_is_tuned(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    version = lab.version(lab.solution(group_of_two_tastes(lab), "aws-sims"))
    described = lab.control("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert "tunedHPOParams" not in described


def ranges(kind: str, **entry: Any) -> dict[str, Any]:
    return {"hpoConfig": {"algorithmHyperParameterRanges": {kind: [entry]}}}


@pytest.mark.parametrize(
    ("recipe", "wanted", "config", "message"),
    [
        ("aws-popularity-count", True, {}, "performHPO is not supported by recipe"),
        ("aws-item-affinity", True, {}, "performHPO is not supported by recipe"),
        ("aws-sims", False, HPO, "hpoConfig needs performHPO."),
        ("aws-sims", True, {"hpoConfig": {"hpoObjective": {"type": "Maximize"}}}, "hpoObjective cannot be configured"),
        (
            "aws-sims",
            True,
            {"hpoConfig": {"hpoResourceConfig": {"maxNumberOfTrainingJobs": "41"}}},
            "hpoResourceConfig.maxNumberOfTrainingJobs must be a whole number from 1 to 40; it is '41'.",
        ),
        (
            "aws-sims",
            True,
            {"hpoConfig": {"hpoResourceConfig": {"maxParallelTrainingJobs": "many"}}},
            "hpoResourceConfig.maxParallelTrainingJobs must be a whole number from 1 to 10; it is 'many'.",
        ),
        (
            V1,
            True,
            ranges("integerHyperParameterRanges", name="bptt", minValue=1, maxValue=8),
            "The range of hyperparameter 'bptt' must lie within 2 to 32.",
        ),
        (
            V1,
            True,
            ranges("categoricalHyperParameterRanges", name="recency_mask", values=["maybe"]),
            "The range of hyperparameter 'recency_mask' must lie within true, false.",
        ),
        (
            V1,
            True,
            ranges("continuousHyperParameterRanges", name="bptt", minValue=2, maxValue=8),
            "Hyperparameter 'bptt' belongs to integerHyperParameterRanges, not to continuousHyperParameterRanges.",
        ),
        (
            V1,
            True,
            ranges("integerHyperParameterRanges", name="depth", minValue=2, maxValue=8),
            "Hyperparameter 'depth' cannot be tuned with recipe",
        ),
        (
            "aws-sims",
            True,
            {"algorithmHyperParameters": {"popularity_discount_factor": "0.1", "min_cointeraction_count": "2"}},
            "performHPO has nothing to tune",
        ),
    ],
)
def test_a_search_that_the_recipe_does_not_take_is_invalid(
    tmp_path: Path, recipe: str, wanted: bool, config: dict[str, Any], message: str
) -> None:
    lab = build_lab(tmp_path)
    with refused("InvalidInputException", message):
        lab.solution(lab.group(), recipe, performHPO=wanted, solutionConfig=config)
