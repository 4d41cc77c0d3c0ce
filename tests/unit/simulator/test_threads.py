from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.support.simulator import CountingRecipe, Lab, build_lab

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import TrainingInput
    from tests.support.simulator import CountingModel

HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"


def test_requests_are_answered_while_a_training_computes(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    lab.serving()
    begun, may_end = threading.Event(), threading.Event()
    train = lab.recipe.train

    def slow(data: TrainingInput) -> CountingModel:
        begun.set()
        assert may_end.wait(10)
        return train(data)

    solution = lab.control("ListSolutions")["solutions"][0]["solutionArn"]
    lab.recipe.train = slow  # type: ignore[method-assign]  # this training has to wait
    version = lab.control("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    lab.clock.advance(7_200)
    with ThreadPoolExecutor(1) as pool:
        settling = pool.submit(lab.simulator.settle)
        assert begun.wait(10)
        assert lab.runtime("GetRecommendations", campaignArn=HOME, userId="u01")["itemList"]
        assert status(lab, version) == "CREATE IN_PROGRESS"
        assert lab.control("CreateDatasetGroup", name="meanwhile")
        may_end.set()
        settling.result(10)
    assert status(lab, version) == "ACTIVE"


def status(lab: Lab, version: str) -> str:
    answer: str = lab.control("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]["status"]
    return answer


def test_events_and_requests_of_many_threads_lose_nothing(tmp_path: Path) -> None:
    lab = build_lab(tmp_path)
    group, _ = lab.serving()
    tracking_id = lab.tracker(group)

    def work(number: int) -> None:
        user = f"u{number:02}"
        for _ in range(50):
            event = {"eventType": "view", "sentAt": lab.clock.now(), "itemId": "i04"}
            lab.events("PutEvents", trackingId=tracking_id, sessionId=user, userId=user, eventList=[event])
            lab.runtime("GetRecommendations", campaignArn=HOME, userId=user)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    data = lab.simulator._world.dataset_data(group, "INTERACTIONS")
    assert data is not None
    assert len(data.events) == 400
    assert sum(lab.simulator.meter.requests.values()) == 400
    assert isinstance(lab.recipe, CountingRecipe)
