"""The `tastemaker` command: verbs are loaded when they are called, so that `--help` is instant."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any, NoReturn

import click

from tastemaker import __version__
from tastemaker.errors import TastemakerError, UserFileError

VERBS = {
    "init": "Write a project file to begin with, from raw data or from a template.",
    "adopt": "Write a project file from a live dataset group, or from another tool's configuration.",
    "check": "Check the project file and its data; report every finding at once.",
    "prepare": "Write the dataset files from the sources, by the SQL of the project file.",
    "plan": "Show what will exist, what each scheduled run will do, and what differs from an account.",
    "cost": "Estimate what the plan costs in a month, and what other recipes would.",
    "status": "Show what serves, since when, trained on what; what runs, and what failed.",
    "run": "Run the whole workflow offline, in virtual time, against the local Personalize.",
    "serve": "Run, then answer recommendation and event calls on localhost.",
    "load": "Send requests at a steady rate to the local or deployed API; show times, errors and sources.",
    "events": "Send one event and see its effect; move dead letters of the event queue back.",
    "demo": "Check, plan, run and show how one event changes the answer.",
    "evaluate": "Judge solutions, or any tool's recommendations, by what users really did.",
    "compare": "Compare recipes and settings on your own data; recommend one with reasons and cost.",
    "experiment": "Report an experiment, find its size, export its records.",
    "rollback": "Put an earlier version of a campaign back, by the release machine.",
    "doctor": "Check tools, credentials, Region, quotas, access and deployment.",
    "pause": "Delete campaigns and stop recommenders, keep versions: nothing is billed by the hour.",
    "resume": "Bring back what pause took away, with the versions that served.",
    "simulator": "Serve only the local Personalize, for any AWS SDK.",
    "asl": "Run, check or serve any state machine, JSONata or JSONPath.",
    "completion": "Print the completion script for bash, zsh or fish.",
}
"""Verb to its line in the help; the verb's module has the same name."""


class Verbs(click.Group):
    """A group whose commands live in one module each."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"tastemaker.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS:
            close = get_close_matches(args[0], VERBS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else f" Verbs: {', '.join(VERBS)}."
            raise click.UsageError(f"There is no verb {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tastemaker")
def cli() -> None:
    """Amazon Personalize as code: one project file, deployed with the CDK or run on your laptop."""


def main() -> None:
    """Run the command line; whatever a user can cause ends in its exit code and a message, never in a traceback."""
    try:
        cli.main(prog_name="tastemaker", standalone_mode=False)
    except click.exceptions.Exit as exit_request:
        sys.exit(exit_request.exit_code)
    except click.ClickException as error:
        _tell_program({"status": "USAGE", "message": error.format_message()})
        error.show()
        sys.exit(2)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _tell_program({"status": "STOPPED", "message": "Stopped."})
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except TastemakerError as error:
        _refuse(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end
        sys.exit(141)
    except OSError as error:
        _refuse(TastemakerError(f"{error.filename or 'The operating system'}: {error.strerror or error}"))
    except _aws_errors() as error:
        _refuse(TastemakerError(f"AWS could not be asked: {error}"))


def _aws_errors() -> tuple[type[Exception], ...]:
    """What boto3 raises; nothing where no verb has imported it, which takes longer than `--help`."""
    exceptions = sys.modules.get("botocore.exceptions")
    return () if exceptions is None else (exceptions.BotoCoreError, exceptions.ClientError)


def _refuse(error: TastemakerError) -> NoReturn:
    if isinstance(error, UserFileError):
        from tastemaker.cli.screen import err, show_findings

        _tell_program({"status": "FINDINGS", "findings": [asdict(finding) for finding in error.findings]})
        show_findings(err(), error.findings)
    else:
        _tell_program({"status": "ERROR", "message": str(error)})
        click.echo(str(error), err=True)
    sys.exit(error.exit_code)


def _tell_program(refusal: dict[str, Any]) -> None:
    """A program that asked for JSON gets it on stdout also when the verb refuses."""
    if "--json" in sys.argv:
        from tastemaker.cli.report import print_json

        print_json(refusal)
