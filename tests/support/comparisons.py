"""Judgements of made-up candidates, so that comparisons can be checked without a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.evaluation.candidates import Candidate
from tastemaker.evaluation.comparison import build_comparison
from tastemaker.evaluation.judging import Judged
from tastemaker.evaluation.report import HEADLINE
from tastemaker.facts.recipes import RECIPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.metrics import Values

USERS = 400


def make_judged(values: Values, young_found: int = 25) -> Judged:
    """A candidate with these values of nDCG@10; all else is the same for everybody.

    Args:
        young_found: how many of 100 items that are three days old are in the lists.
    """
    users = values.size
    return Judged(
        per_user={HEADLINE: values, "popularity_percentile_at_10": np.full(users, 0.9)},
        whole={"coverage": 0.25, "gini_of_exposure_at_10": 0.85},
        data={"popularity_percentile_of_truth": 0.7, "gini_of_interactions": 0.6},
        user_ids=np.arange(users).astype(object),
        input_lengths=np.where(np.arange(users) < users // 4, 3, 50),
        pair_rows=np.arange(103),
        pair_events=np.array([0, 0, 7] + [3] * 100),
        pair_ages=np.array([-1, -1, 40 * 86_400] + [3 * 86_400] * 100),
        pair_found=np.array([True, False, True] + [at < young_found for at in range(100)]),
    )


def make_candidate(recipe: str, usd: float = 100.0, algorithm: str = "") -> Candidate:
    monthly = {"total": usd, "serving": usd, "training": 0.0}
    return Candidate(RECIPES[recipe], {}, algorithm or recipe, 1.5, monthly)


def compare(values: Mapping[str, Values], candidates: Mapping[str, Candidate]) -> dict[str, Any]:
    """The report; a candidate `popularity` is among them."""
    return build_comparison({name: [make_judged(one)] for name, one in values.items()}, candidates, HEADLINE, 0)
