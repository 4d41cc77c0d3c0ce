"""Whatever a project file is to say, its text says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.model.source import parse_yaml
from tastemaker.model.write import build_text

pytestmark = pytest.mark.slow

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["true", "No", "null", "~", "1e3", "0x1f", "2026-01-01", "a: b", "a #b", "- a", "? a", "*", "&a", "!t", "'", " a "]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TEXT
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=12
)


@settings(deadline=None)
@given(
    st.dictionaries(TEXT, TREES, min_size=1, max_size=4), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
def test_a_tree_that_is_written_and_read_is_the_same(tree: dict[str, Any], note: str) -> None:
    source = parse_yaml("f", build_text(tree, dict.fromkeys(((key,) for key in tree), note)))
    assert source.findings == ()
    assert source.tree == tree
