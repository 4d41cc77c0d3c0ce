"""A local Personalize with actions whose takers follow a rule: who plays games takes `pro`, who reads `basic`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.recipes.registry import RECIPES
from tastemaker.simulator.service import Simulator
from tests.support.simulator import DAY, START, FolderStore, Lab
from tests.support.simulator import CountingRecipe as _Counting

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.persistence import StateDirectory

GROUP = "arn:aws:personalize:us-east-1:123456789012:dataset-group/shop"
ACTIONS = GROUP.replace("dataset-group", "dataset") + "/ACTIONS"
ACTION_INTERACTIONS = GROUP.replace("dataset-group", "dataset") + "/ACTION_INTERACTIONS"
CAMPAIGN = "arn:aws:personalize:us-east-1:123456789012:campaign/home"
_NAMESPACE = "com.amazonaws.personalize.schema"
USERS = 160
T0 = int(START - 100 * DAY)


def _avro(name: str, *fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": name, "namespace": _NAMESPACE, "fields": list(fields), "version": "1.0"}


def _field(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


ACTIONS_SCHEMA = _avro(
    "Actions",
    _field("ACTION_ID", "string"),
    {"name": "VALUE", "type": ["null", "long"]},
    {"name": "EXPIRATION_TIMESTAMP", "type": ["null", "long"]},
    {"name": "REPEAT_FREQUENCY", "type": ["null", "long"]},
    {"name": "KIND", "type": ["null", "string"], "categorical": True},
)
EVENTS_SCHEMA = _avro(
    "ActionInteractions",
    *(_field(name, "string") for name in ("USER_ID", "ACTION_ID", "EVENT_TYPE")),
    _field("TIMESTAMP", "long"),
)
ACTIONS_CSV = (
    "ACTION_ID,VALUE,EXPIRATION_TIMESTAMP,REPEAT_FREQUENCY,KIND\n"
    "basic,2,,,plan\n"
    "pro,9,,,plan\n"
    "survey,5,,,poll\n"
    "tour,7,,,help\n"
)


def items_csv() -> str:
    """Users with an even number have items of games only, the others of books only."""
    rows = [
        f"u{user:03},{'game' if user % 2 == 0 else 'book'}{(user + place) % 8},{T0 + place * int(DAY) + user},play"
        for user in range(USERS)
        for place in range(10)
    ]
    return "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE", *rows]) + "\n"


def done_csv() -> str:
    """Everybody is shown both plans, and takes the one that fits but for one user in ten."""
    rows = []
    for user in range(USERS):
        for place, action in enumerate(("basic", "pro")):
            fits = (action == "pro") == (user % 2 == 0)
            kind = "TAKEN" if fits != (user % 10 == 3) else "Not Taken"
            rows.append(f"u{user:03},{action},{kind},{T0 + (20 + 5 * place) * int(DAY) + user}")
    return "\n".join(["USER_ID,ACTION_ID,EVENT_TYPE,TIMESTAMP", *rows]) + "\n"


def build_lab(root: Path, state: StateDirectory | None = None, now: float = START) -> Lab:
    clock, objects = ManualClock(now), FolderStore(root)
    return Lab(Simulator(clock=clock, objects=objects, recipes=RECIPES, state=state), clock, objects, _Counting())


def load_group(lab: Lab, actions: str = ACTIONS_CSV, done: str | None = None) -> str:
    """A group with interactions, actions, and action interactions unless `done` is empty."""
    group = lab.group()
    interactions = _avro(
        "Interactions",
        *(_field(name, "string") for name in ("USER_ID", "ITEM_ID", "EVENT_TYPE")),
        _field("TIMESTAMP", "long"),
    )
    lab.load(lab.dataset(group, "Interactions", interactions), items_csv(), "interactions")
    lab.load(lab.dataset(group, "Actions", ACTIONS_SCHEMA), actions, "actions")
    lab.dataset(group, "Action_Interactions", EVENTS_SCHEMA)
    if done != "":
        lab.load(ACTION_INTERACTIONS, done or done_csv(), "done")
    return group


def serve(lab: Lab, **more: Any) -> str:
    """Campaign of a version trained on what the group holds."""
    return lab.campaign(lab.version(lab.solution(GROUP, "aws-next-best-action", **more)))


def recommend(lab: Lab, user_id: str, **more: Any) -> list[tuple[str, float]]:
    answer = lab.runtime("GetActionRecommendations", campaignArn=CAMPAIGN, userId=user_id, **more)
    return [(entry["actionId"], entry["score"]) for entry in answer["actionList"]]


def names(lab: Lab, user_id: str, **more: Any) -> list[str]:
    return [name for name, _ in recommend(lab, user_id, **more)]


def put_done(lab: Lab, user_id: str, action_id: str, kind: str, at: float | None = None) -> None:
    tracking_id = lab.control("DescribeDataset", datasetArn=ACTION_INTERACTIONS)["dataset"]["trackingId"]
    moment = lab.clock.now() if at is None else at
    entry = {"actionId": action_id, "sessionId": "s", "userId": user_id, "eventType": kind, "timestamp": moment}
    lab.events("PutActionInteractions", trackingId=tracking_id, actionInteractions=[entry])
