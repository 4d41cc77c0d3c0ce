"""Next-Best-Action on planted propensities: held-out users, judged by what the rule says they would take."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tastemaker.simulator.recipes.base import ActionHistory, Request
from tastemaker.simulator.recipes.logistic import area_under_curve
from tastemaker.simulator.recipes.next_best_action import NextBestActionRecipe
from tests.support.planted_actions import DAY, START, plant
from tests.support.recipe_data import take_rows

NOW = START + 40 * DAY
NOTHING = np.empty(0, np.int32)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4, 5])
def test_propensities_of_held_out_users_beat_popularity(seed: int) -> None:
    planted = plant(seed=seed)
    data, done = planted.data, planted.data.action_interactions
    assert done is not None
    ids = data.interactions.user_ids
    held_out = np.random.default_rng(seed).permutation(ids.size)[: ids.size // 5]
    kept = ~np.isin(done.user_ids[done.user], ids[held_out])
    model = NextBestActionRecipe().train(replace(data, action_interactions=take_rows(done, kept)))

    scores = []
    for user in held_out:
        rows = data.interactions.user == user
        history = ActionHistory(NOTHING, NOTHING, NOTHING.astype(np.int64))
        items, times = data.interactions.item[rows], data.interactions.timestamp[rows]
        scores.append(model.score(Request(items, times, NOW, user_id=str(ids[user]), actions=history)))
    ours, truth = np.stack(scores).astype(np.float64), planted.propensity[held_out]
    taken = (np.random.default_rng(99).random(truth.shape) < truth).astype(np.float64)
    popular = np.tile(planted.propensity.mean(axis=0), (held_out.size, 1))

    areas = [area_under_curve(ours[:, action], taken[:, action]) for action in range(truth.shape[1])]
    assert np.mean([area for area in areas if area is not None]) >= 0.75
    over_all, baseline = (area_under_curve(each.ravel(), taken.ravel()) for each in (ours, popular))
    assert over_all is not None
    assert baseline is not None
    assert over_all >= baseline + 0.1
