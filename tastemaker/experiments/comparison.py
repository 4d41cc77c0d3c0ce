"""What an experiment has shown: rates of the variants, lifts over the control, and whether the shares fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binomtest, chisquare
from scipy.stats.contingency import relative_risk

from tastemaker.experiments.sequential import Sequential, check_share, relative_lift

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LEVEL = 0.95
MISMATCH_P_VALUE = 0.001
"""Below it the shares are not those of the weights. Source: Fabijan et al. 2019, Diagnosing sample ratio mismatch."""


@dataclass(frozen=True)
class Arm:
    """Units and conversions of one variant.

    Attributes:
        units: users and sessions that met the variant.
        conversion_times: shape (conversions,), seconds; the first outcome of each unit that has one.
    """

    name: str
    weight: float
    units: int
    conversion_times: NDArray[np.float64]

    @property
    def conversions(self) -> int:
        return len(self.conversion_times)

    @property
    def rate(self) -> float | None:
        """None without units."""
        return self.conversions / self.units if self.units else None


@dataclass(frozen=True)
class Lift:
    """A variant against the control; all lifts are relative, 0.1 is a tenth more.

    Attributes:
        lift: None where the control has no conversion.
        low, high: at `LEVEL`, for one look at an end that was fixed before; None where there is no lift.
        p_value: always valid, for any number of looks.
        always_low, always_high: the interval that goes with it; infinity where the control has no conversion.
    """

    variant: str
    lift: float | None
    low: float | None
    high: float | None
    p_value: float
    always_low: float
    always_high: float


@dataclass(frozen=True)
class Preference:
    """Which of two interleaved teams users prefer.

    Attributes:
        credits: team to the outcomes of its items.
        wins: team to the units with more outcomes of its items than of the other's; ties belong to nobody.
        share: of the second team among the units with a preference; None without any.
        low, high: at `LEVEL`, exact (Clopper and Pearson).
        p_value: of the sign test, for one look at an end that was fixed before.
        always_p_value: of the sign test for any number of looks.
    """

    credits: Mapping[str, int]
    wins: Mapping[str, int]
    ties: int
    share: float | None
    low: float | None
    high: float | None
    p_value: float
    always_p_value: float


def compare_arms(control: Arm, treatment: Arm) -> Lift:
    """The treatment's lift over the control.

    Sources: Katz et al. 1978 for the interval of a ratio of rates (scipy's `relative_risk`); `sequential.py`.
    """
    lift = low = high = None
    if control.conversions and treatment.units:
        risk = relative_risk(treatment.conversions, treatment.units, control.conversions, control.units)
        lift = float(risk.relative_risk) - 1
        if treatment.conversions:
            interval = risk.confidence_interval(LEVEL)
            low, high = float(interval.low) - 1, float(interval.high) - 1
    share = treatment.weight / (treatment.weight + control.weight)
    found = _sequential(control, treatment, share)
    always = relative_lift(found.low, share), relative_lift(found.high, share)
    return Lift(treatment.name, lift, low, high, found.p_value, *always)


def check_ratio(arms: tuple[Arm, ...]) -> float:
    """The p-value of the units' numbers under the weights; 1 without units."""
    units = np.array([arm.units for arm in arms], dtype=np.float64)
    weights = np.array([arm.weight for arm in arms])
    if units.sum() == 0:
        return 1.0
    return float(chisquare(units, units.sum() * weights / weights.sum()).pvalue)


def compare_teams(
    teams: tuple[str, str], credited: NDArray[np.int64], preference_order: NDArray[np.float64]
) -> Preference:
    """The sign test over units, which are independent; outcomes of one unit are not.

    Args:
        credited: shape (units, 2), outcomes of each unit by team.
        preference_order: shape (units,), when each unit had its last outcome; the order of the sequential test.
    """
    difference = credited[:, 1] - credited[:, 0]
    decided = difference != 0
    second = (difference > 0)[decided]
    wins, total = int(second.sum()), int(decided.sum())
    totals = {team: int(credited[:, place].sum()) for place, team in enumerate(teams)}
    won = {teams[0]: total - wins, teams[1]: wins}
    ties = int((~decided).sum())
    if total == 0:
        return Preference(totals, won, ties, None, None, None, 1.0, 1.0)
    test = binomtest(wins, total)
    interval = test.proportion_ci(LEVEL)
    in_time = second[np.argsort(preference_order[decided], kind="stable")]
    always = check_share(in_time, 0.5, LEVEL).p_value
    ends = float(interval.low), float(interval.high)
    return Preference(totals, won, ties, wins / total, *ends, float(test.pvalue), always)


def _sequential(control: Arm, treatment: Arm, share: float) -> Sequential:
    times = np.concatenate([control.conversion_times, treatment.conversion_times])
    in_treatment = np.repeat([False, True], [control.conversions, treatment.conversions])
    return check_share(in_treatment[np.argsort(times, kind="stable")], share, LEVEL)
