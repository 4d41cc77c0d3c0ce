"""Candidates against each other on the same requests: who is best, who cannot be told apart from the best.

Differences to the best are paired, and their intervals are widened so that all of them hold together with 95 %
(Bonferroni): with ten candidates, one would otherwise look worse by chance every other time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.evaluation.candidates import Standing
from tastemaker.evaluation.intervals import LEVEL, bootstrap
from tastemaker.evaluation.judging import join_judged
from tastemaker.evaluation.recommendation import recommend
from tastemaker.evaluation.report import DECIMALS, build_difference, build_report
from tastemaker.evaluation.solutions import BASELINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.evaluation.candidates import Candidate
    from tastemaker.evaluation.judging import Judged

RESAMPLES = 4000
"""More than for single intervals, whose ends are not so far out."""
_SHARED = ("users", "requests", "data")


def build_comparison(
    judged: Mapping[str, Sequence[Judged]], candidates: Mapping[str, Candidate], metric: str, seed: int
) -> dict[str, Any]:
    """Figures, standings and the recommendation; all candidates answered the same requests in the same order.

    Args:
        judged: candidate to its judgement of each case; the baseline `popularity` is one of them.
        metric: of `Judged.per_user`; decides who is best.
    """
    joined = {name: join_judged(parts) for name, parts in judged.items()}
    reports = {name: build_report(one, seed) for name, one in joined.items()}
    differences = _compare_with_best(joined, metric, seed)
    found = {
        name: {
            "recipe": candidates[name].recipe.name,
            "settings": dict(candidates[name].settings),
            "standing": _stand(name, differences[name]),
            **{part: figures for part, figures in reports[name].items() if part not in _SHARED},
            f"difference_to_{BASELINE}": build_difference(one, joined[BASELINE], seed),
            "difference_to_best": differences[name],
            "training_seconds": round(candidates[name].training_seconds, 2),
            "monthly_usd": {kind: round(usd, 2) for kind, usd in candidates[name].monthly_usd.items()},
        }
        for name, one in joined.items()
    }
    report = {
        "metric": metric,
        "cases": len(judged[BASELINE]),
        **{part: reports[BASELINE][part] for part in _SHARED},
        "candidates": found,
    }
    return {**report, "recommendation": recommend(report, candidates)}


def _compare_with_best(joined: Mapping[str, Judged], metric: str, seed: int) -> dict[str, dict[str, Any]]:
    """Candidate minus the best; nothing but zeros for the best itself. Of equal means, the first by name is best."""
    values = {name: one.per_user[metric] for name, one in joined.items()}
    best = min(values, key=lambda name: (-float(values[name].mean()), name))
    stacked = np.stack([one - values[best] for one in values.values()])
    level = 1 - (1 - LEVEL) / max(len(values) - 1, 1)
    low, high = bootstrap(stacked, seed, RESAMPLES, people=joined[best].people, level=level)
    return {
        name: {
            "candidate": best,
            "value": round(float(stacked[row].mean()), DECIMALS),
            "low": round(float(low[row]), DECIMALS),
            "high": round(float(high[row]), DECIMALS),
        }
        for row, name in enumerate(values)
    }


def _stand(name: str, difference: Mapping[str, Any]) -> Standing:
    if difference["candidate"] == name:
        return Standing.BEST
    return Standing.WORSE if difference["high"] < 0 else Standing.NOT_TOLD_APART
