"""`tastemaker adopt`: a live dataset group, or another tool's configuration file, becomes a project."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from tastemaker.adoption.account import Account, read_group
from tastemaker.adoption.files import read_file
from tastemaker.adoption.keys import find_identity
from tastemaker.adoption.settle import settle
from tastemaker.adoption.translate import translate
from tastemaker.cli.account_clients import open_client
from tastemaker.cli.options import PROJECT_FILE, json_option, parse_url, region_option
from tastemaker.cli.progress import step
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import err, list_findings, out
from tastemaker.cli.starting import make_name, write_files, write_head
from tastemaker.errors import TastemakerError
from tastemaker.model.environments import ENVIRONMENT_NAME

if TYPE_CHECKING:
    from tastemaker.adoption.inventory import Inventory
    from tastemaker.adoption.keys import Identity
    from tastemaker.errors import Finding


@click.command("adopt")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--dataset-group", metavar="NAME|ARN", help="The live one; without it a FILE is read.")
@click.option("--out", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="To write into.")
@region_option
@click.option("--endpoint-url", callback=parse_url, help="Of a local Personalize; CloudWatch is then not asked.")
@click.option("--name", help="Of the project; otherwise that of the dataset group.")
@click.option("-e", "--environment", help="Which one was found; otherwise the one in its names, or dev.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@json_option
def command(
    file: Path | None,
    dataset_group: str | None,
    folder: Path,
    region: str | None,
    endpoint_url: str | None,
    name: str | None,
    environment: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write a project that matches what exists; exit code 3 when something of it could not be carried over."""
    if environment is not None and ENVIRONMENT_NAME.fullmatch(environment) is None:
        raise click.BadParameter("an environment is 1 to 8 lower-case letters and digits, a letter first")
    if (file is None) is (dataset_group is None):
        raise click.UsageError("Give either a configuration FILE or --dataset-group.")
    inventory, findings = _read_account(str(dataset_group), region, endpoint_url) if file is None else read_file(file)
    wanted = None if name is None else make_name(name)
    identity = find_identity(inventory, wanted, environment, make_name(inventory.group.name))
    draft = translate(inventory, identity)
    draft.tell(*findings)
    title = f"Adopted from dataset group {inventory.group.name}; next: tastemaker plan"
    texts = {PROJECT_FILE: write_head(title) + settle(draft)}
    files = write_files(folder, texts, force=force)
    _report(files, draft.findings, identity, as_json=as_json)
    sys.exit(3 if any(finding.severity == "error" for finding in draft.findings) else 0)


def _read_account(dataset_group: str, region: str | None, endpoint_url: str | None) -> tuple[Inventory, list[Finding]]:
    try:
        personalize: Any = open_client("personalize", region, endpoint_url)
        metrics = None if endpoint_url else open_client("cloudwatch", region)
        account = Account(personalize, metrics, time.time())
        with step(f"reading dataset group {dataset_group}"):
            return read_group(account, dataset_group), account.findings
    except (BotoCoreError, ClientError) as error:
        raise TastemakerError(f"The account could not be read: {error}") from error


def _report(files: list[Path], findings: list[Finding], identity: Identity, *, as_json: bool) -> None:
    """Findings by resource or place, what was left out first."""
    ordered = sorted(findings, key=lambda one: (one.severity, one))
    left_out = sum(finding.severity == "error" for finding in findings)
    if as_json:
        status = "LEFT_OUT" if left_out else "OK"
        written = {"files": list(map(str, files)), "project": identity.project, "environment": identity.environment}
        print_json({"status": status, **written, "findings": [asdict(finding) for finding in ordered]})
        return
    list_findings(err(), ordered)
    console = out()
    for path in files:
        console.print(Text.assemble(("  wrote  ", "green"), str(path)))
    console.print(f"\n{left_out} left out, {len(findings) - left_out} to look at.")
    where = f"--project {files[0].parent} --environment {identity.environment}"
    console.print(f"Next: tastemaker check --project {files[0].parent}, then tastemaker plan {where}.")
