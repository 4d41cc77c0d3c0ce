"""`tastemaker events`: what waits because Amazon Personalize did not take it, and what comes of what it took."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from tastemaker.aws import Boto3Caller
from tastemaker.cli.account_clients import open_client
from tastemaker.cli.checkup import Check, failed
from tastemaker.cli.doctor import show_checks
from tastemaker.cli.event_trial import ApiDoor, Asked, Door, ServiceDoor, check_declared, find_asked, run_trial
from tastemaker.cli.options import (
    FiniteRange,
    endpoint_url_option,
    environment_option,
    json_option,
    parse_url,
    project_option,
    region_option,
)
from tastemaker.cli.progress import step
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import out
from tastemaker.client import Client
from tastemaker.errors import AwsError, TastemakerError
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.plan.tokens import resolve_tokens
from tastemaker.runner.redrive import redrive_events

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.plan.specs import Plan

DEFAULT_EVENT_TYPE = "click"


@click.group("events")
def command() -> None:
    """Look after events: send one and see its effect, or move dead letters back."""


@command.command("redrive")
@project_option
@environment_option
@click.option("--region", required=True, help="AWS Region of the deployment; credentials are the AWS CLI's.")
@json_option
def redrive(project_path: Path, environment: str, region: str, as_json: bool) -> None:
    """Move the dead letters back into their queues, once what made them fail is mended."""
    plan = build_plan(load_project(project_path), environment)
    if not plan.queues:
        raise TastemakerError("The project has no route for events, hence no event queue.")
    try:
        moved = {
            f"{plan.prefix}-{queue.name}": redrive_events(Boto3Caller(region), plan.prefix, queue)
            for queue in plan.queues
        }
    except AwsError as error:
        raise TastemakerError(
            f"The dead letters of {plan.prefix} cannot be moved: {error.code}: {error.message}"
        ) from error
    if as_json:
        print_json({"status": "OK", "moved": moved})
        return
    for queue, count in moved.items():
        out().print(f"{count} message{'' if count == 1 else 's'} moved back to {queue}.")


@command.command("doctor")
@project_option
@environment_option
@click.option(
    "--url",
    callback=parse_url,
    help="Of the API: deployed, or of tastemaker serve. Without it Amazon Personalize is asked itself.",
)
@click.option("--api-key", help="Value for the header x-api-key.")
@click.option("--token", help="Of the user pool, for the header Authorization.")
@region_option
@endpoint_url_option
@click.option("--user", "user_id", help="Who the event is for; a new id with tastemaker-doctor in it if absent.")
@click.option("--item", "item_id", help="What the event is about; the last one recommended if absent.")
@click.option("--event-type", help=f"One that the solution uses if absent, else {DEFAULT_EVENT_TYPE}.")
@click.option("--wait-seconds", type=FiniteRange(0), default=10, show_default=True, help="For the effect.")
@json_option
def doctor(
    project_path: Path,
    environment: str,
    url: str | None,
    api_key: str | None,
    token: str | None,
    region: str | None,
    endpoint_url: str | None,
    user_id: str | None,
    item_id: str | None,
    event_type: str | None,
    wait_seconds: float,
    as_json: bool,
) -> None:
    """Send one marked event and show whether it changes the answer; exit code 3 when it does not."""
    plan = build_plan(load_project(project_path), environment)
    asked = find_asked(plan)
    kind = event_type or next(iter(asked.event_types if asked else ()), DEFAULT_EVENT_TYPE)
    checks, seen = list(check_declared(plan, asked, kind)), dict[str, Any]()
    if asked is not None and plan.resources["EventTrackers"]:
        try:
            door = _open_api(url, api_key, token) if url else _open_service(plan, asked, region, endpoint_url)
            with step("sending an event"):
                trial = run_trial(door, kind, user_id=user_id, item_id=item_id, wait_seconds=wait_seconds)
            checks, seen = checks + trial[0], trial[1]
        except (BotoCoreError, ClientError, TastemakerError) as error:
            checks.append(failed("answer", str(error), "Look at tastemaker status and tastemaker doctor."))
    _tell(checks, seen, as_json=as_json)


def _open_api(url: str, api_key: str | None, token: str | None) -> Door:
    return ApiDoor(Client(url, api_key=api_key, token=token), url.rstrip("/"))


def _open_service(plan: Plan, asked: Asked, region: str | None, endpoint_url: str | None) -> Door:
    """With the tracker and the campaign that the account has under the plan's names."""

    def client(service: str) -> Any:
        return open_client(service, region, endpoint_url)

    personalize = client("personalize")
    wanted = plan.resources["DatasetGroups"][0]["Create"]["Name"]
    pages = personalize.get_paginator("list_dataset_groups").paginate()
    group = next(
        (one["datasetGroupArn"] for page in pages for one in page["datasetGroups"] if one["name"] == wanted), ""
    )
    if group == "":
        raise TastemakerError(
            f"There is no dataset group {wanted} in this account and Region; deploy the project first."
        )
    trackers = personalize.list_event_trackers(datasetGroupArn=group)["eventTrackers"]
    if not trackers:
        raise TastemakerError(f"Dataset group {wanted} has no event tracker; deploy the project.")
    tracker = personalize.describe_event_tracker(eventTrackerArn=trackers[0]["eventTrackerArn"])["eventTracker"]
    _, partition, _, here, account, *_ = group.split(":")
    owner = resolve_tokens(asked.owner, {"Partition": partition, "Region": here, "AccountId": account})
    return ServiceDoor(client("personalize-runtime"), client("personalize-events"), tracker["trackingId"], owner)


def _tell(checks: list[Check], seen: dict[str, Any], *, as_json: bool) -> None:
    is_bad = any(check.verdict == "failed" for check in checks)
    if as_json:
        status = "NO_EFFECT" if is_bad else "EFFECT"
        print_json({"status": status, "checks": [asdict(check) for check in checks], **seen})
    else:
        show_checks(out(), checks)
        for name in ("before", "after"):
            out().print(f"{name:<7} {', '.join(seen.get(name, ())) or '-'}")
    sys.exit(3 if is_bad else 0)
