"""Tests that may be looked at as often as one likes, on counts of two kinds that come one after the other.

Who converts belongs to the treatment with the probability r / (r + (1 - r) p_control / p_treatment), r being the share
of units assigned to it; so without an effect it is r, whatever the rate of conversion, and each conversion is a draw.
The likelihood ratio of a mixture over that probability (Beta) against one fixed probability is a martingale with mean
1, and by Ville's inequality it ever exceeds 1/alpha with a probability of at most alpha.
Sources: Lindon and Malek 2022, Anytime-valid inference for multinomial count data; Robbins 1970. The distributions are
scipy's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import brentq
from scipy.stats import betabinom, binom

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONCENTRATION = 100.0
"""Of the Beta mixture around the share without an effect: its standard deviation is that of a lift of some 20 %."""
_EDGE = 1e-9


@dataclass(frozen=True)
class Sequential:
    """Outcome of the test at any moment.

    Attributes:
        p_value: always valid; of the strongest moment so far.
        low, high: of the share of the treatment, always valid at the level asked for.
    """

    p_value: float
    low: float
    high: float


def check_share(in_treatment: NDArray[np.bool_], share: float, level: float = 0.95) -> Sequential:
    """Whether the treatment's share of the conversions is the share of its units.

    Args:
        in_treatment: shape (conversions,), in the order of time.
        share: of the units assigned to the treatment, by design; between 0 and 1.
    """
    total = len(in_treatment)
    if total == 0:
        return Sequential(1.0, 0.0, 1.0)
    counts, totals = np.cumsum(in_treatment), np.arange(1, total + 1)
    evidence = _log_ratio(counts, totals, share, share)
    p_value = min(1.0, float(np.exp(-np.max(evidence))))
    return Sequential(p_value, *_interval(int(counts[-1]), total, share, level))


def relative_lift(treatment_share: float, share: float) -> float:
    """The lift of the treatment's rate over the control's that gives this share of the conversions; inf for all."""
    if treatment_share >= 1:
        return float("inf")
    return treatment_share / (1 - treatment_share) * (1 - share) / share - 1


def _log_ratio(counts: Any, totals: Any, probability: float, share: float) -> Any:
    mixture = betabinom.logpmf(counts, totals, CONCENTRATION * share, CONCENTRATION * (1 - share))
    return mixture - binom.logpmf(counts, totals, probability)


def _interval(count: int, total: int, share: float, level: float) -> tuple[float, float]:
    """All probabilities that the mixture does not refute by now."""

    def excess(probability: float) -> float:
        return float(_log_ratio(count, total, probability, share)) + float(np.log1p(-level))

    centre = min(max(count / total, _EDGE), 1 - _EDGE)
    low = 0.0 if count == 0 else brentq(excess, _EDGE, centre)
    high = 1.0 if count == total else brentq(excess, centre, 1 - _EDGE)
    return float(low), float(high)
