"""`tastemaker rollback`: put a campaign's earlier version back, by the machine that also releases.

It starts `release` with another input, in the account that boto3 finds, or at `--endpoint-url`, where a local Step
Functions listens.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

from tastemaker.cli.options import environment_option, project_option
from tastemaker.cli.screen import out
from tastemaker.errors import TastemakerError, WorkflowFailedError
from tastemaker.model.load import load_project
from tastemaker.model.suggest import build_hint
from tastemaker.plan.build import build_names, build_plan
from tastemaker.plan.rollback import build_rollback
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from pathlib import Path

POLL_SECONDS = 15


@click.command("rollback")
@click.argument("campaign")
@project_option
@environment_option
@click.option("--to", "version_arn", help="Solution version to go back to; otherwise the one that served before.")
@click.option("--reason", default="rolled back by hand", show_default=True, help="For the ledger.")
@click.option("--region", help="AWS Region; otherwise that of your AWS configuration.")
@click.option("--endpoint-url", help="Of a local Step Functions.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait for the end of the execution.")
def command(
    campaign: str,
    project_path: Path,
    environment: str,
    version_arn: str | None,
    reason: str,
    region: str | None,
    endpoint_url: str | None,
    wait: bool,
) -> None:
    """Put CAMPAIGN's earlier version back; the canary asks it before the execution succeeds.

    CAMPAIGN is a key of `campaigns` in the project file. The next maintenance does not bring the version back that was
    taken away: only a new training does.
    """
    project = load_project(project_path).in_environment(environment)
    if campaign not in project.campaigns:
        hint = build_hint(campaign, project.campaigns, "Campaigns")
        raise click.UsageError(f"There is no campaign {campaign!r}. {hint}")
    plan, names = build_plan(project, environment), build_names(project, environment)
    try:
        client: Any = boto3.client("stepfunctions", region_name=region, endpoint_url=endpoint_url)
        machine_arn = _find_machine(client, f"{plan.prefix}-release")
        job = resolve_tokens(build_rollback(project, names, campaign, version_arn, reason), _tokens(machine_arn))
        execution_arn = client.start_execution(stateMachineArn=machine_arn, input=json.dumps(job))["executionArn"]
        out().print(f"started {execution_arn}", soft_wrap=True)
        if wait:
            _report(_wait(client, execution_arn), execution_arn)
    except (BotoCoreError, ClientError) as error:
        raise TastemakerError(f"The roll back could not be started: {error}") from error


def _find_machine(client: Any, name: str) -> str:
    """A local Step Functions knows the machine by its name in the plan."""
    wanted = (name, "release")
    pages = client.get_paginator("list_state_machines").paginate()
    found = {machine["name"]: str(machine["stateMachineArn"]) for page in pages for machine in page["stateMachines"]}
    for candidate in wanted:
        if candidate in found:
            return found[candidate]
    raise TastemakerError(f"There is no state machine {name} in this account and Region; deploy the project first.")


def _tokens(machine_arn: str) -> dict[str, str]:
    _, partition, _, region, account, *_ = machine_arn.split(":")
    return {"Partition": partition, "Region": region, "AccountId": account}


def _wait(client: Any, execution_arn: str) -> dict[str, Any]:
    while True:
        execution: dict[str, Any] = client.describe_execution(executionArn=execution_arn)
        if execution["status"] != "RUNNING":
            return execution
        time.sleep(POLL_SECONDS)


def _report(execution: dict[str, Any], execution_arn: str) -> None:
    if execution["status"] != "SUCCEEDED":
        error, cause = execution.get("error", execution["status"]), execution.get("cause", "no cause was given")
        raise WorkflowFailedError("release", execution_arn.rpartition(":")[2], error, cause)
    output = json.loads(execution["output"])
    version = output.get("SolutionVersionArn", "the same version as before")
    out().print(f"{output['CampaignName']}: {output['Decision']}, serves {version}", soft_wrap=True)
