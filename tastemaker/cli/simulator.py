"""`tastemaker simulator`: only the local Personalize, for any AWS SDK."""

from __future__ import annotations

from pathlib import Path

import click

from tastemaker.cli.options import host_option, seed_option
from tastemaker.cli.screen import err, out
from tastemaker.simulator.clock import ScaledClock
from tastemaker.simulator.objects import FolderObjects
from tastemaker.simulator.server import ServerSpec, build_personalize_app, run_servers
from tastemaker.simulator.service import Simulator


@click.command("simulator")
@host_option
@click.option("--port", type=int, default=8081, show_default=True, help="0 takes any free port.")
@click.option(
    "--s3",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="the current folder",
    help="Folder that stands for S3: s3://bucket/key is the file FOLDER/bucket/key.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=1),
    default=600.0,
    show_default=True,
    help="How many times faster than real time: at 600 a training of an hour takes six seconds.",
)
@seed_option
def command(host: str, port: int, folder: Path, speed: float, seed: int) -> None:
    """Serve only the local Personalize, for any AWS SDK."""
    simulator = Simulator(clock=ScaledClock(speed), objects=FolderObjects(folder), seed=seed)
    run_servers((ServerSpec(build_personalize_app(simulator), host, port),), _announce)
    err().print("Stopped.")


def _announce(urls: list[str]) -> None:
    console = out()
    console.print(f"Amazon Personalize answers at {urls[0]}, for example:")
    console.print(f"  aws personalize list-dataset-groups --endpoint-url {urls[0]} --no-sign-request")
    console.print(f'  boto3.client("personalize", endpoint_url="{urls[0]}", region_name="us-east-1")')
    console.print("Nothing is kept when it stops. Ctrl-C stops it.")
