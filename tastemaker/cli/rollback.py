"""`tastemaker rollback`: put a campaign's earlier version back, by the machine that also releases.

It starts `release` with another input, in the account that boto3 finds, or at `--endpoint-url`, where a local Step
Functions listens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from tastemaker.cli.account_clients import open_client
from tastemaker.cli.executions import find_machine, start, tokens_of, wait_for_output
from tastemaker.cli.options import environment_option, json_option, parse_url, project_option, region_option
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import err, out
from tastemaker.errors import TastemakerError
from tastemaker.model.load import load_project
from tastemaker.model.suggest import build_hint
from tastemaker.plan.build import build_names, build_plan
from tastemaker.plan.rollback import build_rollback
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from pathlib import Path


@click.command("rollback")
@click.argument("campaign")
@project_option
@environment_option
@click.option("--to", "version_arn", help="Solution version to go back to; otherwise the one that served before.")
@click.option("--reason", default="rolled back by hand", show_default=True, help="For the ledger.")
@region_option
@click.option("--endpoint-url", callback=parse_url, help="Of a local Step Functions.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait for the end of the execution.")
@json_option
def command(
    campaign: str,
    project_path: Path,
    environment: str,
    version_arn: str | None,
    reason: str,
    region: str | None,
    endpoint_url: str | None,
    wait: bool,
    as_json: bool,
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
        client: Any = open_client("stepfunctions", region, endpoint_url)
        machine_arn = find_machine(client, plan.prefix, "release")
        job = resolve_tokens(build_rollback(project, names, campaign, version_arn, reason), tokens_of(machine_arn))
        execution_arn = start(client, machine_arn, job)
        err().print(f"started {execution_arn}", soft_wrap=True)
        output = wait_for_output(client, "release", execution_arn) if wait else None
    except (BotoCoreError, ClientError) as error:
        raise TastemakerError(f"The roll back could not be started: {error}") from error
    if as_json:
        print_json(
            {
                "status": "STARTED" if output is None else output["Decision"],
                "execution": execution_arn,
                "release": output,
            }
        )
    elif output is not None:
        _show(output)


def _show(output: dict[str, Any]) -> None:
    version = output.get("SolutionVersionArn", "the same version as before")
    reasons = "".join(f"; {reason}" for reason in output.get("Reasons", ()))
    out().print(f"{output['CampaignName']}: {output['Decision']}, serves {version}{reasons}", soft_wrap=True)
