"""Five projects played offline until every state machine has made every call that it knows."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.plan.pausing import build_pausing_job
from tastemaker.simulator.faults import Fault, Kind
from tests.support.athena_shop import ensured_athena_shop
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DAY = 86_400
RICH = """\
project: shop
datasetGroup: {customerManagedKey: true}
datasets:
  interactions:
    schema: {USER_ID: string, ITEM_ID: string, TIMESTAMP: long, EVENT_TYPE: string, EVENT_VALUE: {type: float, nullable: true}}
    path: interactions.csv
  items:
    schema: {ITEM_ID: string, GENRE: {type: string, categorical: true, nullable: true}, PRICE: {type: float, nullable: true}}
    path: items.csv
eventTracker: {name: shop-events}
filters:
  unseen: EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")
metricAttribution: {name: sales, metrics: {sold: {eventType: buy, expression: SAMPLECOUNT()}}}
solutions:
  popular: {recipe: aws-popularity-count}
  ranked: {recipe: aws-personalized-ranking-v2}
  fans: {recipe: aws-item-affinity}
campaigns:
  popular: {solution: popular, scaling: {maximum: 20, traffic: {}}}
  ranked: {solution: ranked}
batch:
  mail: {solution: popular, input: batch-input/mail.json, numResults: 5}
  fans: {solution: fans, kind: segments, input: batch-input/fans.json, numResults: 5}
schedules: {full: "cron(0 3 ? * SUN *)", incremental: "cron(0 3 ? * MON-SAT *)"}
notifications: {email: [shop@example.com]}
tags: {team: shop, old: x}
endpoints: {popular: {campaign: popular}, events: {eventTracker: shop-events}}
"""  # noqa: E501
EDITS = (
    ("tags: {team: shop, old: x}", "tags: {team: shops, old: null}"),
    ("{solution: ranked}", "{solution: ranked, minProvisionedTPS: 3}"),
    ("nullable: true}, PRICE", "nullable: true}, SIZE: {type: int, nullable: true}, PRICE"),
    ("SAMPLECOUNT()}}", "SAMPLECOUNT()}, seen: {eventType: view, expression: SAMPLECOUNT()}}"),
    ('IN ("*")', 'IN ("buy")'),
)  # fmt: skip
BARE = """\
project: shop
datasetGroup: {customerManagedKey: true}
datasets:
  interactions:
    schema: {USER_ID: string, ITEM_ID: string, TIMESTAMP: long, EVENT_TYPE: string, EVENT_VALUE: {type: float, nullable: true}}
    path: interactions.csv
consent: {removeUndeclared: true}
"""  # noqa: E501
STORE = """\
project: shop
datasetGroup: {domain: ECOMMERCE}
datasets:
  interactions:
    schema: {USER_ID: string, ITEM_ID: string, TIMESTAMP: long, EVENT_TYPE: string}
    path: interactions.csv
recommenders:
  best: {recipe: aws-ecomm-popular-items-by-views, scaling: {maximum: 9, traffic: {}}}
