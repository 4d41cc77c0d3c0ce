"""Plain paths, which are walked without the library, find what the library finds; ResultPath reads back what it put."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonpath import JSONPathEnvironment

from tastemaker.runner.interpreter.jsonpath_query import MISSING, compile_path, compile_reference, place

NAMES = st.sampled_from(["a", "b", "long_name", "with space", "9"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
STEPS = st.lists(NAMES | st.integers(-3, 3), max_size=4)
LIBRARY = JSONPathEnvironment()


def written(steps: list[str | int]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f"['{step}']" for step in steps)


@given(VALUES, STEPS)
def test_a_plain_path_finds_what_the_library_finds(value: Any, steps: list[str | int]) -> None:
    path = compile_path(written(steps))
    found = LIBRARY.compile(path.text).findall(value) if isinstance(value, dict | list) else []
    if not steps:
        found = [value]
    assert path.steps == tuple(steps)
    assert path.select(value) == (found[0] if found else MISSING)


@given(st.dictionaries(NAMES, VALUES, max_size=3), st.lists(NAMES, min_size=1, max_size=4), VALUES)
def test_what_result_path_puts_is_found_there(target: dict[str, Any], steps: list[str], value: Any) -> None:
    path, before = compile_reference(written(list(steps))), json.dumps(target)
    try:
        placed = place(path, target, value)
    except LookupError:
        return
    assert path.select(placed) == value
    assert json.dumps(target) == before
