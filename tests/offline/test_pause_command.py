"""`tastemaker pause` and `resume`: look, tell, ask, start. moto takes the executions; the shop plays them."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.support.command_line import Done, run_command
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

ROUTES = """\
endpoints:
  popular: {campaign: popular, fallback: {items: [i01, i02]}}
  related: {campaign: similar, fallback: {campaign: popular}}
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with deployed_shop(tmp_path_factory.mktemp("shop"), SHOP + ROUTES) as shop:
        shop.deploy()
        definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
        for verb in ("pause", "resume"):
            client().create_state_machine(
                name=f"shop-dev-{verb}", definition=definition, roleArn="arn:aws:iam::123456789012:role/x"
            )
        yield shop


def client() -> Any:
    return boto3.client("stepfunctions", region_name="us-east-1")


def command(shop: Shop, verb: str, *arguments: str) -> Done:
    return run_command(verb, "--project", shop.folder, "--region", "us-east-1", *arguments)


def executions(verb: str) -> list[dict[str, Any]]:
    found = {one["name"]: one["stateMachineArn"] for one in client().list_state_machines()["stateMachines"]}
    listed: list[dict[str, Any]] = client().list_executions(stateMachineArn=found[f"shop-dev-{verb}"])["executions"]
    return listed


def carry_out(shop: Shop, verb: str) -> None:
    """Play what the command has started."""
    (started,) = (one for one in executions(verb) if one["status"] == "RUNNING")
    job = client().describe_execution(executionArn=started["executionArn"])["input"]
    shop.run(verb, json.loads(job))
    client().stop_execution(executionArn=started["executionArn"])


def test_without_consent_nothing_is_started(shop: Shop) -> None:
    done = command(shop, "pause", "--json")
    assert (done.code, json.loads(done.out)["status"], executions("pause")) == (2, "USAGE", [])
    assert json.loads(done.out)["message"] == "This needs your consent: --yes, or an answer at a terminal."


def test_the_question_says_who_answers_and_what_it_saves(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    done = command(shop, "pause")
    assert (done.code, executions("pause")) == (130, [])
    for words in (
        "GET /popular                 2 fixed entries of its fallback (static)",
        "GET /items/{itemId}/related  what was kept in memory (last-good), then 404 not-deployed",
        "campaign popular (aws-popularity-count)",
        "Saves about $295.02 a month, and the requests.",
        "Pause? [y/N]",
    ):
        assert words in done.err


def test_a_pause_is_shown_by_status_and_taken_back(shop: Shop) -> None:
    started = json.loads(command(shop, "pause", "--yes", "--no-wait", "--json").out)
    assert started["status"] == "STARTED"
    again = json.loads(command(shop, "pause", "--yes", "--no-wait", "--json").out)
    assert again["execution"] == started["execution"]  # joined, not started twice
    early = command(shop, "resume", "--yes", "--json")
    assert (early.code, json.loads(early.out)["status"]) == (0, "UNCHANGED")  # the mark is not there yet
    carry_out(shop, "pause")

    state = json.loads(command(shop, "status", "--json").out)
    assert (state["paused_since"][:5], state["serving"], state["pause_saves_usd_a_month"]) == ("2026-", [], 295.02)
    assert "Serving is paused since 2026-" in command(shop, "status").out
    unchanged = json.loads(command(shop, "pause", "--json").out)
    assert (unchanged["status"], len(executions("pause"))) == ("UNCHANGED", 1)

    assert json.loads(command(shop, "resume", "--yes", "--no-wait", "--json").out)["status"] == "STARTED"
    carry_out(shop, "resume")
    state = json.loads(command(shop, "status", "--json").out)
    assert (state["paused_since"], len(state["serving"])) == ("", 2)


def test_the_opposite_is_not_started_while_one_is_at_work(shop: Shop) -> None:
    command(shop, "pause", "--yes", "--no-wait")
    shop.run(
        "pause", json.loads(client().describe_execution(executionArn=executions("pause")[-1]["executionArn"])["input"])
    )
    refused = command(shop, "resume", "--yes", "--json")
    assert refused.code == 1
    assert json.loads(refused.out)["message"].startswith("pause is still at work: arn:aws:states:us-east-1:")


def test_a_project_that_is_not_deployed_is_told(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "tastemaker.yaml").write_text(SHOP.replace("project: shop", "project: other"))
    done = run_command("pause", "--project", tmp_path, "--region", "us-east-1")
    assert done.code == 1
    assert done.err.startswith("There is no state machine other-dev-pause in this account and Region; deploy")
