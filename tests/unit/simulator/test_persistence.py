from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.datasets import ERASED
from tastemaker.simulator.faults import Fault, Faults, Kind
from tastemaker.simulator.persistence import GIVEN, OWN_WAY, REBUILT, StateDirectory
from tastemaker.simulator.recipes.popularity_count import PopularityCountRecipe
from tastemaker.simulator.service import Simulator
from tastemaker.simulator.state_files import StateError
from tastemaker.simulator.world import World
from tests.support.simulator import (
    DAY,
    HOUR,
    INTERACTIONS_SCHEMA,
    START,
    CountingModel,
    FolderStore,
    Lab,
    interactions_csv,
    refused,
)
from tests.support.states import items, open_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tastemaker.simulator.recipes.base import Recipe, TrainingInput


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDirectory]:
    with StateDirectory(tmp_path / "state") as opened:
        yield opened


def reopened(lab: Lab, root: Path, state: StateDirectory, recipe: Recipe | None = None) -> Lab:
    """Save, and load as another process would."""
    lab.simulator.save()
    state.close()
    return open_lab(root, StateDirectory(root / "state"), at=lab.clock.now(), recipe=recipe)


def view(lab: Lab, group: str, tracking_id: str, item: str, user: str = "u01") -> None:
    event = {"eventType": "view", "sentAt": lab.clock.now(), "itemId": item}
    lab.events("PutEvents", trackingId=tracking_id, sessionId=f"s-{user}", userId=user, eventList=[event])


def everything(lab: Lab) -> dict[str, Any]:
    """What a caller can see of the control plane."""
    plural = ("DatasetGroups", "Schemas", "Datasets", "DatasetImportJobs", "EventTrackers", "Filters", "Solutions")
    return {name: lab.control(f"List{name}") for name in (*plural, "SolutionVersions", "Campaigns")}


