"""`tastemaker doctor`: whether tools, account and deployment are as they must be; every check at once."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from tastemaker.changes.quotas import read_quotas
from tastemaker.cli.account_clients import open_client
from tastemaker.cli.checkup import Check, examine
from tastemaker.cli.checkup_account import build_room_checks, check_credentials, check_region
from tastemaker.cli.checkup_deployment import Deployed
from tastemaker.cli.checkup_tools import check_tools
from tastemaker.cli.options import (
    endpoint_url_option,
    environment_option,
    json_option,
    project_option,
    region_option,
    states_endpoint_url_option,
)
from tastemaker.cli.progress import step
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import out
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from rich.console import Console

    from tastemaker.plan.specs import Plan

_STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red", "unknown": "magenta"}


@click.command("doctor")
@project_option
@environment_option
@region_option
@endpoint_url_option
@states_endpoint_url_option
@click.option("--offline", is_flag=True, help="Only what needs no account.")
@json_option
def command(
    project_path: Path,
    environment: str,
    region: str | None,
    endpoint_url: str | None,
    states_endpoint_url: str | None,
    offline: bool,
    as_json: bool,
) -> None:
    """Check tools, credentials, Region, quotas, access and deployment; exit code 3 when a check failed."""
    plan = build_plan(load_project(project_path), environment)
    with step("looking at tools" if offline else "looking at tools and account"):
        checks = list(check_tools())
        if not offline:
            urls = {"personalize": endpoint_url, "stepfunctions": states_endpoint_url}

            @cache
            def client(service: str) -> Any:
                return open_client(service, region, urls.get(service))

            checks += check_account(plan, region or boto3.Session().region_name, client)
    is_bad = any(check.verdict == "failed" for check in checks)
    if as_json:
        print_json({"status": "PROBLEMS" if is_bad else "OK", "checks": [asdict(check) for check in checks]})
    else:
        show_checks(out(), checks)
    sys.exit(3 if is_bad else 0)


def check_account(plan: Plan, region: str | None, client: Callable[[str], Any]) -> Iterator[Check]:
    """Credentials and Region first; what needs them follows only when both are there.

    Args:
        region: None where none is configured.
        client: boto3's, by the name of the service; not asked without a Region.
    """
    where = check_region(region)
    yield where
    if region is None:
        return
    who = check_credentials(client("sts"))
    yield who
    if "failed" not in {who.verdict, where.verdict}:
        yield from _check_deployment(plan, client, region)


def _check_deployment(plan: Plan, client: Callable[[str], Any], region: str) -> Iterator[Check]:
    caller = client("sts").get_caller_identity()
    tokens = {"Partition": caller["Arn"].split(":")[1], "Region": region, "AccountId": caller["Account"]}
    group_arn = resolve_tokens(plan.resources["DatasetGroups"][0]["Arn"], tokens)
    try:
        quotas = read_quotas(client("service-quotas"))
    except (ClientError, BotoCoreError):
        quotas = {}  # the defaults are shown; asking takes a right that nothing else needs
    deployed = Deployed(plan, client, region, caller["Account"], group_arn)
    checks = build_room_checks(client("personalize"), quotas, plan, group_arn) | deployed.build_checks()
    yield from (examine(name, look) for name, look in checks.items())


def show_checks(console: Console, checks: Sequence[Check]) -> None:
    """One line each, with what to do behind those that are not well."""
    for check in checks:
        mark = (f"{check.verdict:<8}", _STYLES[check.verdict])
        console.print(Text.assemble(mark, " ", (check.name, "bold"), "  ", check.found))
        if check.advice:
            console.print(Text(f"         {check.advice}", style="green"))
    count = {verdict: sum(check.verdict == verdict for check in checks) for verdict in _STYLES}
    console.print("\n" + ", ".join(f"{number} {verdict}" for verdict, number in count.items() if number))
