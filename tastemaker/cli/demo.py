"""`tastemaker demo`: the whole job in one screen, ending with an event that moves the answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tastemaker.cli.inspecting import check_project, show_checked
from tastemaker.cli.journey import deployed
from tastemaker.cli.options import environment_option, json_option, project_option, seed_option
from tastemaker.cli.report import build_run_report, print_json, show_run_report
from tastemaker.cli.screen import err, heading, out, show_plan, table
from tastemaker.errors import TastemakerError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from tastemaker.cli.journey import Run

SHOWN = 8
"""How many items the demo prints; enough to see the order move."""


@click.command("demo")
@project_option
@environment_option
@seed_option
@json_option
def command(project_path: Path, environment: str, seed: int, as_json: bool) -> None:
    """Check, plan, run and show how one event changes the answer."""
    console = err() if as_json else out()
    heading(console, 1, "Check the project file and the data")
    checked = check_project(project_path, environment)
    show_checked(console, checked)
    heading(console, 2, "Plan: what will exist, and what each scheduled run does")
    show_plan(console, checked.plan)
    heading(console, 3, "Run the state machines offline, in virtual time, with real training")
    with deployed(checked, seed=seed, start=None) as run:
        run.deploy()
        report = build_run_report(run, None)
        show_run_report(console, report)
        heading(console, 4, "One event through the Lambda handlers moves the answer")
        event = _show_event(console, run)
    if as_json:
        print_json({"status": "OK", "run": report, "event": event})
    console.print(
        Text.assemble("\nLook at it live: ", (f"tastemaker serve --project {project_path.parent}", "bold green"))
    )


def _show_event(console: Console, run: Run) -> dict[str, Any]:
    """What was asked, sent and answered, also as data."""
    user = run.example_user()
    before = _ask(run, user)
    chosen = _surprise(run, {*before, *run.history(user)})
    body = {
        "sessionId": "demo-session",
        "userId": user,
        "events": [{"eventType": run.example_event_type(), "itemId": chosen}],
    }
    answer = _call(run, "POST", "/events", json.dumps(body).encode())
    after = _ask(run, user)
    titles = run.titles()
    ranks = {item: rank for rank, item in enumerate(before, 1)}
    rows = [
        (rank, titles.get(old, old), titles.get(new, new), _moved(ranks.get(new), rank))
        for rank, (old, new) in enumerate(zip(before[:SHOWN], after[:SHOWN], strict=False), 1)
    ]
    console.print(f"user {user} sees “{titles.get(chosen, chosen)}”: {answer['accepted']} event accepted\n")
    console.print(table(("", "before", "after", "was"), rows, right=(0, 3)))
    return {"user": user, "item": chosen, "accepted": answer["accepted"], "before": before, "after": after}


def _moved(old_rank: int | None, rank: int) -> str:
    if old_rank is None:
        return "new"
    return "" if old_rank == rank else str(old_rank)


def _ask(run: Run, user: str) -> list[str]:
    answer = _call(run, "GET", f"/users/{user}/recommendations", b"")
    return [str(item["itemId"]) for item in answer["items"]]


def _surprise(run: Run, expected: set[str]) -> str:
    """The most popular item that the user neither knows nor would be recommended: a new interest."""
    campaigns = {entry["name"]: entry["arn"] for entry in run.campaigns()}
    popular = next(arn for name, arn in campaigns.items() if name.endswith("popular"))
    params = {"campaignArn": popular, "numResults": 100}
    listed = run.local.simulator.call("personalize-runtime", "GetRecommendations", params)["itemList"]
    return next(str(item["itemId"]) for item in listed if item["itemId"] not in expected)


def _call(run: Run, method: str, path: str, body: bytes) -> dict[str, Any]:
    response = run.local.gateway.handle(method, path, (), (("content-type", "application/json"),), body)
    if response.status != 200:
        raise TastemakerError(f"{method} {path} answered {response.status}: {response.body.decode()}")
    answer: dict[str, Any] = json.loads(response.body)
    return answer
