"""Weeks with mixed trouble: nothing that must never be, whatever goes wrong. `TASTEMAKER_WEEKS` says how many."""

from __future__ import annotations

import os

import pytest

from tests.simulation.stories import find_broken

SEEDS, AT_ONCE = int(os.environ.get("TASTEMAKER_WEEKS", "500")), 10

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_no_week_breaks_an_invariant(first: int) -> None:
    broken = find_broken(range(first, min(first + AT_ONCE, SEEDS)))
    assert broken is None, f"\n{broken}"
