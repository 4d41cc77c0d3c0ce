"""Nobody waits for what the first answer of a model needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support import action_labs
from tests.support.domains import recommender, shop
from tests.support.simulator import CountingModel, build_lab

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, Request
    from tests.support.simulator import Lab

RECIPES = ("aws-user-personalization-v2", "aws-personalized-ranking-v2", "aws-popularity-count", "aws-similar-items")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What models were asked."""
    requests: list[Request] = []
    score = CountingModel.score

    def noted(model: CountingModel, request: Request) -> FloatArray:
        requests.append(request)
        return score(model, request)

    monkeypatch.setattr(CountingModel, "score", noted)
    return requests


def test_every_active_campaign_answers_once_for_a_user_or_item_that_it_knows(lab: Lab, asked: list[Request]) -> None:
    group = lab.trained_group()
    for recipe in RECIPES:
        lab.campaign(lab.version(lab.solution(group, recipe, name=recipe)), name=recipe)
    asked.clear()
    lab.simulator.warm_up()
    assert len(asked) == len(RECIPES)
    assert all(request.history.size for request in asked if request.item < 0)
    assert [request.item for request in asked].count(0) == 1  # similar items


def test_it_is_no_request(tmp_path: Path) -> None:
    answers: list[Any] = []
    for warm in (False, True):
        lab = build_lab(tmp_path / str(warm))
        _, campaign = lab.serving()
        if warm:
            lab.simulator.warm_up()
        costs = lab.simulator.meter.report(lab.clock.now())
        answers.append((lab.runtime("GetRecommendations", campaignArn=campaign, userId="u01"), costs))
    assert answers[0] == answers[1]


def test_recommenders_with_a_built_in_filter_answer_too(lab: Lab, asked: list[Request]) -> None:
    recommender(lab, shop(lab), "aws-ecomm-recommended-for-you")
    asked.clear()
    lab.simulator.warm_up()
    assert len(asked) == 1


def test_a_model_of_actions_answers_too(tmp_path: Path) -> None:
    lab = action_labs.build_lab(tmp_path)
    action_labs.load_group(lab)
    action_labs.serve(lab)
    lab.simulator.warm_up()
    assert action_labs.names(lab, "u000")[0] == "pro"


def test_nothing_is_asked_where_nothing_is_deployed(lab: Lab, asked: list[Request]) -> None:
    lab.trained_group()
    asked.clear()
    lab.simulator.warm_up()
    assert asked == []
