from __future__ import annotations

from dataclasses import replace

from tastemaker.facts.prices import PRICES
from tastemaker.simulator.meter import Meter
from tests.support.simulator import DAY, HOUR, START, Lab

JANUARY = 1_798_761_600.0
"""2027-01-01 00:00 UTC."""


def test_a_group_without_work_costs_nothing(lab: Lab) -> None:
    lab.group()
    assert lab.simulator.meter.report(START) == {
        "data ingestion": 0.0,
        "training (v2 recipes)": 0.0,
        "training (other recipes)": 0.0,
        "recommendations (v2 recipes)": 0.0,
        "recommendations (other recipes)": 0,
        "batch recommendations (v2 recipes)": 0.0,
        "batch recommendations (other recipes)": 0,
        "recommenders": 0.0,
        "total": 0.0,
    }


def test_ingestion_is_billed_by_size() -> None:
    meter = Meter()
    meter.ingest(2 * 10**9)
    assert meter.report(START)["data ingestion"] == 0.1


def test_v2_training_is_billed_by_interactions_and_others_by_hours() -> None:
    meter = Meter()
    meter.train(v2=True, interactions=10_000_000, hours=5)
    meter.train(v2=False, interactions=10_000_000, hours=6)
    report = meter.report(START)
    assert (report["training (v2 recipes)"], report["training (other recipes)"]) == (20.0, 1.44)


def test_an_idle_campaign_costs_144_dollars_in_thirty_days() -> None:
    meter = Meter()
    meter.open_campaign("home", 1, JANUARY, v2=False)
    report = meter.report(JANUARY + 30 * DAY)
    assert round(report["recommendations (other recipes)"], 2) == 144.12
    assert report["total"] == report["recommendations (other recipes)"]


def test_requests_above_the_minimum_are_billed_by_five_minutes() -> None:
    meter = Meter()
    meter.open_campaign("home", 1, JANUARY, v2=True)
    for _ in range(1_300):
        meter.request("home", JANUARY + 10)
    meter.request("home", JANUARY + 600)
    assert round(meter.report(JANUARY + HOUR)["recommendations (v2 recipes)"], 4) == round((3_600 + 1_000) * 0.15e-3, 4)


def test_a_changed_minimum_counts_from_its_change_and_a_deleted_campaign_no_more() -> None:
    meter = Meter()
    meter.open_campaign("home", 1, JANUARY, v2=True)
    meter.open_campaign("home", 2, JANUARY + 1_000, v2=True)
    meter.close_campaign("home", JANUARY + 2_000)
    assert round(meter.report(JANUARY + DAY)["recommendations (v2 recipes)"], 6) == round(3_000 * 0.15e-3, 6)


def test_tiers_begin_anew_every_month() -> None:
    meter = Meter()
    meter.open_campaign("home", 30, JANUARY, v2=False)
    expected_january = 72e6 * 0.0556e-3 + (30 * 31 * DAY - 72e6) * 0.0278e-3
    assert round(meter.report(JANUARY + 31 * DAY)["total"], 2) == round(expected_january, 2)
    first_day = 30 * DAY * 0.0556e-3
    assert round(meter.report(JANUARY + 32 * DAY)["total"], 2) == round(expected_january + first_day, 2)


def test_prices_can_be_ones_own() -> None:
    meter = Meter()
    meter.ingest(10**9)
    assert meter.report(START, replace(PRICES, ingestion_per_gb=7.0))["total"] == 7.0


def test_the_simulator_counts_its_work(lab: Lab) -> None:
    lab.serving()
    for _ in range(3):
        lab.runtime(
            "GetRecommendations", campaignArn=lab.control("ListCampaigns")["campaigns"][0]["campaignArn"], userId="u"
        )
    meter = lab.simulator.meter
    assert meter.ingested_bytes == 30_224
    assert meter.v2_training_interactions == 1_200
    assert sum(meter.requests.values()) == 3


def test_a_failed_training_is_free_and_a_stopped_one_is_not(lab: Lab) -> None:
    group = lab.group()
    lab.dataset(group)
    solution = lab.solution(group, "aws-user-personalization")
    lab.version(solution)
    assert lab.simulator.meter.v1_training_hours == 0
    version = lab.control("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    lab.wait(10 + 1_800)
    lab.control("StopSolutionVersionCreation", solutionVersionArn=version)
    assert lab.simulator.meter.v1_training_hours == 0.5
