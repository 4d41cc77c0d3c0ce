"""`tastemaker serve`: run the workflow, then answer on localhost in real time."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tastemaker.cli.experiment import save_records
from tastemaker.cli.inspecting import check_project
from tastemaker.cli.journey import deployed
from tastemaker.cli.options import (
    environment_option,
    host_option,
    json_option,
    project_option,
    seed_option,
    start_option,
)
from tastemaker.cli.report import announcing
from tastemaker.cli.screen import err, out
from tastemaker.cli.serve_workers import Workers, WorkerSpec
from tastemaker.runner.event_queue import replaying
from tastemaker.runner.http import build_gateway_app
from tastemaker.runner.stepfunctions import LivePace, build_stepfunctions_app
from tastemaker.simulator.server import ServerSpec, bind, build_personalize_app, run_servers, url_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from tastemaker.cli.journey import Run


@click.command("serve")
@project_option
@environment_option
@seed_option
@start_option
@host_option
@click.option("--port", type=int, default=8080, show_default=True, help="REST API; 0 takes any free port.")
@click.option(
    "--personalize-port", type=int, default=8081, show_default=True, help="Personalize APIs; 0 takes any free port."
)
@click.option(
    "--states-port", type=int, default=8082, show_default=True, help="Step Functions API; 0 takes any free port."
)
@click.option(
    "--experiment-records",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help="Write exposures and outcomes of experiments to this file at the end, for `tastemaker experiment report`.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes for the REST API; with more than one they share the port and this process's Amazon Personalize.",
)
@json_option
def command(
    project_path: Path,
    environment: str,
    seed: int,
    start: float | None,
    host: str,
    port: int,
    personalize_port: int,
    states_port: int,
    experiment_records: Path | None,
    workers: int,
    as_json: bool,
) -> None:
    """Run, then answer recommendation and event calls on localhost."""
    checked = check_project(project_path, environment)
    if experiment_records is not None and checked.plan.experiment_table is None:
        raise click.UsageError("The project has no experiments, hence no records.")
    if workers > 1 and os.name != "posix":
        raise click.UsageError("Several workers need an operating system with POSIX sessions.")
    with contextlib.ExitStack() as stack:
        # before the training: who learns afterwards that a port is taken has waited in vain
        listeners = [stack.enter_context(bind(host, one)) for one in (port, personalize_port, states_port)]
        run = stack.enter_context(deployed(checked, seed=seed, start=start))
        run.deploy()
        run.local.go_live()
        with replaying(run.local.pumps.values()):
            _serve(run, host, listeners, workers, as_json=as_json)
        if experiment_records is not None:
            save_records(run.local.aws, checked.plan, experiment_records)
    err().print("Stopped.")


def _serve(run: Run, host: str, listeners: Sequence[socket.socket], workers: int, *, as_json: bool) -> None:
    """Serve until Ctrl-C.

    Args:
        listeners: where the REST API, Amazon Personalize and Step Functions take connections.
    """
    local = run.local
    listener, personalize, states = listeners
    pace = LivePace(local.engine, local.clock.now)
    servers = [
        ServerSpec(build_personalize_app(local.simulator), host, listener=personalize),
        ServerSpec(build_stepfunctions_app(local.engine, pace), host, listener=states),
    ]
    with contextlib.ExitStack() as stack:
        if workers > 1:
            spec = WorkerSpec(local.plan, local.values, local.asset, local.clock.source, listener)
            stack.enter_context(Workers(workers, spec, local, err().print))
        else:
            local.gateway.warm_up()
            servers.append(ServerSpec(build_gateway_app(local.gateway), listener=listener))
        api = url_of(host, listener)
        names = ("api", "personalize", "states")
        tell = announcing(lambda urls: _announce(run, *urls), names, as_json=as_json)
        run_servers(servers, lambda urls: tell([api, *urls[:2]]))


def _announce(run: Run, api: str, personalize: str, states: str) -> None:
    console = out()
    console.print("\nThe REST API, through the Lambda handlers:")
    for route in run.local.plan.routes:
        console.print(f"  {route.method:<5} {api}{route.path}")
    example = next(
        (route for route in run.local.plan.routes if route.method == "GET" and "{userId}" in route.path), None
    )
    if example is not None:
        user = run.example_user()
        console.print(f"  try   curl '{api}{example.path.replace('{userId}', user)}?numResults=5'")
    if any("apiKeyIds" in route.settings for route in run.local.plan.routes):
        names = ", ".join(client.name for client in run.local.plan.clients)
        console.print(f"  every request needs the header x-api-key with one of: {names}")
    console.print("\nAmazon Personalize, for any AWS SDK and the AWS CLI:")
    for service in ("personalize", "personalize-runtime", "personalize-events"):
        console.print(f'  boto3.client("{service}", endpoint_url="{personalize}")')
    console.print("\nAWS Step Functions with the project's state machines, in real time:")
    console.print(f'  boto3.client("stepfunctions", endpoint_url="{states}")')
    console.print("\nCtrl-C stops all.")