def test_a_restarted_simulator_shows_the_same_resources(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    group, _ = lab.serving()
    lab.tracker(group)
    lab.control("TagResource", resourceArn=group, tags=[{"tagKey": "team", "tagValue": "feed"}])
    again = reopened(lab, tmp_path, state)
    assert everything(again) == everything(lab)
    assert again.control("ListTagsForResource", resourceArn=group)["tags"] == [{"tagKey": "team", "tagValue": "feed"}]


def test_a_restarted_simulator_gives_the_same_recommendations(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    lab.serving()
    assert items(reopened(lab, tmp_path, state)) == items(lab)


def test_real_models_are_loaded_again(tmp_path: Path, state: StateDirectory) -> None:
    recipe = PopularityCountRecipe()
    lab = open_lab(tmp_path, state, recipe=recipe)
    lab.serving("aws-popularity-count")
    assert items(reopened(lab, tmp_path, state, recipe)) == items(lab)


def test_streamed_events_count_after_a_restart(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    group, _ = lab.serving()
    tracking_id = lab.tracker(group)
    view(lab, group, tracking_id, "i07")
    again = reopened(lab, tmp_path, state)
    assert items(again)[0] == "i07"
    view(again, group, tracking_id, "i03")
    assert items(again)[0] == "i03"


def test_many_events_are_kept_in_order(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    group, _ = lab.serving()
    tracking_id = lab.tracker(group)
    for number in range(2_500):
        view(lab, group, tracking_id, f"i{number % 10:02}", f"u{number % 7:02}")
    again = reopened(lab, tmp_path, state)
    before, after = (each.simulator._world.dataset_data(group, "INTERACTIONS") for each in (lab, again))
    assert before is not None
    assert after is not None
    assert (after.events, after.by_user, after.arrivals) == (before.events, before.by_user, before.arrivals)
    assert (after.session_users, after.event_ids) == (before.session_users, before.event_ids)


def test_an_event_id_is_known_after_a_restart(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    group = lab.trained_group()
    event = {"eventType": "view", "sentAt": START, "itemId": "i01", "eventId": "e1"}
    request = {"trackingId": lab.tracker(group), "sessionId": "s", "userId": "u01", "eventList": [event]}
    lab.events("PutEvents", **request)
    again = reopened(lab, tmp_path, state)
    again.events("PutEvents", **request)
    data = again.simulator._world.dataset_data(group, "INTERACTIONS")
    assert data is not None
    assert len(data.events) == 1


def test_what_was_under_way_ends_after_a_restart(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    solution = lab.solution(lab.trained_group())
    version = lab.control("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    lab.wait(60)
    again = reopened(lab, tmp_path, state)
    assert status(again, version) == "CREATE IN_PROGRESS"
    again.wait(2 * HOUR)
    assert status(again, version) == "ACTIVE"


def status(lab: Lab, version: str) -> str:
    answer: str = lab.control("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]["status"]
    return answer


def test_a_training_that_computes_while_the_state_is_saved_starts_again(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    solution = lab.solution(lab.trained_group())
    begun, may_end = threading.Event(), threading.Event()
    train = lab.recipe.train

    def slow(data: TrainingInput) -> CountingModel:
        begun.set()
        assert may_end.wait(10)
        return train(data)

    lab.recipe.train = slow  # type: ignore[method-assign]  # this training has to wait
    version = lab.control("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    lab.clock.advance(2 * HOUR)
    with ThreadPoolExecutor(1) as pool:
        settling = pool.submit(lab.simulator.settle)
        assert begun.wait(10)
        again = reopened(lab, tmp_path, state)
        assert status(again, version) == "ACTIVE"
        may_end.set()
        settling.result(10)


def test_trainings_after_a_restart_have_the_names_they_would_have_had(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    solution = lab.solution(lab.trained_group())
    again = reopened(lab, tmp_path, state)
    assert again.version(solution) == lab.version(solution)
    later = "arn:aws:personalize:us-east-1:123456789012:solution/later"
    group = lab.control("ListDatasetGroups")["datasetGroups"][0]["datasetGroupArn"]
    assert [each.solution(group, name="later") for each in (lab, again)] == [later, later]
    assert again.version(later) == lab.version(later)


def test_a_training_after_a_restart_sees_imported_and_streamed_rows(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    group = lab.trained_group()
    tracking_id = lab.tracker(group)
    view(lab, group, tracking_id, "new")
    again = reopened(lab, tmp_path, state)
    again.version(again.solution(group))
    table = again.recipe.seen[-1].interactions
    assert table.user.size == 1_201
    assert "new" in table.item_ids


def test_events_of_deleted_users_stay_deleted(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    group = lab.trained_group()
    tracking_id = lab.tracker(group)
    for number in range(1_030):
        view(lab, group, tracking_id, "i01", f"u{number % 2:02}")
    data = lab.simulator._world.dataset_data(group, "INTERACTIONS")
    assert data is not None
    lab.simulator.save()
    data.erase_users(frozenset({"u01"}), {})
    kept = reopened(lab, tmp_path, state).simulator._world.dataset_data(group, "INTERACTIONS")
    assert kept is not None
    assert [event is ERASED for event in kept.events] == [bool(number % 2) for number in range(1_030)]
    assert (list(kept.by_user), kept.snapshot().rows) == (["u00"], 1_200 + 515)


def test_counted_faults_go_on_counting(tmp_path: Path, state: StateDirectory) -> None:
    faults = Faults((Fault(kind=Kind.THROTTLING, operation="CreateSchema", count=2),))
    clock, objects = ManualClock(START), FolderStore(tmp_path)
    first = Simulator(clock=clock, objects=objects, faults=faults, state=state)
    create = ("personalize", "CreateSchema", {"name": "s", "schema": json.dumps(INTERACTIONS_SCHEMA)})
    with refused("ThrottlingException", "Rate exceeded"):
        first.call(*create)
    first.save()
    state.close()
    again = Simulator(clock=clock, objects=objects, faults=faults, state=StateDirectory(tmp_path / "state"))
    with refused("ThrottlingException", "Rate exceeded"):
        again.call(*create)
    assert again.call(*create) == {"schemaArn": "arn:aws:personalize:us-east-1:123456789012:schema/s"}


def test_a_stuck_resource_stays_stuck_after_a_restart(tmp_path: Path, state: StateDirectory) -> None:
    faults = Faults((Fault(kind=Kind.STUCK, operation="CreateDatasetGroup"),))
    clock, objects = ManualClock(START), FolderStore(tmp_path)
    first = Simulator(clock=clock, objects=objects, faults=faults, state=state)
    first.call("personalize", "CreateDatasetGroup", {"name": "shop"})
    first.save()
    state.close()
    again = Simulator(clock=clock, objects=objects, faults=faults, state=StateDirectory(tmp_path / "state"))
    clock.advance(DAY)
    assert again.call("personalize", "ListDatasetGroups", {})["datasetGroups"][0]["status"] == "CREATE IN_PROGRESS"


def test_a_disk_that_fails_leaves_the_state_before(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    lab.group("first")
    lab.simulator.save()
    lab.group("second")
    (tmp_path / "state/unfinished").rmdir()
    with pytest.raises(FileNotFoundError):
        lab.simulator.save()
    (tmp_path / "state/unfinished").mkdir()
    newest = state.newest()
    assert newest is not None
    assert [record["of"]["name"] for record in newest["members"]["records"]] == ["first"]
    assert lab.simulator.save()


def test_the_meter_goes_on(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    lab.serving()
    items(lab)
    lab.wait(DAY)
    again = reopened(lab, tmp_path, state)
    assert again.simulator.meter.report(again.clock.now()) == lab.simulator.meter.report(lab.clock.now())


def test_the_state_names_seed_region_and_account(tmp_path: Path) -> None:
    objects, arn = FolderStore(tmp_path), "arn:aws:personalize:eu-west-1:210987654321:dataset-group/shop"
    with StateDirectory(tmp_path / "state") as state:
        first = Simulator(
            clock=ManualClock(START),
            objects=objects,
            seed=7,
            region="eu-west-1",
            account_id="210987654321",
            state=state,
        )
        assert first.call("personalize", "CreateDatasetGroup", {"name": "shop"}) == {"datasetGroupArn": arn}
        first.save()
    with StateDirectory(tmp_path / "state") as state:
        again = Simulator(clock=ManualClock(START), objects=objects, state=state)
        assert again.call("personalize", "ListDatasetGroups", {})["datasetGroups"][0]["datasetGroupArn"] == arn


def test_nothing_is_written_when_nothing_changed(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    lab.serving()
    assert lab.simulator.save()
    assert not lab.simulator.save()
    again = reopened(lab, tmp_path, state)
    assert not again.simulator.save()


def test_unchanged_tables_and_models_are_not_written_again(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    group, _ = lab.serving()
    lab.simulator.save()
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "state/blobs").iterdir()}
    lab.control(
        "CreateFilter", name="f", datasetGroupArn=group, filterExpression="EXCLUDE ItemID WHERE Items.PRICE = 1"
    )
    lab.simulator.save()
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "state/blobs").iterdir()} == before


def test_what_no_kept_state_needs_is_removed(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    dataset = lab.dataset(lab.group())
    for number in range(4):
        lab.load(dataset, interactions_csv(40 + number), f"job{number}")
        lab.wait(HOUR)
        lab.control("ListCampaigns")
        lab.simulator.save()
    lab.load(dataset, interactions_csv(50), "last")
    lab.wait(DAY)
    for name in ("a", "b"):
        lab.control("CreateDatasetGroup", name=name)
        lab.simulator.save()
    assert sorted(path.name for path in (tmp_path / "state/generations").iterdir()) == ["5.json", "6.json"]
    assert len(list((tmp_path / "state/blobs").iterdir())) <= 2


def test_a_clock_behind_the_state_is_refused(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    lab.group()
    lab.simulator.save()
    state.close()
    with pytest.raises(StateError, match="start the clock at the state's time or later"):
        open_lab(tmp_path, StateDirectory(tmp_path / "state"), at=START - 1)


def test_a_recipe_that_is_gone_is_named(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    lab.serving()
    lab.simulator.save()
    state.close()
    with pytest.raises(StateError, match="models of recipe aws-user-personalization-v2, which this simulator cannot"):
        Simulator(clock=lab.clock, objects=lab.objects, recipes={}, state=StateDirectory(tmp_path / "state"))


def test_saving_without_a_folder_is_refused(lab: Lab) -> None:
    with pytest.raises(StateError, match="has no state folder; give it one as `state`"):
        lab.simulator.save()


def test_every_member_of_the_world_is_accounted_for() -> None:
    own = {field.name for field in fields(World) if not field.name.startswith("_")}
    assert own >= GIVEN | REBUILT | OWN_WAY
    empty = [
        field.default_factory
        for field in fields(World)
        if field.name in own - GIVEN - REBUILT - OWN_WAY and callable(field.default_factory)
    ]
    assert len(empty) == len(own - GIVEN - REBUILT - OWN_WAY)
    assert {type(make()) for make in empty} <= {dict, list, set}
