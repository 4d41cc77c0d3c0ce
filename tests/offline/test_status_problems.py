"""`tastemaker status` where something went wrong, or nothing is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.cli.account_state import AccountState
from tastemaker.simulator.faults import Fault, Kind
from tests.support.account_states import read
from tests.support.command_line import run_command
from tests.support.workflows import SHOP, deployed_shop

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_what_the_service_refused_is_told_in_its_words(tmp_path: Path) -> None:
    fault = Fault(kind=Kind.FAILURE, operation="CreateSolutionVersion", reason="Dataset has fewer than 25 users")
    with deployed_shop(tmp_path, SHOP, fault) as shop:
        shop.upload()
        shop.run("ensure", shop.local.plan.resources)
        shop.failure("maintain", shop.maintenance())
        assert any("Dataset has fewer than 25 users" in problem for problem in read().problems)


def test_a_project_that_was_never_deployed_says_so(tmp_path: Path) -> None:
    with deployed_shop(tmp_path) as shop:
        assert read() == AccountState("shop-dev", found=False)
        done = run_command("status", "--project", shop.folder, "--region", "us-east-1")
    assert done.code == 0
    assert "There is no dataset group shop-dev in this account and Region; deploy the project." in done.out
