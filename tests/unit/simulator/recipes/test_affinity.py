from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.persistence import StateDirectory
from tastemaker.simulator.recipes.affinity import AffinityModel, AffinityRecipe, sample_items, user_blocks
from tastemaker.simulator.recipes.base import MetadataTable, SegmentModel, TrainingFailedError, TrainingInput, top_k
from tastemaker.simulator.service import Simulator
from tests.support.batches import filter_arn, results, run_job
from tests.support.recipe_data import build_input, read_interactions, read_items
from tests.support.recipes import ODD_INPUTS, START, USERS, RecipeContract, ask, checkerboard
from tests.support.simulator import START as LAB_START
from tests.support.simulator import CountingRecipe, FolderStore, Lab, items_csv

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import FloatArray, Model

METRICS = {"coverage", "hits_at_1_percent", "recall_at_1_percent"}
TIMELESS = {"constant timestamps", "duplicates", "a single event"}
DATA = Path("examples/movielens/data")


def affinity(model: Model, *items: str) -> FloatArray:
    assert isinstance(model, SegmentModel)
    return model.user_affinity(np.searchsorted(model.item_ids, np.array(items, object)).astype(np.int32))


def first_users(model: Model, k: int, *items: str) -> list[str]:
    assert isinstance(model, SegmentModel)
    return [str(model.user_ids[code]) for code in top_k(affinity(model, *items), k)]


