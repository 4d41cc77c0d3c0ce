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
    """Look after the event queue of a deployed project."""


@command.command("redrive")
@project_option
@environment_option
@click.option("--region", required=True, help="AWS Region of the deployment; credentials are the AWS CLI's.")
def redrive(project_path: Path, environment: str, region: str) -> None:
    """Move the dead letters back into the event queue, once what made them fail is mended."""
    plan = build_plan(load_project(project_path), environment)
    if plan.event_queue is None:
        raise TastemakerError("The project has no route for events, hence no event queue.")
    try:
        moved = redrive_events(Boto3Caller(region), plan.prefix, plan.event_queue)
    except AwsError as error:
        raise TastemakerError(
            f"The dead letters of {plan.prefix} cannot be moved: {error.code}: {error.message}"
        ) from error
    out().print(f"{moved} message{'' if moved == 1 else 's'} moved back to {plan.prefix}-{plan.event_queue.name}.")
