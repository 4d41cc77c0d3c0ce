"""The cloud assembly, and an end with the findings alone where a rule is broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tastemaker.errors import TastemakerError

if TYPE_CHECKING:
    from aws_cdk import App

REPORT_FILE = "validation-report.json"
REPORTED_BY_APP = "@aws-cdk/core:failSynthOnValidationErrors"
"""Context; false where the command line reports the findings itself. Source: aws-cdk-lib, cx-api."""
_FAILED = "ValidationFailed: "


def synthesise(app: App) -> None:
    """Write the assembly. The CDK has shown the report of a broken rule on stderr by then.

    Below the command line (`CDK_APP_MODE=process`) the CDK raises nothing and sets the exit code of its own Node
    process, which jsii does not hand on: a Python app would end with 0.

    Raises:
        TastemakerError: a rule is broken, and nobody else tells it; says where the report is.
    """
    try:
        assembly = app.synth()
    except RuntimeError as error:  # whatever fails in JavaScript
        if not str(error).startswith(_FAILED):
            raise
        raise TastemakerError(str(error).removeprefix(_FAILED)) from error
    report = Path(assembly.directory) / REPORT_FILE
    if app.node.try_get_context(REPORTED_BY_APP) is not False and _has_failed(report):
        raise TastemakerError(f"Validation failed, see {report}")


def _has_failed(report: Path) -> bool:
    """There is no report where nothing is validated."""
    if not report.is_file():
        return False
    plugins = json.loads(report.read_text(encoding="utf-8"))["pluginReports"]
    return any(plugin["conclusion"] == "failure" for plugin in plugins)
