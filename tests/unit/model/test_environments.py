from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.errors import TastemakerError
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tests.support.project_files import GOOD_PROJECT, write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.model.project import Project

ENVIRONMENTS = """\
deploy:
  api: {firewall: {requestsPerFiveMinutes: 500}, reservedConcurrency: 10}
environments:
  dev:
    deploy: {onDelete: destroy, api: {firewall: null}}
    schedules: {paused: true}
  prod:
    campaigns: {for-you: {minProvisionedTPS: 5}}
    schedules: {full: rate(1 day), jitterMinutes: 10, onArrival: true}
    tags: {cost-centre: shop}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(write_project(tmp_path, GOOD_PROJECT + ENVIRONMENTS))


def test_an_environment_changes_what_it_writes_and_nothing_else(project: Project) -> None:
    dev = project.in_environment("dev").deploy
    assert (dev.on_delete, dev.api.firewall, dev.api.reserved_concurrency) == ("destroy", None, 10)
    prod = project.in_environment("prod").deploy
    assert prod == project.deploy
    assert prod.api.firewall is not None
    assert prod.api.firewall.requests_per_five_minutes == 500


def test_capacity_of_an_environment_reaches_the_campaign(project: Project) -> None:
    tps = {name: campaign.min_provisioned_tps for name, campaign in project.in_environment("prod").campaigns.items()}
    assert tps == {"for-you": 5, "similar": 1}


def test_a_plan_is_made_of_the_environments_project(project: Project) -> None:
    prod = build_plan(project, "prod")
    full, _watch = prod.schedules
    assert (full.expression, full.time_zone) == ("rate(1 day)", "Europe/Berlin")
    assert (full.jitter_minutes, full.paused) == (10, False)
    assert prod.tags == {"cost-centre": "shop"}
    assert [(arrival.key, arrival.input["Mode"]) for arrival in prod.arrivals] == [
        ("full/_SUCCESS", "FULL"),
        ("incremental/_SUCCESS", "INCREMENTAL"),
    ]


def test_a_paused_environment_keeps_its_schedules_and_lets_none_fire_but_watch(project: Project) -> None:
    paused = {schedule.name: schedule.paused for schedule in build_plan(project, "dev").schedules}
    assert paused == {"full": True, "watch": False}


def test_an_environment_that_nobody_declared_is_refused_with_what_is_near(project: Project) -> None:
    with pytest.raises(TastemakerError) as raised:
        build_plan(project, "prd")
    assert str(raised.value) == "The project declares no environment `prd`. Did you mean `prod`?"


def test_without_environments_every_name_is_the_same_project(tmp_path: Path) -> None:
    plan = build_plan(load_project(write_project(tmp_path)), "stage")
    assert plan.prefix == "shop-stage"
