"""`tastemaker events`: what waits because Amazon Personalize did not take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tastemaker.aws import Boto3Caller
from tastemaker.cli.options import environment_option, project_option
from tastemaker.cli.screen import out
from tastemaker.errors import AwsError, TastemakerError
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.runner.redrive import redrive_events

if TYPE_CHECKING:
    from pathlib import Path


@click.group("events")
def command() -> None:
    """Look after the queues of events of a deployed project."""


@command.command("redrive")
@project_option
@environment_option
@click.option("--region", required=True, help="AWS Region of the deployment; credentials are the AWS CLI's.")
def redrive(project_path: Path, environment: str, region: str) -> None:
    """Move the dead letters back into their queues, once what made them fail is mended."""
    plan = build_plan(load_project(project_path), environment)
    if not plan.queues:
        raise TastemakerError("The project has no route for events, hence no event queue.")
    try:
        moved = {queue.name: redrive_events(Boto3Caller(region), plan.prefix, queue) for queue in plan.queues}
    except AwsError as error:
        raise TastemakerError(
            f"The dead letters of {plan.prefix} cannot be moved: {error.code}: {error.message}"
        ) from error
    for name, count in moved.items():
        out().print(f"{count} message{'' if count == 1 else 's'} moved back to {plan.prefix}-{name}.")
