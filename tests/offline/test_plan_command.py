"""`tastemaker plan` against a deployed shop: screen, JSON, Markdown, exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.runner.stepfunctions import install
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.persistence import StateDirectory
from tastemaker.simulator.service import Simulator
from tests.support.aws_fakes import answered_operation
from tests.support.changes import edited_plan
from tests.support.command_line import Done, run_command
from tests.support.simulator import FolderStore
from tests.support.workflows import SHOP, START, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.workflows import Shop

pytestmark = pytest.mark.slow
HERE = ("--account", "--region", "us-east-1", "--detailed-exitcode")
CAPACITY = ("  similar: {solution: similar}", "  similar: {solution: similar, minProvisionedTPS: 3}")
RECIPE = ("similar: {recipe: aws-sims}", "similar: {recipe: aws-similar-items}")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with (
        answered_operation("service-quotas", "ListServiceQuotas", {"Quotas": []}),
        deployed_shop(tmp_path_factory.mktemp("shop")) as shop,
        install(shop.local.engine),
    ):
        shop.deploy()
        yield shop


def planned(shop: Shop, *edits: tuple[str, str], options: tuple[str, ...] = ()) -> Done:
    edited_plan(shop, *edits)
    return run_command("plan", "--project", shop.folder / "edited.yaml", *HERE, *options)


def test_no_changes_end_with_code_0_and_one_calm_line(shop: Shop) -> None:
    done = planned(shop)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "No changes: 10 of shop-dev's resources are as the project wants them.",
        "",
        "Stacks, state machines and functions are not compared here: cdk diff shows them.",
    ]


def test_a_change_ends_with_code_5_and_says_what_it_means(shop: Shop) -> None:
    done = planned(shop, CAPACITY)
    assert done.code == 5
    assert [line.rstrip() for line in done.out.splitlines()] == [
        "shop-dev: 1 update in place; 9 stay as they are.",
        "",
        "~ update in place  campaign shop-dev-similar",
        "  minProvisionedTPS  1 -> 3",
        "    why       UpdateCampaign changes it in place",
        "    serving   keeps answering as before until the update is ACTIVE, some minutes later",
        "    cost      +$288.23 a month without a request",
        "",
        "Once all is done and released, a month without a single request costs $288.23 more.",
        "Stacks, state machines and functions are not compared here: cdk diff shows them.",
    ]


def test_a_refusal_ends_with_code_6_and_comes_first(shop: Shop) -> None:
    done = planned(shop, CAPACITY, RECIPE)
    lines = done.out.splitlines()
    assert done.code == 6
    assert lines[:2] == [
        "shop-dev: 1 forbidden, 1 update in place; 8 stay as they are.",
        "ensure stops at what is forbidden; what does not depend on it may be done before.",
    ]
    assert lines[3] == "! forbidden  solution shop-dev-similar"
    assert "or set replace: true on it, which deletes its versions and campaigns first" in done.out
    assert "arn:" not in done.out


def test_without_the_option_every_answer_ends_with_code_0(shop: Shop) -> None:
    edited_plan(shop, RECIPE)
    assert run_command("plan", "--project", shop.folder / "edited.yaml", *HERE[:-1]).code == 0


def test_json_is_all_of_it(shop: Shop) -> None:
    done = planned(shop, CAPACITY, options=("--json",))
    told: dict[str, Any] = json.loads(done.out)
    assert (done.code, told["status"], told["summary"]) == (5, "CHANGES", {"update in place": 1, "no change": 9})
    (changed,) = (one for one in told["resources"] if one["verb"] == "update in place")
    assert changed["fields"] == [{
        "path": "minProvisionedTPS", "old": 1, "new": 3, "verb": "update in place",
        "reason": "UpdateCampaign changes it in place", "origin": "project",
    }]  # fmt: skip
    assert [call["operation"] for call in told["calls"]] == ["UpdateCampaign"]
    assert told["calls"][0]["params"]["minProvisionedTPS"] == 3


def test_markdown_is_a_table_for_a_pull_request(shop: Shop) -> None:
    lines = planned(shop, CAPACITY, ('IN ("*")', 'IN ("a|b")'), options=("--markdown",)).out.splitlines()
    assert lines[:3] == [
        "### Amazon Personalize",
        "",
        "**shop-dev: 1 replace, 1 update in place; 8 stay as they are.**",
    ]
    assert (
        "| **update in place** | campaign `shop-dev-similar` | `minProvisionedTPS` | `1` | `3` | "
        "UpdateCampaign changes it in place |"
    ) in lines
    row = next(line for line in lines if line.startswith("| **replace**"))
    assert row.endswith('`EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("a\\|b")` | an expression is create-only |')
    assert "- campaign `shop-dev-similar`, cost: +$288.23 a month without a request" in lines


def test_a_quota_that_would_be_used_up_ends_with_code_6_everywhere(shop: Shop) -> None:
    more = "".join(f"  more-{at}: {{solution: popular}}\n" for at in range(4))
    edit = ("campaigns:\n", f"campaigns:\n{more}")
    told = (
        "CreateCampaign would be refused for shop-dev-more-3: 6 campaigns per dataset group are needed, 2 are there, "
        "5 are allowed. Ask Service Quotas for 6 campaigns per dataset group, or delete campaigns that nobody needs."
    )
    screen, markdown, program = (planned(shop, edit, options=one) for one in ((), ("--markdown",), ("--json",)))
    assert [screen.code, markdown.code, program.code] == [6, 6, 6]
    assert screen.out.splitlines()[1] == told
    assert f"> {told}" in markdown.out.splitlines()
    report = json.loads(program.out)
    assert report["status"] == "FORBIDDEN"
    assert [(one["quota"], one["used"], one["needed"], one["limit"]) for one in report["quotas"]] == [
        ("campaigns per dataset group", 2, 6, 5)
    ]


def test_drift_is_named(shop: Shop) -> None:
    arn = "arn:aws:personalize:us-east-1:123456789012:solution/shop-dev-popular"
    shop.call("UpdateSolution", solutionArn=arn, performAutoTraining=True)
    shop.wait(600)
    lines = planned(shop).out.splitlines()
    shop.call("UpdateSolution", solutionArn=arn, performAutoTraining=False)
    shop.wait(600)
    assert lines[1] == "1 drifted: changed beside the project since ensure ran on 2026-01-01 00:00 UTC."
    assert "  performAutoTraining  true -> false  drift" in lines


def test_nothing_to_compare_with_shows_the_plan_as_ever(shop: Shop) -> None:
    assert "state machine" in run_command("plan", "--project", shop.folder).out
    done = run_command("plan", "--project", shop.folder, "--detailed-exitcode")
    assert (done.code, "give --account, --endpoint-url or --state" in done.err) == (2, True)


def test_json_and_markdown_together_are_refused(shop: Shop) -> None:
    assert planned(shop, options=("--json", "--markdown")).code == 2


def test_a_state_folder_is_compared_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "tastemaker.yaml").write_text(SHOP, encoding="utf-8")
    with StateDirectory(tmp_path / "state") as state:
        simulator = Simulator(clock=ManualClock(START), objects=FolderStore(tmp_path), state=state)
        simulator.call("personalize", "CreateDatasetGroup", {"name": "shop-dev"})
        simulator.save()
    before = sorted((path.name, path.read_bytes()) for path in (tmp_path / "state").rglob("*.json"))
    done = run_command("plan", "--project", tmp_path, "--state", tmp_path / "state", "--json", "--detailed-exitcode")
    verbs = {(one["kind"], one["verb"]) for one in json.loads(done.out)["resources"]}
    assert done.code == 5
    assert {("dataset group", "no change"), ("schema", "create"), ("campaign", "later")} <= verbs
    assert before == sorted((path.name, path.read_bytes()) for path in (tmp_path / "state").rglob("*.json"))


def test_a_folder_without_a_state_is_named(tmp_path: Path) -> None:
    (tmp_path / "tastemaker.yaml").write_text(SHOP, encoding="utf-8")
    done = run_command("plan", "--project", tmp_path, "--state", tmp_path / "nowhere")
    assert (done.code, done.err) == (
        1, f"There is no folder {tmp_path / 'nowhere'}; give the one that `tastemaker simulator --state` keeps.\n",
    )  # fmt: skip


def test_an_endpoint_that_nobody_answers_is_an_error_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "tastemaker.yaml").write_text(SHOP, encoding="utf-8")
    done = run_command("plan", "--project", tmp_path, "--endpoint-url", "http://127.0.0.1:9", "--region", "us-east-1")
    assert done.code == 1
    assert done.err.startswith("The account could not be read: ")
