from __future__ import annotations

import pytest

from tastemaker.constructs.command_line import check_command_line
from tastemaker.errors import TastemakerError


@pytest.mark.parametrize("version", [None, "2.1148.0", "2.1148.1", "2.1200.0 (build abc)"])
def test_a_command_line_that_fits_is_let_through(version: str | None) -> None:
    check_command_line(version)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("2.1147.9", "The CDK command line 2.1147.9 is too old, 2.1148.0 is needed."),
        ("2.99.0", "The CDK command line 2.99.0 is too old, 2.1148.0 is needed."),
        ("3.0.0", "npm's aws-cdk 3.0.0 was published by accident and cannot read what this CDK writes."),
        ("latest", "`latest` is no version of the CDK command line."),
    ],
)
def test_any_other_is_refused_with_advice(version: str, message: str) -> None:
    with pytest.raises(TastemakerError) as raised:
        check_command_line(version)
    advice = "Run `npm ci`, then `npx cdk …` in this folder: package.json pins one that fits."
    assert str(raised.value) == f"{message} {advice}"
