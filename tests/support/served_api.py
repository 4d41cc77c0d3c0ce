"""A project with every route over a small simulator, for tests that send many requests."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moto import mock_aws

from tastemaker.assets import stage_lambdas
from tastemaker.aws import REGION, Boto3Caller, environment
from tastemaker.model.project import Project
from tastemaker.plan.functions import build_functions
from tastemaker.plan.names import Names
from tastemaker.plan.openapi import build_openapi, build_public_document
from tastemaker.plan.routes import build_routes
from tastemaker.plan.specs import EventQueueSpec, ExperimentTableSpec
from tastemaker.runner.callers import KeyDoor
from tastemaker.runner.event_queue import EventQueuePump, create_event_queue
from tastemaker.runner.experiment_records import create_experiment_table, create_table
from tastemaker.runner.gateway import Gateway
from tastemaker.runner.handlers import LocalFunctions
from tastemaker.simulator import transport
from tastemaker.simulator.faults import Faults
from tests.support.simulator import build_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.simulator import Lab

NAMES = Names("shop", "dev", "shop")
GENRE = "INCLUDE ItemID WHERE Items.GENRE IN ($GENRE) AND Items.PRICE < $PRICE"
UNSEEN = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'
_ITEMS = {"schema": {"ITEM_ID": "string", "GENRE": "string", "PRICE": "float"}, "sql": "items.sql"}
_INTERACTIONS = {
    "schema": {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "EVENT_TYPE": "string"},
    "sql": "interactions.sql",
}
PROJECT = Project.model_validate(
    {
        "project": "shop",
        "datasets": {"interactions": _INTERACTIONS, "items": _ITEMS},
        "filters": {"unseen": UNSEEN, "genre": GENRE},
        "endpoints": {
            "recommendations": {
                "campaign": "own",
                "filter": "unseen",
                "filters": ["genre"],
                "fallback": {"campaign": "popular", "items": ["s1"]},
            },
            "related": {"campaign": "similar", "cacheSeconds": 60},
            "popular": {"campaign": "popular", "filters": ["genre"]},
            "trending": {"campaign": "popular", "metadata": {"table": "catalogue", "attributes": ["title"]}},
            "ranking": {"campaign": "ranked"},
            "actions": {"campaign": "acting", "fallback": {"actions": ["a1"]}},
            "events": {"eventTracker": "clicks"},
            "actionInteractions": {},
            "items": True,
            "users": True,
            "clients": {"web": {}},
        },
        "experiments": {
            "home": {
                "route": "popular",
                "variants": {"own": {"campaign": "popular"}, "plain": {"items": ["s1", "s2"]}},
            },
            "beside": {
                "route": "related",
                "mode": "interleave",
                "variants": {"own": {"campaign": "similar"}, "new": {"campaign": "similar-2"}},
            },
            "order": {
                "route": "ranking",
                "variants": {"own": {"campaign": "ranked"}, "again": {"campaign": "ranked"}},
            },
        },
    }
)
ROUTES = build_routes(PROJECT, NAMES)
_CAMPAIGNS = {
    "own": "aws-user-personalization-v2",
    "similar": "aws-similar-items",
    "popular": "aws-popularity-count",
    "ranked": "aws-personalized-ranking-v2",
    "similar-2": "aws-similar-items",
}


@dataclass(frozen=True)
class ServedApi:
    """The API with what a caller needs; `lines` is what the functions logged."""

    gateway: Gateway
    lab: Lab
    pump: EventQueuePump
    lines: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"x-api-key": "web"}


@contextmanager
def serve_api(root: Path, faults: Faults = Faults()) -> Iterator[ServedApi]:  # noqa: B008 - frozen
    """Deploy and serve; Personalize is a small simulator, everything else moto."""
    lines: list[str] = []
    with environment({"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}), mock_aws():
        aws, lab = Boto3Caller(REGION), build_lab(root / "lab", faults=faults)
        group = lab.trained_group()
        lab.dataset(group, "Users")
        for name, recipe in _CAMPAIGNS.items():
            lab.campaign(lab.version(lab.solution(group, recipe, name)), NAMES.own(name))
        for name, expression in PROJECT.filters.items():
            lab.control(
                "CreateFilter",
                name=NAMES.hashed(name, expression),
                datasetGroupArn=group,
                filterExpression=expression,
            )
        parameter = {"Name": NAMES.tracking_id_parameter, "Type": "String", "Value": lab.tracker(group)}
        aws.call("ssm", "PutParameter", parameter)
        create_experiment_table(aws, NAMES.prefix, ExperimentTableSpec())
        create_table(aws, "catalogue", "itemId")
        described = {"itemId": {"S": "i01"}, "title": {"S": "The first one"}}
        aws.call("dynamodb", "PutItem", {"TableName": "catalogue", "Item": described})
        values = {
            "Partition": "aws",
            "Region": REGION,
            "AccountId": "123456789012",
            "WebApiKeyId": "key-web",
            **create_event_queue(aws, NAMES.prefix, EventQueueSpec()),
        }
        asset = stage_lambdas(root / "asset", build_public_document(build_openapi("shop", ROUTES), ROUTES))
        functions = LocalFunctions(
            asset, build_functions(PROJECT, NAMES, ROUTES), values, log=lambda _, line: lines.append(line)
        )
        gateway = Gateway(ROUTES, functions, now=lab.clock.now, door=KeyDoor({"web": "key-web"}))
        with transport.install(lab.simulator):
            yield ServedApi(gateway, lab, EventQueuePump(aws, functions, EventQueueSpec(), values), lines)
            functions.close()
