"""`tastemaker asl`: any state machine, offline, in virtual time."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tastemaker.cli.options import host_option, json_option, parse_moment, seed_option
from tastemaker.cli.report import announcing, print_json
from tastemaker.cli.screen import err, out, table
from tastemaker.errors import Finding, InvalidDefinitionError, UserFileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.runner.interpreter.execution import Execution

_FAILED = 3

_machine_argument = click.argument("machine", type=click.Path(path_type=Path, dir_okay=False))
_function_option = click.option(
    "--function",
    "functions",
    multiple=True,
    metavar="NAME=FILE:HANDLER",
    help="A Lambda function: its name, a Python file and the handler in it. May be repeated.",
)
_start_option = click.option(
    "--start",
    callback=parse_moment,
    metavar="MOMENT",
    show_default="2026-01-01T00:00:00Z",
    help="Virtual time at which the execution begins, ISO 8601.",
)


@click.group("asl")
def command() -> None:
    """Run and check any state machine of the States Language, JSONata and JSONPath."""


@command.command("run")
@_machine_argument
@click.option("--input", "given", default="{}", show_default=True, help="JSON, or @FILE.")
@click.option("--history", "with_history", is_flag=True, help="Show the events, as GetExecutionHistory returns them.")
@_function_option
@_start_option
@seed_option
@json_option
def run_machine(
    machine: Path,
    given: str,
    with_history: bool,
    functions: tuple[str, ...],
    start: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Run MACHINE, a JSON file, to its end; the exit code is 3 when it does not succeed."""
    from tastemaker.asl import DEFAULT_START, LocalStates

    definition, value = _load(machine), _input(given)
    handlers = dict(_handler(text) for text in functions)
    with LocalStates(seed=seed, start_time=DEFAULT_START if start is None else start, functions=handlers) as states:
        try:
            execution = states.run(definition, value, name=_name(machine), execution_name="run")
        except InvalidDefinitionError as error:
            raise UserFileError(_findings(machine, error)) from error
    if as_json:
        print_json(_report(execution, with_history=with_history), escaped=False)
    else:
        _show(execution, with_history=with_history)
    if execution.status != "SUCCEEDED":
        sys.exit(_FAILED)


@command.command("validate")
@_machine_argument
@json_option
def validate(machine: Path, as_json: bool) -> None:
    """Report everything that Step Functions would refuse in MACHINE."""
    from tastemaker.asl import LocalStates

    definition = _load(machine)
    with LocalStates() as states:
        answer = states.client("stepfunctions").validate_state_machine_definition(definition=json.dumps(definition))
    if as_json:
        print_json({name: answer[name] for name in ("result", "diagnostics")})
        sys.exit(0 if answer["result"] == "OK" else UserFileError.exit_code)
    if answer["result"] == "OK":
        out().print(f"{machine}: Step Functions would accept it.")
    if answer["result"] != "OK":
        raise UserFileError(
            [_finding(machine, entry.get("location", "/"), entry["message"]) for entry in answer["diagnostics"]]
        )


@command.command("serve")
@host_option
@click.option("--port", type=int, default=8083, show_default=True, help="0 takes any free port.")
@_function_option
@_start_option
@seed_option
@json_option
def serve(host: str, port: int, functions: tuple[str, ...], start: float | None, seed: int, as_json: bool) -> None:
    """Serve the Step Functions API in virtual time, for any AWS SDK."""
    from tastemaker.asl import DEFAULT_START, LocalStates
    from tastemaker.runner.stepfunctions import build_stepfunctions_app
    from tastemaker.simulator.server import ServerSpec, run_servers

    handlers = dict(_handler(text) for text in functions)
    with LocalStates(seed=seed, start_time=DEFAULT_START if start is None else start, functions=handlers) as states:
        server = ServerSpec(build_stepfunctions_app(states.engine), host, port)
        run_servers((server,), announcing(_announce, ("states",), as_json=as_json))
    err().print("Stopped.")


