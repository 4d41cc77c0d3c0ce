from __future__ import annotations

import numpy as np

from tastemaker.evaluation.intervals import bootstrap, joint_margins


def test_the_interval_of_a_normal_mean_is_two_standard_errors_wide_on_each_side() -> None:
    values = np.random.default_rng(3).normal(10.0, 2.0, 400)
    low, high = bootstrap(values[None], seed=0)
    error = values.std() / 20
    assert abs((values.mean() - low[0]) / error - 1.96) < 0.25
    assert abs((high[0] - values.mean()) / error - 1.96) < 0.25


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(3).random((2, 50))
    assert np.array_equal(bootstrap(values, seed=5), bootstrap(values, seed=5))
    assert not np.array_equal(bootstrap(values, seed=5), bootstrap(values, seed=6))


def test_a_paired_difference_is_narrower_than_its_parts() -> None:
    rng = np.random.default_rng(1)
    users = rng.normal(0, 1, 200)
    better = users + 0.1 + rng.normal(0, 0.01, 200)
    low, high = bootstrap(np.stack([users, better, better - users]), seed=0)
    assert low[2] > 0
    assert high[2] - low[2] < 0.1 * (high[0] - low[0])


def test_users_without_a_value_do_not_count() -> None:
    low, high = bootstrap(np.array([[1.0, 1.0, np.nan], [np.nan, np.nan, np.nan]]), seed=0)
    assert (low[0], high[0]) == (1.0, 1.0)
    assert (low[1], high[1]) == (0.0, 0.0)


def test_requests_of_one_user_are_drawn_together() -> None:
    # two users, one always right and one always wrong: a draw of two has one, both or none of them
    values = np.array([[1.0] * 50 + [0.0] * 50])
    apart, _ = bootstrap(values, seed=0)
    together, high = bootstrap(values, seed=0, people=np.repeat([0, 1], 50))
    assert (together[0], high[0]) == (0.0, 1.0)
    assert apart[0] > 0.35


def test_equal_models_are_called_different_one_time_in_twenty_at_most() -> None:
    """Ten models that are the same: over 60 data sets, the joint intervals of best and worst rarely leave out zero."""
    alarms = {"joint": 0, "single": 0}
    for seed in range(60):
        values = np.random.default_rng(1000 + seed).normal(0.2, 0.1, (10, 60))
        means = values.mean(axis=1)
        best, worst = int(means.argmax()), int(means.argmin())
        alarms["joint"] += means[best] - means[worst] > joint_margins(values, seed=0)[best, worst]
        difference = values[best] - values[worst]
        alarms["single"] += difference.mean() > 1.96 * difference.std() / np.sqrt(60)
    assert alarms["joint"] <= 6
    assert alarms["single"] > 30


def test_joint_intervals_are_paired_and_nothing_between_twins() -> None:
    rng = np.random.default_rng(1)
    users = rng.normal(0, 1, 200)
    margins = joint_margins(np.stack([users, users, users + rng.normal(0, 0.01, 200), rng.normal(0, 1, 200)]), seed=0)
    assert margins[0, 1] == 0.0
    assert 0 < margins[0, 2] < 0.005
    assert margins[0, 3] > 0.1
    assert np.array_equal(margins, margins.T)


def test_a_handful_of_users_shows_nothing() -> None:
    assert joint_margins(np.array([[0.0] * 9, [1.0] * 9]), seed=0).min() == 1.0
