"""The control plane against the reference account: what exists, what is ready, what blocks what, in which order.

Every step sends a request, or moves the clock. Between two of them the whole account is looked at.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tastemaker.simulator.operations import HANDLERS
from tests.support.account_actions import ACTIONS, ARGUMENTS, AccountActions

pytestmark = pytest.mark.slow


STEPS, EXAMPLES = 50, 80
WITHOUT_HISTORY = {"DescribeRecipe", "ListRecipes", "DescribeAlgorithm", "DescribeFeatureTransformation"}
"""Facts of the service, the same in every account."""


class AccountMachine(RuleBasedStateMachine):
    """One account.

    Attributes:
        total: what happened in all accounts so far, see `AccountDriver.log`, and the steps by name.
    """

    total: ClassVar[Counter[tuple[str, str]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.actions = AccountActions(Path(self.folder.name))

    def teardown(self) -> None:
        self.total.update(self.actions.log)
        self.folder.cleanup()

    @rule(name=st.sampled_from(ACTIONS), data=st.data())
    def step(self, name: str, data: st.DataObject) -> None:
        arguments = {key: data.draw(values, key) for key, values in ARGUMENTS[name].items()}
        self.total["step", name] += 1
        getattr(self.actions, name)(**arguments)

    @invariant()
    def the_account_shows_what_it_should(self) -> None:
        self.actions.look()


def test_an_account_is_at_all_times_what_its_history_makes_it() -> None:
    """At least 2,000 steps; every operation of the control plane succeeds, a few perhaps only before the first step."""
    log = AccountMachine.total
    log.clear()
    run_state_machine_as_test(
        AccountMachine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True),
    )
    operations = {name for service, name in HANDLERS if service == "personalize"} - WITHOUT_HISTORY
    assert sum(times for (kind, _), times in log.items() if kind == "step") >= 2_000
    assert operations - {name for name, code in log if not code} == set()
