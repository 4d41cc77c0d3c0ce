"""`tastemaker simulator`: only the local Personalize, for any AWS SDK."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import click

from tastemaker.cli.options import FiniteRange, host_option, json_option, seed_option
from tastemaker.cli.report import announcing
from tastemaker.cli.screen import err, out
from tastemaker.simulator.clock import ScaledClock
from tastemaker.simulator.objects import FolderObjects
from tastemaker.simulator.persistence import StateDirectory
from tastemaker.simulator.quotas import Quotas
from tastemaker.simulator.server import ServerSpec, build_personalize_app, run_servers
from tastemaker.simulator.service import Simulator
from tastemaker.simulator.state_files import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAVE_SECONDS = 30


@click.command("simulator")
@host_option
@click.option("--port", type=click.IntRange(0, 65_535), default=8081, show_default=True, help="0 takes any free port.")
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
    type=FiniteRange(min=1),
    default=600.0,
    show_default=True,
    help="How many times faster than real time: at 600 a training of an hour takes six seconds.",
)
@click.option(
    "--state",
    "state_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that keeps everything across restarts, with the seed it was begun with.",
)
@seed_option
@json_option
def command(
    host: str, port: int, folder: Path, speed: float, state_folder: Path | None, seed: int, as_json: bool
) -> None:
    """Serve only the local Personalize, for any AWS SDK."""
    with ExitStack() as stack:
        state = stack.enter_context(StateDirectory(state_folder)) if state_folder is not None else None
        saved = state.newest() if state is not None else None
        clock = ScaledClock(speed, start=max(time(), saved["saved_at"]) if saved is not None else None)
        quotas = Quotas.service()
        simulator = Simulator(clock=clock, objects=FolderObjects(folder), seed=seed, quotas=quotas, state=state)
        if state is not None:
            stack.enter_context(saving(simulator))
        server = ServerSpec(build_personalize_app(simulator), host, port)
        show = announcing(lambda urls: _announce(urls, state_folder), ("personalize",), as_json=as_json)
        run_servers((server,), show)
    err().print("Stopped.")


@contextmanager
def saving(simulator: Simulator, every_seconds: float = _SAVE_SECONDS) -> Iterator[None]:
    """Save the simulator now and then while the block runs, and once more at its end."""
    stop = threading.Event()

    def save_repeatedly() -> None:
        while not stop.wait(every_seconds):
            try:
                simulator.save()
            except (OSError, StateError) as error:  # the state before stays; the next attempt may succeed
                err().print(f"The state could not be saved: {error}")

    thread = threading.Thread(target=save_repeatedly, name="tastemaker-state", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        try:
            simulator.save()
        except OSError as error:
            raise StateError(f"The state could not be saved: {error}. The one saved before is still there.") from error


def _announce(urls: list[str], state_folder: Path | None) -> None:
    console = out()
    console.print(f"Amazon Personalize answers at {urls[0]}, for example:")
    console.print(f"  aws personalize list-dataset-groups --endpoint-url {urls[0]} --no-sign-request")
    console.print(f'  boto3.client("personalize", endpoint_url="{urls[0]}", region_name="us-east-1")')
    kept = "Nothing is kept when it stops." if state_folder is None else f"Everything is kept in {state_folder}."
    console.print(f"{kept} Ctrl-C stops it.")
