"""Five hundred weeks with mixed trouble: nothing that must never be, whatever goes wrong."""

from __future__ import annotations

import pytest

from tests.simulation.stories import find_broken

SEEDS, AT_ONCE = 500, 25

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_no_week_breaks_an_invariant(first: int) -> None:
    broken = find_broken(range(first, first + AT_ONCE))
    assert broken is None, f"\n{broken}"
