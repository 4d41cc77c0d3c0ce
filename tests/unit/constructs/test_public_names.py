from __future__ import annotations

import subprocess
import sys

import pytest

import tastemaker.constructs


def test_constructs_are_imported_when_they_are_asked_for() -> None:
    script = "import sys, tastemaker.constructs; sys.exit('jsii' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("name", tastemaker.constructs.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(tastemaker.constructs, name).__doc__


def test_a_name_that_is_not_there_is_an_attribute_error_that_lists_those_that_are() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'Dat'; it has Data, Deployment, Network"):
        tastemaker.constructs.Dat  # noqa: B018