class TestAffinity(RecipeContract):
    recipe = AffinityRecipe()

    def test_metrics_have_the_names_of_the_service(self, model: Model) -> None:
        assert set(model.metrics) == METRICS

    @pytest.mark.parametrize("kind", sorted(ODD_INPUTS.keys() - TIMELESS))
    def test_odd_data_trains(self, kind: str) -> None:
        model = self.recipe.train(build_input(ODD_INPUTS[kind]))
        assert np.isfinite(affinity(model, "i0", "i1")).all()
        assert all(model.metrics[name] >= 0 for name in METRICS)

    @pytest.mark.parametrize("kind", sorted(TIMELESS))
    def test_equal_timestamps_fail_with_a_reason(self, kind: str) -> None:
        with pytest.raises(TrainingFailedError, match="All interactions have the same timestamp"):
            self.recipe.train(build_input(ODD_INPUTS[kind]))

    def test_the_users_are_those_of_the_training_sorted(self, model: Model) -> None:
        assert isinstance(model, SegmentModel)
        assert model.user_ids.tolist() == [f"u{user:02}" for user in range(USERS)]

    @pytest.mark.parametrize("item", ["i00", "i07"])
    def test_users_of_the_block_of_an_item_come_first(self, model: Model, item: str) -> None:
        users = first_users(model, USERS // 2, item)
        assert {int(user[1:]) % 2 for user in users} == {int(item[1:]) % 2}

    def test_users_of_one_block_come_first_for_all_its_items_together(self, model: Model) -> None:
        users = first_users(model, USERS // 2, *(f"i{item:02}" for item in range(1, 40, 2)))
        assert {int(user[1:]) % 2 for user in users} == {1}

    def test_affinity_to_two_items_is_that_to_either(self, model: Model) -> None:
        both, one, other = affinity(model, "i00", "i05"), affinity(model, "i00"), affinity(model, "i05")
        assert np.allclose(np.exp(both), np.exp(one) + np.exp(other), rtol=1e-4)

    def test_affinity_to_the_whole_catalogue_is_the_activity(self, model: Model) -> None:
        assert np.allclose(np.exp(affinity(model, *model.item_ids)), 12, rtol=1e-3)

    def test_saved_and_loaded_affinity_is_the_same_bit_for_bit(self, model: Model, tmp_path: Path) -> None:
        model.save(tmp_path)
        loaded = self.recipe.load(tmp_path)
        assert np.array_equal(affinity(loaded, "i00", "i07"), affinity(model, "i00", "i07"))
        assert loaded.user_ids.tolist() == [f"u{user:02}" for user in range(USERS)]

    def test_the_block_structure_shows_in_the_metrics(self) -> None:
        # 300 users, five in a hundred of them interested in any one item: at random 1 % of them would be found
        model = self.recipe.train(planted())
        assert model.metrics["recall_at_1_percent"] >= 0.1
        assert model.metrics["hits_at_1_percent"] > 0


def planted() -> TrainingInput:
    """Twenty blocks of 15 users and 10 items; every user takes 8 of the 10."""
    rng = np.random.default_rng(3)
    return build_input(
        (f"u{user:03}", f"i{10 * (user % 20) + item:03}", START + 1000 * user + place)
        for user in range(300)
        for place, item in enumerate(rng.permutation(10)[:8].tolist())
    )


def with_genres() -> TrainingInput:
    """`new` and the even items are drama, the odd ones comedy; nobody has `new`."""
    ids = np.array([*(f"i{item:02}" for item in range(40)), "new"], object)
    genres = np.array(["drama" if item % 2 == 0 else "comedy" for item in range(40)] + ["drama"], object)
    data = checkerboard()
    table = MetadataTable(ids, {"GENRE": genres}, frozenset({"GENRE"}))
    return TrainingInput(data.interactions, table, None, {}, 7)


def test_an_item_without_interactions_is_judged_by_its_metadata(tmp_path: Path) -> None:
    model = AffinityRecipe().train(with_genres())
    users = first_users(model, USERS // 2, "new")
    assert {int(user[1:]) % 2 for user in users} == {0}
    model.save(tmp_path)
    assert first_users(AffinityRecipe().load(tmp_path), USERS // 2, "new") == users


def test_of_two_users_with_the_same_taste_the_more_active_one_comes_first() -> None:
    rows = [(f"u{user}", f"i{item}", START + 10 * user + item) for user in range(8) for item in range(4)]
    busy = [("u7", f"i{item}", START + 1000 + place) for place in range(5) for item in range(4)]
    model = AffinityRecipe().train(build_input([*rows, *busy]))
    assert first_users(model, 1, "i2") == ["u7"]


def test_blocks_hold_every_user_once_and_bounded_cells() -> None:
    assert user_blocks(5, 10) == [slice(0, 5)]
    assert user_blocks(3, 2_000_000) == [slice(0, 2), slice(2, 3)]
    assert user_blocks(2, 9_000_000) == [slice(0, 1), slice(1, 2)]
    assert user_blocks(0, 10) == []


def test_blocks_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = AffinityRecipe().train(with_genres())
    monkeypatch.setattr("tastemaker.simulator.recipes.affinity._BLOCK_CELLS", 100)
    pieces = AffinityRecipe().train(with_genres())
    assert np.allclose(affinity(pieces, "i00", "i03"), affinity(whole, "i00", "i03"), atol=1e-5)


@pytest.mark.slow
def test_recall_on_movielens_is_ten_times_that_of_chance() -> None:
    table = read_interactions(DATA / "ratings.csv", "userId", "movieId", "timestamp")
    items = read_items(DATA / "movies.csv", "movieId", categorical=["genres"])
    model = AffinityRecipe().train(TrainingInput(table, items, None, {}, 1))
    assert model.metrics["recall_at_1_percent"] >= 10 * 7 / 610


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """With all recipes of the simulator, and data of the checkerboard."""
    clock, objects = ManualClock(LAB_START), FolderStore(tmp_path)
    return Lab(Simulator(clock=clock, objects=objects), clock, objects, CountingRecipe())


def segments_version(lab: Lab, recipe: str) -> tuple[str, str]:
    """Group and solution version: even users took even items, which are drama, odd users odd ones, which are comedy."""
    rows = [
        f"u{user:02},i{2 * ((user + place) % 10) + user % 2:02},{1_700_000_000 + 100 * user + place},view,"
        for user in range(40)
        for place in range(30)
    ]
    group = lab.group()
    lab.load(lab.dataset(group), "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE", *rows]), "interactions")
    lab.load(lab.dataset(group, "Items"), items_csv(20), "items")
    users = "USER_ID,AGE\n" + "".join(f"u{user:02},{user}\n" for user in range(40))
    lab.load(lab.dataset(group, "Users"), users, "users")
    lab.wait()
    return group, lab.version(lab.solution(group, recipe))


@pytest.mark.parametrize(
    ("recipe", "line", "parity"),
    [
        ("aws-item-affinity", {"itemId": "i04"}, 0),
        ("aws-item-affinity", {"itemId": "i05"}, 1),
        ("aws-item-attribute-affinity", {"itemAttributes": 'ITEMS.genre = "drama"'}, 0),
        ("aws-item-attribute-affinity", {"itemAttributes": 'ITEMS.genre = "comedy"'}, 1),
    ],
)
def test_a_segment_job_finds_the_users_of_the_block(lab: Lab, recipe: str, line: dict[str, str], parity: int) -> None:
    _, version = segments_version(lab, recipe)
    run_job(lab, "CreateBatchSegmentJob", version, [line], numResults=15)
    users = results(lab)[0]["output"]["recommendedUsers"]
    assert (len(users), {int(user[1:]) % 2 for user in users}) == (15, {parity})


def test_a_segment_job_keeps_to_its_filter(lab: Lab) -> None:
    group, version = segments_version(lab, "aws-item-affinity")
    young = filter_arn(lab, group, "INCLUDE UserID WHERE Users.AGE < 10")
    run_job(lab, "CreateBatchSegmentJob", version, [{"itemId": "i04"}], numResults=5, filterArn=young)
    assert sorted(results(lab)[0]["output"]["recommendedUsers"]) == ["u00", "u02", "u04", "u06", "u08"]


def test_the_metrics_of_a_segment_version_are_those_of_the_service(lab: Lab) -> None:
    _, version = segments_version(lab, "aws-item-affinity")
    metrics = lab.control("GetSolutionMetrics", solutionVersionArn=version)["metrics"]
    assert set(json.loads(json.dumps(metrics))) == METRICS


def test_the_model_is_one_that_segment_jobs_can_ask() -> None:
    assert isinstance(AffinityRecipe().train(checkerboard()), AffinityModel)


def test_a_model_without_history_still_has_scores() -> None:
    model = AffinityRecipe().train(checkerboard())
    assert ask(model, []).shape == (40,)


def test_the_sample_of_items_is_spread_over_popularity() -> None:
    popularity = np.arange(4_000, dtype=np.float32)[::-1].copy()
    sample = sample_items(popularity)
    assert (sample.size, sample[0], sample[-1]) == (1_000, 0, 3_999)
    assert set(np.diff(sample).tolist()) == {4, 5}


def test_a_small_catalogue_is_sampled_whole() -> None:
    assert sample_items(np.array([2, 9, 4], np.float32)).tolist() == [0, 1, 2]


def test_a_saved_simulator_makes_the_same_segment(tmp_path: Path) -> None:
    def open_lab(state: StateDirectory, at: float) -> Lab:
        clock, objects = ManualClock(at), FolderStore(tmp_path / "s3")
        return Lab(Simulator(clock=clock, objects=objects, state=state), clock, objects, CountingRecipe())

    with StateDirectory(tmp_path / "state") as state:
        lab = open_lab(state, LAB_START)
        _, version = segments_version(lab, "aws-item-affinity")
        run_job(lab, "CreateBatchSegmentJob", version, [{"itemId": "i04"}])
        before, now = results(lab), lab.clock.now()
        lab.simulator.save()
    with StateDirectory(tmp_path / "state") as state:
        lab = open_lab(state, now)
        run_job(lab, "CreateBatchSegmentJob", version, [{"itemId": "i04"}], job="again")
        assert results(lab) == before
