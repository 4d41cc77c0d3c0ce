"""Checks that need no account: Python, the SDK, Node and the CDK command line."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from tastemaker.cli.checkup import Check, failed, ok, warning
from tastemaker.facts.tools import ACCIDENTAL_CDK_CLI, NODE_MAJORS, OLDEST_CDK_CLI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OLDEST_PYTHON, OLDEST_BOTO3 = (3, 11), (1, 44, 5)
_INSTALL_CDK = "Run `npm ci`, then `npx cdk …`: package.json pins one that fits."
_TIMEOUT_SECONDS = 20


def ask_version(program: str) -> str | None:
    """Of the program in `node_modules` here, else on the path."""
    local = Path("node_modules", ".bin", program)
    found = str(local) if local.exists() else shutil.which(program)
    if found is None:
        return None
    done = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)
    return done.stdout.strip()


def check_tools(say_version: Callable[[str], str | None] = ask_version) -> Iterator[Check]:
    """Only deploying needs Node and the CDK command line, so their absence is a warning.

    Args:
        say_version: name of a program to what it prints for `--version`; None where it is not installed.
    """
    yield _check_library("python", sys.version.split()[0], OLDEST_PYTHON, "Install Python 3.11 or newer.")
    yield _check_library("boto3", version("boto3"), OLDEST_BOTO3, "pip install --upgrade boto3")
    yield _check_node(say_version("node"))
    yield _check_cdk(say_version("cdk"))


def parse_version(text: str) -> tuple[int, ...]:
    """The first dotted number in it; empty where there is none."""
    numbers = re.search(r"\d+(?:\.\d+)+", text)
    return () if numbers is None else tuple(int(part) for part in numbers[0].split("."))


def _check_library(name: str, found: str, oldest: tuple[int, ...], advice: str) -> Check:
    return ok(name, found) if parse_version(found) >= oldest else failed(name, f"{found} is too old", advice)


def _check_node(text: str | None) -> Check:
    if text is None:
        return warning("node", "not found", "Deploying needs it: pip install 'tastemaker[cdk]' brings Node 24.")
    majors = " or ".join(map(str, NODE_MAJORS))
    if parse_version(text)[:1] and parse_version(text)[0] in NODE_MAJORS:
        return ok("node", text)
    return warning(
        "node", f"{text or 'a version that it does not tell'}; the CDK is made for {majors}", "Use one of these."
    )


def _check_cdk(text: str | None) -> Check:
    if text is None:
        return warning("cdk", "not found", f"Deploying needs it. {_INSTALL_CDK}")
    found = parse_version(text)
    if found < OLDEST_CDK_CLI:
        return failed("cdk", f"{text} is too old, 2.1148.0 is needed", _INSTALL_CDK)
    if found >= ACCIDENTAL_CDK_CLI:
        return failed("cdk", f"{text} was published by accident and cannot read what this CDK writes", _INSTALL_CDK)
    return ok("cdk", text)
