"""`tastemaker events doctor` against Amazon Personalize itself, and against `tastemaker serve`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.command_line import run_command
from tests.support.served_project import serving_command
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

OWN = SHOP.replace("  popular: {recipe: aws-popularity-count}", "  popular: {recipe: aws-user-personalization-v2}")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with deployed_shop(tmp_path_factory.mktemp("shop"), OWN + "eventTracker: {name: clicks}\n") as shop:
        shop.deploy()
        yield shop


def test_an_event_through_putevents_changes_the_answer(shop: Shop) -> None:
    done = run_command("events", "doctor", "--project", shop.folder, "--region", "us-east-1", "--json")
    report = json.loads(done.out)
    assert {check["name"]: check["verdict"] for check in report["checks"]} == dict.fromkeys(
        ("tracker", "recipe", "event-type", "item", "rest", "accepted", "effect"), "ok"
    )
    assert (done.code, report["status"]) == (0, "EFFECT")
    assert report["before"] != report["after"]
    assert report["event"]["item_id"] == report["before"][-1]


def test_a_project_that_is_not_there_is_told(shop: Shop) -> None:
    done = run_command("events", "doctor", "--project", shop.folder, "-e", "prod", "--region", "us-east-1")
    assert done.code == 3
    assert "There is no dataset group shop-prod in this account and Region; deploy the project first." in done.out


def test_an_event_through_the_api_of_serve_changes_the_answer(tmp_path: Path) -> None:
    with serving_command(tmp_path) as served:
        done = run_command("events", "doctor", "--project", tmp_path, "--url", served.url, "--json")
    report = json.loads(done.out)
    assert (done.code, report["status"]) == (0, "EFFECT"), report["checks"]
    assert report["checks"][-2]["found"].startswith(f"click by {served.url}/events, at its own time; ")
