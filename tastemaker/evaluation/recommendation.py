"""From figures to advice: which candidate to take, and how sure that is.

The rule: of the candidates that the data cannot tell apart from the best one, the cheapest; at equal cost, the one with
the highest mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.evaluation.candidates import Standing
from tastemaker.evaluation.reasons import Choice, Verdict, build_headline, build_reasons
from tastemaker.evaluation.solutions import BASELINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.evaluation.candidates import Candidate


def recommend(report: Mapping[str, Any], candidates: Mapping[str, Candidate]) -> dict[str, Any]:
    """Candidate, verdict and reasons.

    Args:
        report: what `build_comparison` found.
    """
    found = report["candidates"]
    equals = [name for name, one in found.items() if one["standing"] != Standing.WORSE]
    chosen = min(equals, key=lambda name: _rank(report, name))
    doubles = tuple(name for name in equals if _is_double(report, candidates, name, chosen))
    rivals = tuple(name for name in equals if name not in {chosen, *doubles})
    choice = Choice(report, candidates, chosen, doubles, rivals, _judge(chosen, rivals))
    return {
        "candidate": chosen,
        "recipe": found[chosen]["recipe"],
        "verdict": choice.verdict,
        "same_here": list(doubles),
        "not_told_apart": list(rivals),
        "headline": build_headline(choice),
        "reasons": build_reasons(choice),
    }


def _rank(report: Mapping[str, Any], name: str) -> tuple[float, float, str]:
    one = report["candidates"][name]
    return one["monthly_usd"]["total"], -one["metrics"][report["metric"]]["value"], name


def _is_double(report: Mapping[str, Any], candidates: Mapping[str, Candidate], name: str, chosen: str) -> bool:
    """Whether two recipes are one algorithm here and gave the same figures: nothing was compared but their prices."""
    own, other = candidates[chosen], candidates[name]
    alike = report["candidates"][name]["metrics"] == report["candidates"][chosen]["metrics"]
    return alike and own.algorithm == other.algorithm and own.recipe.name != other.recipe.name


def _judge(chosen: str, rivals: Sequence[str]) -> Verdict:
    if not rivals:
        return Verdict.BEST
    return Verdict.UNDECIDED if BASELINE in {chosen, *rivals} else Verdict.SEVERAL
