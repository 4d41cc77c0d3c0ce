"""Every line of an estimate by hand, from plans of small projects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tastemaker.cost.compare import compare_options, price_campaign
from tastemaker.cost.estimate import Estimate, estimate_cost
from tastemaker.cost.traffic import Traffic
from tastemaker.facts.prices import PRICES
from tastemaker.facts.recipes import RECIPES
from tastemaker.plan.build import build_plan
from tests.support.project_files import GOOD_PROJECT, edit, read_project

if TYPE_CHECKING:
    from pathlib import Path

RECOMMENDATIONS, RELATED = "GET /users/{userId}/recommendations", "GET /items/{itemId}/related"
TRAFFIC = Traffic(
    requests_per_day={RECOMMENDATIONS: 1_000, RELATED: 1_000},
    events_per_day=10_000,
    interactions=1_000_000,
    users=50_000,
    import_bytes=40e6,
    batch_lines=10_000,
    runs={"full": 4, "incremental": 30},
)
SIMILAR = "aws-similar-items"
UPV2 = "{recipe: aws-user-personalization-v2}"
DOMAIN = (
    "project: shop\n"
    "datasetGroup: {domain: ECOMMERCE}\n"
    "datasets:\n"
    "  interactions:\n"
    "    schema: {USER_ID: string, ITEM_ID: string, TIMESTAMP: long, EVENT_TYPE: string}\n"
    "    path: a.csv\n"
    "recommenders:\n"
    "  home: {recipe: aws-ecomm-popular-items-by-purchases}\n"
    "endpoints: {popular: {recommender: home}}\n"
)


def _estimate(folder: Path, text: str = GOOD_PROJECT, traffic: Traffic = TRAFFIC) -> Estimate:
    return estimate_cost(build_plan(read_project(folder, text)), traffic)


def _usd(estimate: Estimate, what: str) -> tuple[float, float]:
    """Dollars of one line, and its idle part."""
    (line,) = [line for line in estimate.lines if line.what.startswith(what)]
    return round(line.usd, 4), round(line.idle_usd, 4)


def test_an_idle_campaign_is_billed_for_its_minimum(tmp_path: Path) -> None:
    estimate = _estimate(tmp_path)
    assert _usd(estimate, "campaign for-you") == (388.8, 388.8)  # 2,592,000 requests at $0.15 per 1,000
    assert _usd(estimate, "campaign similar") == (144.1152, 144.1152)  # the same at $0.0556


def test_a_busy_campaign_is_billed_for_its_requests(tmp_path: Path) -> None:
    busy = replace(TRAFFIC, requests_per_day={RECOMMENDATIONS: 1_000_000})
    assert _usd(_estimate(tmp_path, traffic=busy), "campaign for-you") == (4_500.0, 388.8)


def test_campaigns_of_other_recipes_share_the_tiers(tmp_path: Path) -> None:
    busy = replace(TRAFFIC, requests_per_day={RELATED: 3_000_000})
    expected = 72_000 * 0.0556 + 18_000 * 0.0278
    assert _usd(_estimate(tmp_path, traffic=busy), "campaign similar")[0] == pytest.approx(expected)


def test_trainings_are_billed_by_interactions_or_by_hours(tmp_path: Path) -> None:
    estimate = _estimate(tmp_path)
    assert _usd(estimate, "training for-you") == (8.0, 8.0)  # 4 x 1,000 x $0.002
    assert _usd(estimate, "training similar") == (3.168, 3.168)  # 4 x 3.3 hours x $0.24


def test_a_recipe_that_can_be_updated_trains_every_day_too(tmp_path: Path) -> None:
    text = edit("  timeZone: Europe", "  incremental: cron(0 5 * * ? *)\n  timeZone: Europe")
    estimate = _estimate(tmp_path, edit(UPV2, "{recipe: aws-user-personalization}", text))
    assert _usd(estimate, "training for-you")[0] == pytest.approx(34 * 3.3 * 0.24)


def test_automatic_training_is_billed_without_any_schedule(tmp_path: Path) -> None:
    text = edit("schedules:\n  full: cron(0 3 ? * SUN *)\n  timeZone: Europe/Berlin\n", "")
    text = edit(UPV2, "{recipe: aws-user-personalization-v2, performAutoTraining: true}", text)
    estimate = _estimate(tmp_path, text, replace(TRAFFIC, runs={}))
    assert _usd(estimate, "training for-you")[0] == pytest.approx(2 * 30 / 7, abs=1e-4)


def test_a_recommender_is_billed_by_the_hour_and_the_users(tmp_path: Path) -> None:
    small, large = _estimate(tmp_path, DOMAIN), _estimate(tmp_path, DOMAIN, replace(TRAFFIC, users=250_000))
    assert _usd(small, "recommender") == (270.0, 270.0)
    assert _usd(large, "recommender") == (810.0, 810.0)


def test_requests_beyond_the_included_ones_cost_a_recommender_extra(tmp_path: Path) -> None:
    busy = replace(TRAFFIC, requests_per_day={"GET /popular": 120_000})  # 5,000 an hour, 4,000 are included
    assert _usd(_estimate(tmp_path, DOMAIN, busy), "recommender")[0] == pytest.approx(270 + 720 * 0.0833)


def test_batches_are_billed_by_lines_and_segments_are_not_priced(tmp_path: Path) -> None:
    jobs = (
        "batch:\n  mail: {solution: for-you, input: a.json}\n"
        "  segment: {solution: buyers, kind: segments, input: b.json}\n"
    )
    text = edit("campaigns:\n", f"  buyers: {{recipe: aws-item-affinity}}\n{jobs}campaigns:\n")
    estimate = _estimate(tmp_path, text)
    assert _usd(estimate, "batch mail") == (6.0, 6.0)  # 4 x 10,000 lines at $0.15
    assert _usd(estimate, "batch segment") == (0.0, 0.0)
    (segment,) = [line for line in estimate.lines if line.what.startswith("batch segment")]
    assert "not known" in segment.quantity


def test_what_surrounds_the_service_is_on_the_bill(tmp_path: Path) -> None:
    estimate = _estimate(tmp_path)
    calls = 30 * (2_000 + 10_000 / 5)
    assert _usd(estimate, "REST API")[0] == pytest.approx(calls / 1e6 * 3.5)
    assert _usd(estimate, "key of the data") == (1.0, 1.0)
    assert {line.service for line in estimate.lines} == {
        "Amazon Personalize", "AWS Step Functions", "Amazon API Gateway", "AWS Lambda", "Amazon CloudWatch",
        "Amazon S3", "AWS KMS",
    }  # fmt: skip


def test_what_is_switched_on_under_deploy_is_on_the_bill(tmp_path: Path) -> None:
    deploy = (
        "deploy:\n  api: {firewall: {}, private: true, provisionedConcurrency: 3}\n  network: {}\n"
        "  monitoring: {dashboard: true, alarms: true}\n"
    )
    estimate = _estimate(tmp_path, GOOD_PROJECT + deploy)
    assert _usd(estimate, "firewall") == (8.036, 8.0)  # 60,000 requests at $0.60 a million
    assert _usd(estimate, "interface endpoints") == (131.4, 131.4)  # nine in two zones
    assert _usd(estimate, "warm instances") == (30.0, 30.0)  # three of `recommend` and three of `related`
    assert _usd(estimate, "dashboard") == (3.0, 3.0)
    assert _usd(estimate, "alarms") == (2.2, 2.2)  # 16, and three for each of two campaigns


def test_what_is_switched_off_is_not(tmp_path: Path) -> None:
    off = "deploy: {monitoring: {dashboard: false, alarms: false}}\n"
    services = {line.what for line in _estimate(tmp_path, GOOD_PROJECT + off).lines}
    assert not services & {"firewall of the API", "interface endpoints", "warm instances", "dashboard", "alarms"}


def test_the_idle_part_is_what_nobody_asking_costs(tmp_path: Path) -> None:
    quiet = replace(TRAFFIC, requests_per_day={}, events_per_day=0)
    nothing = _estimate(tmp_path, traffic=quiet)
    assert _estimate(tmp_path).idle == pytest.approx(nothing.idle)
    assert nothing.total == pytest.approx(nothing.idle, abs=0.01)  # but for the ingestion of imports


def test_prices_can_be_others(tmp_path: Path) -> None:
    prices = replace(PRICES, v2_per_1000_requests=0.3)
    estimate = estimate_cost(build_plan(read_project(tmp_path)), TRAFFIC, prices)
    assert _usd(estimate, "campaign for-you")[0] == 777.6


def test_the_options_come_cheapest_first() -> None:
    options = {option.name: option for option in compare_options(TRAFFIC, PRICES)}
    assert list(options) == [
        "aws-user-personalization, weekly batch",
        "aws-user-personalization-v2, weekly batch",
        "aws-user-personalization, campaign",
        "recommender of a domain group",
        "aws-user-personalization-v2, campaign",
    ]
    assert options["recommender of a domain group"].total == 270.0
    weeks = 30 / 7
    batch = options["aws-user-personalization-v2, weekly batch"]
    assert batch.total == pytest.approx(weeks * (50_000 / 1_000 * 0.15 + 1_000 * 0.002))


def test_a_campaign_of_any_recipe_has_its_price() -> None:
    weeks = 30 / 7
    new, similar = (price_campaign(RECIPES[name], TRAFFIC, PRICES) for name in ("aws-user-personalization-v2", SIMILAR))
    assert new.serving_usd == pytest.approx(30 * 86_400 / 1000 * 0.15)
    assert new.training_usd == pytest.approx(weeks * 1_000 * 0.002)
    assert similar.serving_usd == pytest.approx(30 * 86_400 / 1000 * 0.0556)
    assert similar.training_usd == pytest.approx(weeks * 3.3 * 0.24)
    assert similar.idle_usd == pytest.approx(similar.total)


def test_requests_of_all_routes_count_where_they_are_more_than_the_minimum() -> None:
    busy = replace(TRAFFIC, requests_per_day={RECOMMENDATIONS: 100_000, RELATED: 200_000})
    option = price_campaign(RECIPES["aws-user-personalization-v2"], busy, PRICES)
    assert option.serving_usd == pytest.approx(30 * 300_000 / 1000 * 0.15)
    assert option.idle_usd == pytest.approx(30 * 86_400 / 1000 * 0.15 + option.training_usd)


def test_a_search_for_hyperparameters_counts_each_training() -> None:
    one, five = (price_campaign(RECIPES[SIMILAR], TRAFFIC, PRICES, trainings=count) for count in (1, 5))
    assert five.training_usd == pytest.approx(5 * one.training_usd)
    assert five.serving_usd == one.serving_usd