schedules: {full: "cron(0 3 ? * SUN *)"}
"""


_TOUCHED = ("Arn", "BucketName", "DatabaseName", "GroupName", "Region", "TableName")
"""Ends of the tokens that say what a call touches."""


@dataclass(frozen=True)
class RecordedCall:
    """One task of a state machine: service and action as its history names them, and its arguments with tokens."""

    service: str
    action: str
    parameters: dict[str, Any]


def record_calls(folder: Path) -> dict[str, list[RecordedCall]]:
    """Name of a machine to what it called in all journeys."""
    calls: dict[str, list[RecordedCall]] = defaultdict(list)
    journeys = {
        "rich": _play_rich, "plain": _play_plain, "store": _play_store, "stuck": _play_stuck, "raw": _play_raw,
    }  # fmt: skip
    for name, journey in journeys.items():
        place = folder / name
        place.mkdir()
        for shop in journey(place):
            for machine, call in _calls_of(shop):
                calls[machine].append(call)
    return calls


def _calls_of(shop: Shop) -> Iterator[tuple[str, RecordedCall]]:
    for execution in shop.executions:
        for event in execution.history:
            details = event.get("taskScheduledEventDetails")
            if details is not None:
                service = details["resourceType"].removeprefix("aws-sdk:")
                parameters = json.loads(_with_tokens(details["parameters"], shop.local.values))
                yield execution.machine, RecordedCall(service, details["resource"].partition(".")[0], parameters)


def _with_tokens(text: str, values: Mapping[str, str]) -> str:
    """What the plan's tokens stood for is a token again, so that calls can be compared with any deployment's rights."""
    named = {value: name for name, value in values.items() if name.endswith(_TOUCHED)}
    for value in sorted(named, key=len, reverse=True):
        text = text.replace(value, f"${{{named[value]}}}")
    return text


def _ensure(shop: Shop, text: str) -> None:
    file = shop.folder / "edited.yaml"
    file.write_text(text, encoding="utf-8")
    shop.run("ensure", build_plan(load_project(file)).resources)


def _play_raw(folder: Path) -> Iterator[Shop]:
    """Athena prepares."""
    with ensured_athena_shop(folder) as shop:
        shop.run("import-data", shop.local.plan.maintenance["FULL"]["Import"])
        yield shop


def _play_rich(folder: Path) -> Iterator[Shop]:
    """Deployed, maintained, scaled, watched, forgetful, paused, resumed, edited, emptied, torn down."""
    with deployed_shop(folder, RICH) as shop:
        _put(shop, "batch-input/mail.json", '{"userId": "u00"}\n')
        _put(shop, "batch-input/fans.json", '{"itemId": "i00"}\n')
        _put(shop, "erase/1.csv", "USER_ID\nu07\n")
        shop.deploy()
        shop.upload(events=31)
        shop.run("maintain", shop.maintenance())
        target = next(found for found in shop.local.plan.schedules if found.machine == "scale").input["Targets"][0]
        shop.run("scale", {"Targets": [{**target, "Wanted": 5}]})
        shop.run("scale", {"Targets": [target]})
        assert shop.local.plan.watch is not None
        shop.run("watch", shop.local.plan.watch.input)
        shop.run("forget", {**shop.local.plan.forget, "Request": "gdpr-1", "Users": "erase/1.csv"})
        _pause_and_resume(shop)
        switched = shop.call("ListSolutions")["solutions"][0]["solutionArn"]
        shop.call("UpdateSolution", solutionArn=switched, performAutoTraining=True)
        text = RICH
        for old, new in EDITS:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        _ensure(shop, text)
        _ensure(shop, BARE)
        _ensure(shop, text)
        shop.run("teardown", {**shop.local.plan.resources, "Teardown": True})
        yield shop


def _play_plain(folder: Path) -> Iterator[Shop]:
    """Deployed, paused, resumed at the second attempt and torn down, campaigns included."""
    spoilt = Fault(kind=Kind.FAILURE, operation="CreateCampaign", after_seconds=9 * DAY, until_seconds=10 * DAY)
    with deployed_shop(folder, SHOP, spoilt) as shop:
        shop.deploy()
        job = build_pausing_job(shop.local.plan, "journey")
        shop.run("pause", job)
        shop.wait(9 * DAY)
        shop.failure("resume", job)
        shop.wait(DAY)
        shop.run("resume", job)
        shop.run("teardown", {**shop.local.plan.resources, "Teardown": True})
        yield shop


def _play_store(folder: Path) -> Iterator[Shop]:
    """A recommender, made, scaled, changed, no longer declared, made anew, torn down."""
    with deployed_shop(folder, STORE) as shop:
        rows = [f"u{at % 40:02},i{at % 10:02},{1_700_000_000 + at},View" for at in range(2_000)]
        shop.put(
            "full/interactions/interactions.csv", "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE", *rows]) + "\n"
        )
        shop.local.deploy()
        _pause_and_resume(shop)
        target = shop.local.plan.schedules[-1].input["Targets"][0]
        shop.run("scale", {"Targets": [{**target, "Wanted": 5}]})
        _ensure(shop, STORE.replace("scaling: {maximum: 9, traffic: {}}", "minRecommendationRequestsPerSecond: 3"))
        _ensure(
            shop,
            "\n".join(line for line in STORE.splitlines() if "best" not in line and "recommenders" not in line)
            + "\nconsent: {removeUndeclared: true}\n",
        )
        _ensure(shop, STORE)
        shop.run("teardown", {**shop.local.plan.resources, "Teardown": True})
        yield shop


def _pause_and_resume(shop: Shop) -> None:
    for machine in ("pause", "resume"):
        shop.run(machine, build_pausing_job(shop.local.plan, "journey"))


def _play_stuck(folder: Path) -> Iterator[Shop]:
    """A training that never ends, in `train` and in `teardown`."""
    with deployed_shop(folder, SHOP, Fault(kind=Kind.STUCK, operation="CreateSolutionVersion")) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        shop.run("import-data", shop.maintenance()["Import"])
        shop.failure("train", shop.maintenance()["Solutions"][0]["Train"])
        solution = shop.call("ListSolutions")["solutions"][1]["solutionArn"]
        shop.call("CreateSolutionVersion", solutionArn=solution)
        shop.run("teardown", {**shop.local.plan.resources, "Teardown": True})
        yield shop


def _put(shop: Shop, key: str, text: str) -> None:
    shop.local.aws.call("s3", "PutObject", {"Bucket": "shop-dev-data", "Key": key, "Body": text.encode()})