def _announce(urls: list[str]) -> None:
    console = out()
    console.print(f"AWS Step Functions answers at {urls[0]}, in virtual time:")
    console.print(f'  boto3.client("stepfunctions", endpoint_url="{urls[0]}", region_name="us-east-1")')
    console.print("Ctrl-C stops it.")


def _name(machine: Path) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "-" for char in machine.stem)[:80] or "machine"


def _finding(machine: Path, location: str, message: str) -> Finding:
    return Finding(
        str(machine), 0, 0, "state-machine", f"{location}: {message}", source="States Language; Step Functions guide"
    )


def _findings(machine: Path, error: InvalidDefinitionError) -> list[Finding]:
    return [_finding(machine, *_split(problem)) for problem in error.problems]


def _split(problem: str) -> tuple[str, str]:
    """`m: state 'S': what` as place and what."""
    rest = problem.partition(": ")[2]
    place, _, what = rest.partition(": ")
    return place, what


def _load(machine: Path) -> Any:
    try:
        return json.loads(machine.read_text(encoding="utf-8"))
    except OSError as error:
        finding = Finding(str(machine), 0, 0, "state-machine", f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        finding = Finding(str(machine), 0, 0, "state-machine", f"is not UTF-8: {error}")
    except json.JSONDecodeError as error:
        finding = Finding(str(machine), error.lineno, error.colno, "state-machine", f"is not JSON: {error.msg}")
    raise UserFileError([finding])


def _input(given: str) -> Any:
    try:
        text = Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given
        return json.loads(text)
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"is neither JSON nor @FILE with JSON: {error}", param_hint="--input") from error


def _handler(text: str) -> tuple[str, Callable[[Any, Any], Any]]:
    """Name and handler of `NAME=FILE:HANDLER`."""
    name, _, place = text.partition("=")
    file, _, attribute = place.rpartition(":")
    if not name or not file or not attribute:
        raise click.BadParameter(f"{text!r} is not NAME=FILE:HANDLER", param_hint="--function")
    spec = importlib.util.spec_from_file_location(f"tastemaker_function_{name}", file)
    if spec is None or spec.loader is None or not Path(file).is_file():
        raise click.BadParameter(f"{file!r} is not a Python file", param_hint="--function")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, attribute, None)):
        raise click.BadParameter(f"{file!r} has no function {attribute!r}", param_hint="--function")
    return name, getattr(module, attribute)


def _report(execution: Execution, *, with_history: bool) -> dict[str, Any]:
    report = {
        "status": execution.status,
        "output": execution.output,
        "error": execution.error,
        "cause": execution.cause,
        "virtualSeconds": round((execution.stopped_at or execution.started_at) - execution.started_at, 3),
        "transitions": execution.transitions,
    }
    if with_history:
        report["events"] = [{**event, "timestamp": event["timestamp"].isoformat()} for event in execution.history]
    return {name: value for name, value in report.items() if value is not None or name == "output"}


def _show(execution: Execution, *, with_history: bool) -> None:
    console = out()
    if with_history:
        rows = [_row(event, execution.started_at) for event in execution.history]
        console.print(table(("id", "after", "seconds", "event", "state"), rows, right=(0, 1, 2)))
    seconds = (execution.stopped_at or execution.started_at) - execution.started_at
    console.print(f"{execution.status} after {seconds:g} virtual seconds, {execution.transitions} states entered")
    if execution.status == "SUCCEEDED":
        console.print_json(json.dumps(execution.output, ensure_ascii=False))
    else:
        console.print(f"{execution.error or ''}: {execution.cause or ''}", markup=False)


def _row(event: dict[str, Any], begin: float) -> tuple[str, ...]:
    details: dict[str, Any] = next((value for value in event.values() if isinstance(value, dict)), {})
    seconds = event["timestamp"].timestamp() - begin
    return str(event["id"]), str(event["previousEventId"]), f"{seconds:g}", event["type"], str(details.get("name", ""))
