"""What users get while Amazon Personalize fails: the deployed handler, real sockets, the simulator's faults."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.assets import stage_lambdas
from tastemaker.model.project import Project
from tastemaker.plan.functions import build_functions
from tastemaker.plan.names import Names
from tastemaker.plan.routes import build_routes
from tastemaker.runner.gateway import Gateway
from tastemaker.runner.handlers import LocalFunctions
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.faults import Fault, Faults, Kind
from tastemaker.simulator.server import ServerSpec, build_personalize_app, serving
from tastemaker.simulator.service import Simulator
from tests.support.simulator import RECIPE_NAMES, START, CountingRecipe, FolderStore, Lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

NAMES = Names("shop", "dev", "shop-dev")
NOTHING = 'INCLUDE ItemID WHERE Items.GENRE IN ("no such genre")'
DEADLINE_SECONDS = 1.8
PROJECT = Project.model_validate(
    {
        "project": "shop",
        "datasets": {
            "interactions": {
                "schema": {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"},
                "sql": "interactions.sql",
            }
        },
        "filters": {"nothing": NOTHING},
        "endpoints": {
            "deadlineMilliseconds": int(DEADLINE_SECONDS * 1000),
            "recommendations": {
                "campaign": "own",
                "filters": ["nothing"],
                "numResults": 3,
                "fallback": {"campaign": "popular", "items": ["s1"]},
            },
        },
    }
)
PATH = "/users/u01/recommendations"


def _lab(root: Path, *faults: Fault) -> Lab:
    """Campaigns `own` and `popular`, and the filter; the faults concern GetRecommendations only."""
    clock, objects, recipe = ManualClock(START), FolderStore(root), CountingRecipe()
    simulator = Simulator(
        clock=clock,
        objects=objects,
        recipes=dict.fromkeys(RECIPE_NAMES, recipe),
        faults=Faults(faults),
        sleep=time.sleep,
    )
    lab = Lab(simulator, clock, objects, recipe)
    group = lab.trained_group()
    for name, kind in (("own", "aws-user-personalization-v2"), ("popular", "aws-popularity-count")):
        lab.campaign(lab.version(lab.solution(group, kind, name)), NAMES.own(name))
    lab.control("CreateFilter", name=NAMES.hashed("nothing", NOTHING), datasetGroupArn=group, filterExpression=NOTHING)
    lab.wait(60)
    return lab


@contextmanager
def _gateway(lab: Lab, root: Path) -> Iterator[Gateway]:
    routes = build_routes(PROJECT, NAMES)
    with serving([ServerSpec(build_personalize_app(lab.simulator))]) as urls:
        address = {"AWS_ENDPOINT_URL_PERSONALIZE_RUNTIME": urls[0]}
        specs = [
            replace(spec, environment={**spec.environment, **address})
            for spec in build_functions(PROJECT, NAMES, routes)
        ]
        values = {"Partition": "aws", "Region": "us-east-1", "AccountId": "123456789012"}
        functions = LocalFunctions(stage_lambdas(root / "asset"), specs, values, log=lambda *_: None)
        yield Gateway(routes, functions)
        functions.close()


def _asked(gateway: Gateway, *query: tuple[str, str]) -> tuple[int, str, dict[str, Any], float]:
    """Status, source, body and seconds."""
    started = time.monotonic()
    response = gateway.handle("GET", PATH, query)
    seconds = time.monotonic() - started
    return response.status, dict(response.headers)["X-Recommendation-Source"], json.loads(response.body), seconds


def _fault(kind: Kind, campaign: str = "*", **more: Any) -> Fault:
    pattern = {"campaignArn": f"*/shop-dev-{campaign}"}
    return Fault(kind=kind, operation="GetRecommendations", params=pattern, **more)


MATRIX = {
    "nothing fails": ((), "campaign"),
    "throttled": ((_fault(Kind.THROTTLING, "own"),), "fallback-campaign"),
    "throttled once": ((_fault(Kind.THROTTLING, "own", count=1),), "campaign"),
    "500": ((_fault(Kind.INTERNAL_FAILURE, "own"),), "fallback-campaign"),
    "503": ((_fault(Kind.SERVICE_UNAVAILABLE, "own"),), "fallback-campaign"),
    "access denied": ((_fault(Kind.ACCESS_DENIED, "own"),), "fallback-campaign"),
    "three seconds": ((_fault(Kind.LATENCY, "own", seconds=3),), "fallback-campaign"),
    "three seconds everywhere": ((_fault(Kind.LATENCY, seconds=3),), "static"),
    "500 everywhere": ((_fault(Kind.INTERNAL_FAILURE),), "static"),
}


@pytest.mark.parametrize("name", MATRIX)
def test_every_request_is_answered_within_the_deadline_with_its_source(name: str, tmp_path: Path) -> None:
    faults, source = MATRIX[name]
    lab = _lab(tmp_path, *faults)
    with _gateway(lab, tmp_path) as gateway:
        gateway.handle("GET", "/healthz")
        _asked(gateway)  # the cold start, which loads the SDK, is Lambda's and not the deadline's
        answers = [_asked(gateway) for _ in range(4)]
    assert {(status, given) for status, given, _, _ in answers} == {(200, source)}
    assert all(body["items"] for _, _, body, _ in answers)
    assert max(seconds for *_, seconds in answers) < DEADLINE_SECONDS


def test_a_deleted_campaign_is_answered_for(tmp_path: Path) -> None:
    lab = _lab(tmp_path)
    with _gateway(lab, tmp_path) as gateway:
        assert _asked(gateway)[1] == "campaign"
        lab.control(
            "DeleteCampaign", campaignArn=f"arn:aws:personalize:us-east-1:123456789012:campaign/{NAMES.own('own')}"
        )
        lab.wait()
        assert _asked(gateway)[:2] == (200, "fallback-campaign")


def test_a_total_outage_is_answered_with_the_last_good_list(tmp_path: Path) -> None:
    # One request each for the campaign and the renewal of the last good list; then nothing works any more.
    lab = _lab(tmp_path, _fault(Kind.INTERNAL_FAILURE, after_seconds=60 * 86_400))
    with _gateway(lab, tmp_path) as gateway:
        _asked(gateway)
        lab.wait(60 * 86_400)
        status, source, body, _ = _asked(gateway)
    assert (status, source, len(body["items"])) == (200, "last-good", 3)


def test_nothing_left_by_the_filter_is_no_failure(tmp_path: Path) -> None:
    with _gateway(_lab(tmp_path), tmp_path) as gateway:
        _, source, body, _ = _asked(gateway, ("filter", "nothing"))
    assert (source, body["items"], body["emptyBecause"]) == ("campaign", [], "filter")
