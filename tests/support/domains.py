"""Domain dataset groups for tests: schemas, data and recommenders in few words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.simulator import INTERACTIONS_SCHEMA, ITEMS_SCHEMA, interactions_csv

if TYPE_CHECKING:
    from tests.support.simulator import Lab

RECIPE = "arn:aws:personalize:::recipe/"
ARN = "arn:aws:personalize:us-east-1:123456789012:recommender/home"
ITEM_FIELDS: dict[str, list[dict[str, Any]]] = {
    "ECOMMERCE": [
        {"name": "ITEM_ID", "type": "string"},
        {"name": "PRICE", "type": "float"},
        {"name": "CATEGORY_L1", "type": ["string"], "categorical": True},
    ],
    "VIDEO_ON_DEMAND": [
        {"name": "ITEM_ID", "type": "string"},
        {"name": "GENRES", "type": "string", "categorical": True},
        {"name": "CREATION_TIMESTAMP", "type": "long"},
    ],
}


def events_csv(
    *kinds: str, users: int = 40, events: int = 75, header: str = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"
) -> str:
    """`interactions_csv` with other names for `buy`, which is every third event, and `view`."""
    text = interactions_csv(users, events, header=header)
    return text.replace(",buy,", f",{kinds[0]},").replace(",view,", f",{kinds[1]},")


def items_csv(items: int = 10) -> str:
    """Items i00 …: the price is the number, even ones are shoes, odd ones hats."""
    rows = [f"i{item:02},{item},{'shoe' if item % 2 == 0 else 'hat'}" for item in range(items)]
    return "\n".join(["ITEM_ID,PRICE,CATEGORY_L1", *rows]) + "\n"


def domain_group(lab: Lab, domain: str = "ECOMMERCE", name: str = "shop") -> str:
    arn: str = lab.control("CreateDatasetGroup", name=name, domain=domain)["datasetGroupArn"]
    lab.wait(60)
    return arn


def domain_schema(lab: Lab, kind: str, domain: str = "ECOMMERCE", fields: list[dict[str, Any]] | None = None) -> str:
    base = {"Interactions": INTERACTIONS_SCHEMA, "Items": {**ITEMS_SCHEMA, "fields": ITEM_FIELDS[domain]}}[kind]
    text = json.dumps(base if fields is None else {**base, "fields": fields})
    arn: str = lab.control("CreateSchema", name=f"{domain}-{kind}", domain=domain, schema=text)["schemaArn"]
    return arn


def domain_dataset(lab: Lab, group: str, kind: str = "Interactions", domain: str = "ECOMMERCE") -> str:
    params = {"datasetGroupArn": group, "datasetType": kind, "schemaArn": domain_schema(lab, kind, domain)}
    arn: str = lab.control("CreateDataset", name=kind, **params)["datasetArn"]
    lab.wait(60)
    return arn


def shop(lab: Lab) -> str:
    """An ECOMMERCE group with 1 000 Purchase events, 2 000 View events and ten items."""
    group = domain_group(lab)
    lab.load(domain_dataset(lab, group), events_csv("Purchase", "View"), "interactions")
    lab.load(domain_dataset(lab, group, "Items"), items_csv(), "items")
    return group


def recommender(lab: Lab, group: str, recipe: str = "aws-ecomm-recommended-for-you", **more: Any) -> str:
    """ARN of a recommender named `home`, ready for requests."""
    params = {"name": "home", "datasetGroupArn": group, "recipeArn": f"{RECIPE}{recipe}", **more}
    arn: str = lab.control("CreateRecommender", **params)["recommenderArn"]
    lab.wait(2 * 3_600)
    return arn


def describe(lab: Lab) -> dict[str, Any]:
    """The recommender `home`."""
    answer: dict[str, Any] = lab.control("DescribeRecommender", recommenderArn=ARN)["recommender"]
    return answer


def ask(lab: Lab, **more: Any) -> list[str]:
    """What the recommender `home` gives to u01, item ids in order."""
    answer = lab.runtime("GetRecommendations", **{"recommenderArn": ARN, "userId": "u01", **more})
    return [entry["itemId"] for entry in answer["itemList"]]


def stream(lab: Lab, tracking_id: str, item: str, kind: str = "View", user: str = "u01") -> None:
    """One event of now."""
    event = {"eventType": kind, "sentAt": lab.clock.now(), "itemId": item}
    lab.events("PutEvents", trackingId=tracking_id, sessionId="s", userId=user, eventList=[event])
