"""The statistics of experiments, by worked examples and by simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.experiments.comparison import Arm, Lift, check_ratio, compare_arms, compare_teams
from tastemaker.experiments.sequential import check_share, relative_lift
from tastemaker.experiments.size import units_needed

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNITS, RATE = 4_000, 0.05


def _arms(rng: np.random.Generator, lift: float = 0.0, units: int = UNITS, share: float = 0.5) -> tuple[Arm, Arm]:
    """Control and treatment; units come one after the other and are assigned by a coin."""
    treated = rng.random(units) < share
    converted = rng.random(units) < np.where(treated, RATE * (1 + lift), RATE)
    times = np.arange(units, dtype=np.float64)
    return (
        Arm("old", 1 - share, int((~treated).sum()), times[converted & ~treated]),
        Arm("new", share, int(treated.sum()), times[converted & treated]),
    )


def _lifts(count: int, **options: float) -> list[Lift]:
    rng = np.random.default_rng(7)
    return [compare_arms(*_arms(rng, **options)) for _ in range(count)]  # type: ignore[arg-type]


def _covered(ends: list[tuple[float | None, float | None]], truth: float) -> float:
    return float(np.mean([low is not None and high is not None and low <= truth <= high for low, high in ends]))


def test_a_worked_example_of_a_lift() -> None:
    """30 of 100 against 20 of 100; the interval by hand: log(1.5) ± 1.96 sqrt(1/30 - 1/100 + 1/20 - 1/100)."""
    lift = compare_arms(Arm("old", 1, 100, np.arange(20.0)), Arm("new", 1, 100, np.arange(30.0)))
    assert (lift.lift, lift.low, lift.high) == pytest.approx((0.5, -0.0836, 1.4564), abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 0.2])
def test_without_an_effect_the_interval_covers_and_the_test_is_silent(share: float) -> None:
    lifts = _lifts(1_000, share=share)
    assert 0.93 <= _covered([(one.low, one.high) for one in lifts], 0.0) <= 0.97
    assert _covered([(one.always_low, one.always_high) for one in lifts], 0.0) >= 0.95
    # The p-value is that of the strongest moment: looking after every single conversion.
    assert np.mean([one.p_value <= 0.05 for one in lifts]) <= 0.05


@pytest.mark.slow
def test_looking_again_and_again_at_a_test_for_one_look_deceives_and_ours_does_not() -> None:
    """The simulation has power: a test that is meant for one look fails it."""
    rng = np.random.default_rng(3)
    deceived = ours = 0
    for _ in range(120):
        control, treatment = _arms(rng, units=8_000)
        ours += compare_arms(control, treatment).p_value <= 0.05
        for end in range(1_000, 8_001, 1_000):
            seen = [
                Arm(arm.name, 1, end // 2, arm.conversion_times[arm.conversion_times < end])
                for arm in (control, treatment)
            ]
            look = compare_arms(*seen)
            if look.low is not None and look.high is not None and not look.low <= 0 <= look.high:
                deceived += 1
                break
    assert deceived / 120 > 0.12
    assert ours / 120 <= 0.05


@pytest.mark.slow
def test_a_planted_lift_is_found_and_lies_in_the_intervals() -> None:
    lifts = _lifts(200, lift=0.3, units=40_000)
    assert np.mean([one.p_value <= 0.05 for one in lifts]) > 0.9
    assert _covered([(one.low, one.high) for one in lifts], 0.3) >= 0.9
    assert _covered([(one.always_low, one.always_high) for one in lifts], 0.3) >= 0.95


@pytest.mark.slow
def test_the_size_gives_the_power_that_it_promises() -> None:
    control, treatment = units_needed(RATE, 0.3, power=0.8)
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(400):
        old, new = rng.binomial(control, RATE), rng.binomial(treatment, RATE * 1.3)
        lift = compare_arms(
            Arm("old", 1, control, np.arange(float(old))), Arm("new", 1, treatment, np.arange(float(new)))
        )
        found += lift.low is not None and lift.low > 0
    assert 0.74 <= found / 400 <= 0.86


def test_the_size_of_a_textbook_example() -> None:
    """Two rates of 0.6 and 0.5, 5 % and 80 %: 388 each (Fleiss, Levin and Paik, 4.2, before the correction)."""
    assert units_needed(0.5, 0.2) == (388, 388)


def test_unequal_shares_need_more_units() -> None:
    control, treatment = units_needed(0.05, 0.1, control_share=0.8)
    assert control == pytest.approx(4 * treatment, abs=4)
    assert control + treatment > sum(units_needed(0.05, 0.1))


@pytest.mark.parametrize(("baseline", "lift"), [(0.05, 0.0), (0.5, 1.0), (0.5, -1.0)])
def test_a_size_of_nothing_is_refused(baseline: float, lift: float) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        units_needed(baseline, lift)


def test_empty_arms_have_no_lift_and_no_evidence() -> None:
    nothing = np.array([])
    lift = compare_arms(Arm("old", 1, 0, nothing), Arm("new", 1, 0, nothing))
    assert (lift.lift, lift.low, lift.p_value) == (None, None, 1.0)
    assert (lift.always_low, lift.always_high) == (-1.0, float("inf"))


def test_a_control_without_conversions_has_evidence_but_no_lift() -> None:
    lift = compare_arms(Arm("old", 1, 50, np.array([])), Arm("new", 1, 50, np.arange(30.0)))
    assert (lift.lift, lift.always_high) == (None, float("inf"))
    assert lift.p_value < 0.05
    assert lift.always_low > 0


def test_a_share_and_its_lift_belong_together() -> None:
    assert relative_lift(0.5, 0.5) == 0
    assert relative_lift(0.2, 0.2) == pytest.approx(0)
    assert relative_lift(2 / 3, 0.5) == pytest.approx(1)
    # 100 of 1,000 against 10 of 100: the same rate.
    assert relative_lift(10 / 110, 1 / 11) == pytest.approx(0)


def test_a_wrong_ratio_of_units_is_noticed() -> None:
    def arms(first: int, second: int) -> tuple[Arm, ...]:
        return Arm("a", 1, first, np.array([])), Arm("b", 2, second, np.array([]))

    assert check_ratio(arms(1_000, 2_000)) == 1.0
    assert check_ratio(arms(1_200, 2_000)) < 0.001
    assert check_ratio(arms(0, 0)) == 1.0


def _teams(rng: np.random.Generator, preference: float, units: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    clicks = rng.poisson(1.0, units)
    second = rng.binomial(clicks, preference)
    return np.stack([clicks - second, second], axis=1), rng.permutation(units).astype(np.float64)


def test_credit_is_counted_by_unit() -> None:
    credited = np.array([[9, 0], [0, 1], [0, 1], [2, 2], [1, 3]])
    found = compare_teams(("old", "new"), credited, np.arange(5.0))
    assert (found.credits, found.wins, found.ties) == ({"old": 12, "new": 7}, {"old": 1, "new": 3}, 1)
    assert found.share == 0.75
    assert found.p_value == pytest.approx(0.625)


@pytest.mark.slow
def test_equal_teams_are_rarely_told_apart_and_a_better_one_is() -> None:
    rng = np.random.default_rng(5)
    equal = [compare_teams(("old", "new"), *_teams(rng, 0.5, 400)) for _ in range(300)]
    assert np.mean([one.p_value <= 0.05 for one in equal]) <= 0.06
    assert np.mean([one.always_p_value <= 0.05 for one in equal]) <= 0.05
    better = [compare_teams(("old", "new"), *_teams(rng, 0.6, 2_000)) for _ in range(20)]
    assert all(one.always_p_value <= 0.05 and one.low is not None and one.low > 0.5 for one in better)


def test_no_preference_is_no_evidence() -> None:
    found = compare_teams(("old", "new"), np.array([[1, 1]]), np.arange(1.0))
    assert (found.share, found.p_value, found.always_p_value) == (None, 1.0, 1.0)


def test_extreme_counts_have_an_interval() -> None:
    found = check_share(np.ones(500, dtype=np.bool_), 0.5)
    assert found.high == 1.0
    assert 0.8 < found.low < 1.0
    assert check_share(np.zeros(500, dtype=np.bool_), 0.5).low == 0.0
