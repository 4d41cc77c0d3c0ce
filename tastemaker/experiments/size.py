"""How many units an experiment needs."""

from __future__ import annotations

import math

from scipy.stats import norm


def units_needed(
    baseline: float, lift: float, *, power: float = 0.8, significance: float = 0.05, control_share: float = 0.5
) -> tuple[int, int]:
    """Units of control and treatment by which a lift of this size is found with this probability, in one look.

    Source: Fleiss, Levin and Paik 2003, Statistical methods for rates and proportions, section 4.2 (two-sided, unequal
    sizes, without continuity correction).

    Args:
        baseline: rate of conversion of the control, between 0 and 1.
        lift: relative; 0.1 is a tenth more. The treatment's rate stays between 0 and 1.
        control_share: of both variants' units.

    Raises:
        ValueError: there is nothing to find, or no such rate.
    """
    treated = baseline * (1 + lift)
    if lift == 0 or not 0 < treated < 1:
        raise ValueError(f"a lift of {lift:g} makes a rate of {treated:g} of {baseline:g}; it must lie between 0 and 1")
    ratio = control_share / (1 - control_share)
    pooled = (treated + ratio * baseline) / (1 + ratio)
    accepted = norm.ppf(1 - significance / 2) * math.sqrt((1 + ratio) * pooled * (1 - pooled))
    found = norm.ppf(power) * math.sqrt(ratio * treated * (1 - treated) + baseline * (1 - baseline))
    treatment = ((accepted + found) / (treated - baseline)) ** 2 / ratio
    return math.ceil(ratio * treatment), math.ceil(treatment)
