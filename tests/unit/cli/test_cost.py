"""`tastemaker cost` and the budget."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.command_line import run_command
from tests.support.project_files import build_clicks, edit, write_csv, write_project

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"
TEXT = edit("    sql: sql/interactions.sql", "    path: clicks.csv")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write_project(tmp_path, TEXT)
    write_csv(tmp_path / "clicks.csv", HEADER, build_clicks())
    return tmp_path


def _ask(shop: Path, *more: str) -> dict[str, Any]:
    done = run_command("cost", "--project", shop, "--json", *more)
    assert done.code == 0, done.err
    facts: dict[str, Any] = json.loads(done.out)
    return facts


def _origins(facts: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: (one["value"], one["origin"]) for one in facts["assumptions"]}


def test_assumptions_are_defaults_until_something_is_known(shop: Path) -> None:
    assert _origins(_ask(shop))["interactions"] == (1_000_000, "default")
    assert run_command("check", "--project", shop).code == 0
    assert _origins(_ask(shop))["interactions"] == (1_000, "last check")
    write_project(shop, TEXT + "traffic: {interactions: 5000, requestsPerDay: {related: 7}}\n")
    found = _origins(_ask(shop, "--events-per-day", "9"))
    assert found["interactions"] == (5_000, "project file")
    assert found["requests per day, GET /items/{itemId}/related"] == (7, "project file")
    assert found["requests per day, GET /users/{userId}/recommendations"] == (10_000, "default")
    assert found["events per day"] == (9, "command line")


def test_a_weekly_schedule_fires_four_times_and_two_sevenths(shop: Path) -> None:
    assert _ask(shop)["runs"] == {"full": pytest.approx(30 / 7), "watch": 30}


def test_the_screen_shows_total_idle_part_and_assumptions(shop: Path) -> None:
    done = run_command("cost", "--project", shop)
    assert done.code == 0
    for words in ("of it idle", "requests per day, GET /items/{itemId}/related", "recommender of a domain group"):
        assert words in done.out


def test_prices_of_a_file_replace_the_built_in_ones(shop: Path) -> None:
    prices = shop / "prices.yaml"
    prices.write_text("as_of: 2027-01\nv2_per_1000_requests: 0.3\nv1_request_tiers: [[.inf, 0.01]]\n", encoding="utf-8")
    facts = _ask(shop, "--prices", str(prices))
    usd = {line["what"].split(" (")[0]: line["usd"] for line in facts["lines"]}
    assert usd["campaign for-you"] == pytest.approx(777.6)
    assert usd["campaign similar"] == pytest.approx(25.92)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("v2_per_1000_request: 1", "Did you mean `v2_per_1000_requests`?"),
        ("key_month: free", "key_month must be like 1.0"),
        ("- 1", "is no mapping"),
        ("{", "while parsing"),
    ],
)
def test_a_wrong_price_file_is_refused(shop: Path, text: str, words: str) -> None:
    (shop / "prices.yaml").write_text(text, encoding="utf-8")
    done = run_command("cost", "--project", shop, "--prices", shop / "prices.yaml")
    assert done.code == 2
    assert words in done.err


def test_a_plan_beyond_the_budget_fails_the_check_at_its_line(shop: Path) -> None:
    write_project(shop, f"budget: 500\n{TEXT}")
    done = run_command("check", "--project", shop, "--json")
    assert done.code == 2
    (finding,) = [one for one in json.loads(done.out)["findings"] if one["severity"] == "error"]
    assert (finding["line"], finding["column"], finding["rule"]) == (1, 9, "budget")
    assert finding["message"].startswith("about $5")
    assert finding["hint"].startswith("The largest part is campaign for-you (aws-user-personalization-v2), $389.")
    assert _ask(shop)["status"] == "OVER_BUDGET"


def test_a_plan_within_the_budget_passes(shop: Path) -> None:
    write_project(shop, f"budget: 600\n{TEXT}")
    assert run_command("check", "--project", shop).code == 0
    assert _ask(shop)["status"] == "OK"


def test_each_environment_has_a_budget_of_its_own(shop: Path) -> None:
    prod = "environments:\n  prod:\n    budget: 700\n    campaigns: {similar: {minProvisionedTPS: 4}}\n"
    write_project(shop, f"budget: 600\n{TEXT}{prod}")
    assert run_command("check", "--project", shop).code == 0
    done = run_command("check", "--project", shop, "-e", "prod", "--json")
    assert done.code == 2
    (finding,) = [one for one in json.loads(done.out)["findings"] if one["severity"] == "error"]
    assert (finding["line"], finding["column"]) == (32, 13)
    assert "for environment prod, $700 is the budget" in finding["message"]
    assert _ask(shop, "-e", "prod")["total_usd"] > _ask(shop)["total_usd"] + 400


def test_the_budget_can_be_silenced_with_a_reason(shop: Path) -> None:
    write_project(shop, f"budget: 5\n{TEXT}silence: {{budget: December is dear}}\n")
    assert run_command("check", "--project", shop).code == 0
