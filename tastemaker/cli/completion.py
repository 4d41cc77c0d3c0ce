"""`tastemaker completion`: what a shell needs to complete verbs and options."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from tastemaker.cli.options import json_option
from tastemaker.cli.report import print_json

_KINDS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
_VARIABLE = "_TASTEMAKER_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(list(_KINDS)))
@json_option
def command(shell: str, as_json: bool) -> None:
    """Print the completion script for SHELL; source it in the shell's start-up file."""
    root = click.get_current_context().find_root().command
    completion = _KINDS[shell](root, {}, "tastemaker", _VARIABLE)
    script = completion.source_template % completion.source_vars()
    if as_json:
        print_json({"status": "OK", "shell": shell, "script": script})
    else:
        click.echo(script)
