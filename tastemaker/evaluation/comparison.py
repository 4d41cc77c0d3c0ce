"""Candidates against each other on the same requests: who is best, who cannot be told apart from the best.

Who is best is chosen by the same data, and there are many comparisons: single intervals of 95 % would call equal
candidates worse much more often than one time in twenty. The intervals of differences to the best hold all together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.evaluation.candidates import Standing
from tastemaker.evaluation.intervals import joint_margins
from tastemaker.evaluation.judging import join_judged
from tastemaker.evaluation.recommendation import recommend
from tastemaker.evaluation.report import DECIMALS, build_difference, build_report
from tastemaker.evaluation.solutions import BASELINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.evaluation.candidates import Candidate
    from tastemaker.evaluation.judging import Judged

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
    names = list(joined)
    values = np.stack([one.per_user[metric] for one in joined.values()])
    means = values.mean(axis=1)
    best = min(range(len(names)), key=lambda row: (-means[row], names[row]))
    margins = joint_margins(values, seed, joined[names[best]].people)[best]
    return {
        name: {
            "candidate": names[best],
            "value": round(float(mean - means[best]), DECIMALS),
            "low": round(float(mean - means[best] - margin), DECIMALS),
            "high": round(float(mean - means[best] + margin), DECIMALS),
        }
        for name, mean, margin in zip(names, means, margins, strict=True)
    }


def _stand(name: str, difference: Mapping[str, Any]) -> Standing:
    if difference["candidate"] == name:
        return Standing.BEST
    return Standing.WORSE if difference["high"] < 0 else Standing.NOT_TOLD_APART
