"""A local Personalize that really trains on two tastes, for tests of new items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.recipes.registry import RECIPES
from tastemaker.simulator.service import Simulator
from tests.support.simulator import START, CountingRecipe, FolderStore, Lab, items_csv

if TYPE_CHECKING:
    from pathlib import Path

V1, V2 = "aws-user-personalization", "aws-user-personalization-v2"
_ITEMS = 20
_HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"
DRAMA_FAN, COMEDY_FAN = "u00", "u01"
DRAMA, COMEDY = "drama", "comedy|crime"
HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"


def two_tastes_csv(users: int = 60, events: int = 20) -> str:
    """Even users take even items, which are drama; odd users take odd ones. All of it within a day before START."""
    lines = [_HEADER]
    for user in range(users):
        for event in range(events):
            item = 2 * ((user // 2 * 3 + event * 7) % (_ITEMS // 2)) + user % 2
            lines.append(f"u{user:02},i{item:02},{START - 86_400 + user * 600 + event * 20:.0f},view,")
    return "\n".join(lines) + "\n"


def build_lab(root: Path, seed: int = 0) -> Lab:
    clock, objects = ManualClock(START), FolderStore(root)
    return Lab(Simulator(clock=clock, objects=objects, seed=seed, recipes=RECIPES), clock, objects, CountingRecipe())


def group_of_two_tastes(lab: Lab) -> str:
    """A group with interactions, items and an event tracker."""
    group = lab.group()
    lab.load(lab.dataset(group), two_tastes_csv(), "interactions")
    lab.load(lab.dataset(group, "Items"), items_csv(_ITEMS), "items")
    return group


def put_item(lab: Lab, group: str, item_id: str, genre: str) -> None:
    arn = group.replace("dataset-group", "dataset") + "/ITEMS"
    lab.events("PutItems", datasetArn=arn, items=[{"itemId": item_id, "properties": json.dumps({"genre": genre})}])


def put_event(lab: Lab, tracking_id: str, item_id: str, user_id: str | None, session_id: str = "s") -> None:
    event = {"eventType": "view", "sentAt": lab.clock.now(), "itemId": item_id}
    user = {"userId": user_id} if user_id is not None else {}
    lab.events("PutEvents", trackingId=tracking_id, sessionId=session_id, eventList=[event], **user)


def ask(lab: Lab, user_id: str, campaign: str = HOME, wanted: int = 100, **more: Any) -> list[str]:
    """Item ids that a campaign recommends, best first."""
    answer = lab.runtime("GetRecommendations", campaignArn=campaign, userId=user_id, numResults=wanted, **more)
    return [entry["itemId"] for entry in answer["itemList"]]
