"""Which CDK command lines can deploy what this version of the CDK library writes."""

from __future__ import annotations

import re

from tastemaker.errors import TastemakerError
from tastemaker.facts.tools import ACCIDENTAL_CDK_CLI, OLDEST_CDK_CLI

VERSION_VARIABLE = "CDK_CLI_VERSION"
"""The command line tells the app its version. Source: aws-cdk, cx-api, `CLI_VERSION_ENV`."""
ADVICE = "Run `npm ci`, then `npx cdk …` in this folder: package.json pins one that fits."


def check_command_line(version: str | None) -> None:
    """None where no command line is at work, as with `python app.py`.

    Raises:
        TastemakerError: it is too old, or npm's accidental 3.0.0.
    """
    if version is None:
        return
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if numbers is None:
        raise TastemakerError(f"`{version}` is no version of the CDK command line. {ADVICE}")
    found = tuple(int(number) for number in numbers.groups())
    if found < OLDEST_CDK_CLI:
        raise TastemakerError(f"The CDK command line {version} is too old, 2.1148.0 is needed. {ADVICE}")
    if found >= ACCIDENTAL_CDK_CLI:
        message = f"npm's aws-cdk {version} was published by accident and cannot read what this CDK writes. {ADVICE}"
        raise TastemakerError(message)
