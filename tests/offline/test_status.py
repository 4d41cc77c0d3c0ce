"""`tastemaker status` against a deployed shop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.account_states import T0, States, execution, read
from tests.support.command_line import run_command
from tests.support.workflows import deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.workflows import Shop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with deployed_shop(tmp_path_factory.mktemp("shop")) as shop:
        shop.upload()
        shop.run("ensure", shop.local.plan.resources)
        shop.run("maintain", shop.maintenance())
        yield shop


def test_it_says_what_serves_since_when_and_trained_when(shop: Shop) -> None:
    state = read()
    assert {(one.name, one.status, one.update) for one in state.serving} == {
        ("shop-dev-popular", "ACTIVE", ""),
        ("shop-dev-similar", "ACTIVE", ""),
    }
    for one in state.serving:
        assert one.trained_at is not None
        assert one.trained_at <= one.since <= shop.local.clock.now()


def test_versions_come_with_their_metrics(shop: Shop) -> None:
    versions = read().versions
    assert {(one.solution, one.status, one.training_mode) for one in versions} == {
        ("shop-dev-popular", "ACTIVE", "FULL"),
        ("shop-dev-similar", "ACTIVE", "FULL"),
    }
    assert all("precision_at_10" in one.metrics for one in versions)


def test_the_newest_import_of_each_dataset_is_shown(shop: Shop) -> None:
    assert {(one.dataset_type, one.mode, one.status) for one in read().imports} == {
        ("INTERACTIONS", "FULL", "ACTIVE"),
        ("ITEMS", "FULL", "ACTIVE"),
    }
    assert read().problems == ()


def test_a_running_execution_ends_when_the_earlier_ones_did(shop: Shop) -> None:
    earlier = [
        execution(f"e{at}", "SUCCEEDED", -10_000 * at, seconds) for at, seconds in ((1, 300), (2, 100), (3, 200))
    ]
    (run,) = read(States(execution("now", "RUNNING", 0), *earlier)).running
    assert (run.machine, run.name, run.started, run.expected_end) == ("maintain", "now", T0, T0 + 200)


def test_the_first_execution_has_no_expected_end(shop: Shop) -> None:
    assert read(States(execution("now", "RUNNING", 0))).running[0].expected_end is None


def test_a_failure_is_a_problem_until_a_later_execution_succeeds(shop: Shop) -> None:
    failed, done = execution("bad", "FAILED", 0, 60), execution("good", "SUCCEEDED", 100, 60)
    assert read(States(failed)).problems == ("maintain bad: Tastemaker.ImportRefused: 900 rows",)
    assert read(States(done, failed)).problems == ()


def test_the_command_shows_everything_and_ends_well(shop: Shop) -> None:
    done = run_command("status", "--project", shop.folder, "--region", "us-east-1", "--json")
    assert (done.code, json.loads(done.out)["status"]) == (0, "OK")
    shown = run_command("status", "--project", shop.folder, "--region", "us-east-1")
    assert shown.code == 0
    for words in ("shop-dev-popular", "precision_at_10", "INTERACTIONS", "Nothing runs now.", "cron(0 3 ? * SUN *)"):
        assert words in shown.out
