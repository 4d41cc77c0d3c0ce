"""Values that a shape does not expect: limits plus and minus one, wrong types, huge, empty and half-valid ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botocore.model import Shape

_JUNK: list[Any] = [None, True, 0, -1, 1.5, "", "x", [], {}, [[]], {"": None}, [None], 2**63, -(2**70), 1e308, math.nan]
_TEXTS = (
    "", " ", "a", "\x00", "\ud800", "ü" * 300, "{}", "[]", "null", "nan", "1e999", "-1", "9" * 400,
    '{"a":NaN}', '{"price": 1e999}', '{"age": 99999999999999999999999}', '{"genre": {"x": []}}', '{"itemId": []}',
    '{"itemId": {}, "eventValue": "nan"}', '{"eventValue": Infinity}', "[" * 3000, '{"type":"record"}',
    '{"type":"record","name":5,"fields":[]}', '{"type":"record","name":"Items","fields":[{}]}',
    '{"type":"record","name":"Items","fields":[{"name":"ITEM_ID","type":{"type":["string"]}}]}',
    "EXCLUDE ItemID WHERE", "INCLUDE ItemID WHERE Items.PRICE > $p", "(" * 500, "s3://", "s3://b", "s3://bucket/\x00",
    "s3://bucket/../../x", "arn:aws:personalize:::recipe/", "arn:aws:personalize:us-east-1:123456789012:campaign/x",
    "rate(0 days)", "rate(99999999999999999999 days)",
)  # fmt: skip
_NUMBERS = (0, -1, 1, 25, 500, 501, 2**31 - 1, 2**31, -(2**31), 2**63, 10**400, 0.5, -0.0, 1e308, math.inf, math.nan)
_CHANGED = 2
"""At most so many members of one structure are touched, so that the others carry the request far."""


def hostile_params(shape: Shape, valid: dict[str, Any], known: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    """A valid request with some members changed; `known` are names and ARNs of things that exist."""
    return _structure(shape, valid, known)


@st.composite
def _structure(draw: st.DrawFn, shape: Shape, valid: dict[str, Any], known: Sequence[str]) -> dict[str, Any]:
    result = dict(valid)
    names = sorted(shape.members)
    for name in draw(st.lists(st.sampled_from(names), max_size=_CHANGED, unique=True)) if names else ():
        if draw(st.integers(0, 4)) == 0:
            result.pop(name, None)
        else:
            result[name] = draw(_value(shape.members[name], valid.get(name), known))
    if draw(st.integers(0, 40)) == 40:
        result["unheardOf"] = draw(st.sampled_from(_JUNK))
    return result


def _value(shape: Shape, valid: Any, known: Sequence[str]) -> st.SearchStrategy[Any]:
    junk = st.sampled_from(_JUNK)
    kind = shape.type_name
    if kind == "structure":
        return st.one_of(_structure(shape, valid if isinstance(valid, dict) else {}, known), junk)
    if kind == "list":
        first = valid[0] if isinstance(valid, list) and valid else None
        element = _value(shape.member, first, known)
        return st.one_of(
            st.lists(element, min_size=1, max_size=3),
            st.sampled_from(_sizes(shape)).flatmap(lambda size: element.map(lambda value: [value] * size)),
            junk,
        )
    if kind == "map":
        keys = st.one_of(st.sampled_from(known), st.sampled_from(("ITEMS", "p", "", "x" * 300)))
        return st.one_of(st.dictionaries(keys, _value(shape.value, None, known), max_size=3), junk)
    if kind == "string":
        return _text(shape, known)
    if kind == "boolean":
        return st.one_of(st.booleans(), junk)
    limits = [bound + step for bound in _bounds(shape) for step in (-1, 0, 1)]
    return st.one_of(st.sampled_from([*limits, *_NUMBERS]), junk)


def _text(shape: Shape, known: Sequence[str]) -> st.SearchStrategy[Any]:
    exact = st.sampled_from(["x" * size for size in _sizes(shape)])
    choices = [st.sampled_from(known), exact, st.sampled_from(_TEXTS), st.sampled_from(_JUNK), st.text(max_size=8)]
    if shape.enum:
        choices.append(st.sampled_from(shape.enum))
    return st.one_of(choices)


def _sizes(shape: Shape) -> list[int]:
    """Lengths around the limits; a limit beyond 3 000 is tried from below only."""
    sizes = {bound + step for bound in _bounds(shape) for step in (-1, 0, 1)} | {0, 1}
    return sorted(size for size in sizes if 0 <= size <= 3_000)


def _bounds(shape: Shape) -> list[int]:
    return [int(shape.metadata[name]) for name in ("min", "max") if name in shape.metadata]
