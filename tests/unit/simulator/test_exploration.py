from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.simulator.exploration import (
    ExplorationSettings,
    Novelty,
    build_novelty,
    explore,
    explore_managed,
    item_keys,
    read_exploration,
)
from tastemaker.simulator.recipes.base import MetadataTable
from tests.support.newcomers import (
    COMEDY_FAN,
    DRAMA,
    DRAMA_FAN,
    HOME,
    V1,
    V2,
    ask,
    build_lab,
    group_of_two_tastes,
    put_item,
)
from tests.support.recipe_data import build_table
from tests.support.simulator import HOUR, Lab, refused

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray

DAY_SECONDS = 86_400
USERS = [f"u{number}" for number in range(200)]


def novelty(events: list[int], age_days: list[float]) -> Novelty:
    ids = np.array([f"i{number:04}" for number in range(len(events))], object)
    born = np.array([1_000 * DAY_SECONDS - age * DAY_SECONDS for age in age_days], np.int64)
    return Novelty(born, np.array(events, np.int32), item_keys(ids), 1_000 * DAY_SECONDS)


def scores(*values: float) -> FloatArray:
    return np.array(values, np.float32)


def test_a_young_item_without_interactions_gets_at_most_the_weighted_way_to_the_best() -> None:
    before = scores(0, 4, 0, 0)
    for user in USERS:
        after = explore(before, novelty([0, 900, 900, 900], [1, 1, 1, 1]), ExplorationSettings(0.5), 0, user)
        assert 0 <= after[0] <= 0.5 * (4 - 1)
        assert after[1:].tolist() == [4, 0, 0]


def test_more_interactions_mean_less_exploration() -> None:
    few = [explore(scores(0, 4), novelty([1, 99], [1, 1]), ExplorationSettings(), 0, user)[0] for user in USERS]
    more = [explore(scores(0, 4), novelty([9, 99], [1, 1]), ExplorationSettings(), 0, user)[0] for user in USERS]
    assert np.mean(few) == pytest.approx(5 * np.mean(more), rel=0.001)


def test_items_older_than_the_cut_off_and_without_weight_nothing_is_explored() -> None:
    before = scores(0, 4)
    assert explore(before, novelty([0, 0], [31, 31]), ExplorationSettings(), 0, "u") is before
    assert explore(before, novelty([0, 0], [1, 1]), ExplorationSettings(0.0), 0, "u") is before
    assert explore(before, novelty([0, 0], [31, 31]), ExplorationSettings(0.3, 31), 0, "u")[0] > 0


def test_it_depends_on_seed_user_and_item_only() -> None:
    table, settings = novelty([0, 0, 0], [1, 1, 1]), ExplorationSettings()
    first = explore(scores(0, 0, 4), table, settings, 1, "u")
    np.testing.assert_array_equal(explore(scores(0, 0, 4), table, settings, 1, "u"), first)
    assert first[0] != first[1]
    assert first[0] != explore(scores(0, 0, 4), table, settings, 1, "v")[0]
    assert first[0] != explore(scores(0, 0, 4), table, settings, 2, "u")[0]


def test_items_that_are_not_scored_stay_so() -> None:
    assert explore(scores(-np.inf, 4, 0), novelty([0, 0, 0], [1, 1, 1]), ExplorationSettings(), 0, "u")[0] == -np.inf


def test_one_result_in_a_thousand_is_a_new_item_where_exploration_is_managed() -> None:
    table = novelty([900] * 50 + [0], [400.0] * 50 + [1.0])
    values = np.arange(51, 0, -1).astype(np.float32)
    results = [explore_managed(np.arange(25, dtype=np.int32), values, None, table, 0, f"u{n}") for n in range(4_000)]
    explored = [codes for codes, new in results if new]
    assert 70 <= len(explored) <= 130
    assert all((codes == 50).sum() == 1 for codes in explored)
    allowed = np.arange(51) < 50
    assert all(
        not explore_managed(np.arange(25, dtype=np.int32), values, allowed, table, 0, f"u{n}")[1] for n in range(4_000)
    )


def test_the_age_comes_from_the_creation_timestamp_else_from_the_first_interaction() -> None:
    table = build_table([("u0", "a", 100), ("u1", "a", 50), ("u0", "b", 70), ("u1", "b", 300)])
    columns: dict[str, Any] = {"CREATION_TIMESTAMP": np.array([np.nan, 20.0, np.nan])}
    items = MetadataTable(np.array(["a", "b", "c"], object), columns)
    found = build_novelty(table, items.ids, items)
    assert (found.born.tolist(), found.events.tolist(), found.newest) == ([50, 20, 300], [2, 2, 0], 300)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"explorationWeight": "1.1"}, "Parameter 'explorationWeight' must be a number from 0 to 1; it is '1.1'."),
        ({"explorationWeight": "x"}, "Parameter 'explorationWeight' must be a number from 0 to 1; it is 'x'."),
        (
            {"explorationItemAgeCutOff": "0"},
            "Parameter 'explorationItemAgeCutOff' must be a number of days from 1; it is '0'.",
        ),
        ({"weight": "1"}, "itemExplorationConfig has no parameter 'weight'"),
    ],
)
def test_settings_out_of_range_are_refused(tmp_path: Path, config: dict[str, str], message: str) -> None:
    lab = build_lab(tmp_path)
    version = lab.version(lab.solution(group_of_two_tastes(lab), V1))
    with refused("InvalidInputException", message):
        lab.campaign(version, campaignConfig={"itemExplorationConfig": config})


def test_settings_have_the_defaults_of_the_guide() -> None:
    assert read_exploration(None) == ExplorationSettings(0.3, 30.0)
    assert read_exploration({"explorationWeight": "0.9"}) == ExplorationSettings(0.9, 30.0)


def places(lab: Lab, weight: str) -> list[int]:
    """Where a new drama is for ten drama fans, with this weight."""
    config = {"itemExplorationConfig": {"explorationWeight": weight}}
    lab.control("UpdateCampaign", campaignArn=HOME, campaignConfig=config)
    lab.wait(HOUR)
    return [ask(lab, f"u{user:02}").index("new") for user in range(0, 20, 2)]


def test_a_campaigns_weight_brings_new_items_forward(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    group = group_of_two_tastes(lab)
    lab.campaign(lab.version(lab.solution(group, V1)))
    put_item(lab, group, "new", DRAMA)
    lab.wait(2 * HOUR)
    none, some, much = (sum(places(lab, weight)) for weight in ("0", "0.5", "1"))
    assert none > some > much
    described = lab.control("DescribeCampaign", campaignArn=HOME)["campaign"]["campaignConfig"]
    assert described == {"itemExplorationConfig": {"explorationWeight": "1"}}


def test_without_exploration_a_new_item_is_where_its_likes_are(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    group = group_of_two_tastes(lab)
    config = {"itemExplorationConfig": {"explorationWeight": "0"}}
    lab.campaign(lab.version(lab.solution(group, V1)), campaignConfig=config)
    put_item(lab, group, "new", DRAMA)
    lab.wait(2 * HOUR)
    assert ask(lab, DRAMA_FAN).index("new") < 10 <= ask(lab, COMEDY_FAN).index("new")


def test_the_v2_recipe_has_no_settings(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    version = lab.version(lab.solution(group_of_two_tastes(lab), V2))
    with pytest.raises(UnsupportedBySimulatorError, match=r"campaignConfig\.itemExplorationConfig"):
        lab.campaign(version, campaignConfig={"itemExplorationConfig": {"explorationWeight": "0.3"}})
