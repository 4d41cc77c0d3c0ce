"""Paths: what they find, and where ResultPath puts a value."""

from __future__ import annotations

from typing import Any

import pytest

from tastemaker.runner.interpreter.jsonpath_query import (
    MISSING,
    PathSyntaxError,
    compile_path,
    compile_reference,
    place,
)

SHOP = {
    "books": [{"title": "A", "price": 8, "tags": ["x"]}, {"title": "B", "price": 12}, {"title": "C", "price": 9}],
    "a b": {"c": [1, 2, 3]},
    "empty": [],
    "nothing": None,
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", SHOP),
        ("$.books[0].title", "A"),
        ("$.books[-1].title", "C"),
        ("$['a b']['c'][1]", 2),
        ('$["a b"].c', [1, 2, 3]),
        ("$.nothing", None),
        ("$.books.length()", 3),
        ("$.books[*].title", ["A", "B", "C"]),
        ("$..title", ["A", "B", "C"]),
        ("$.books[0:2].price", [8, 12]),
        ("$.books[?(@.price < 10)].title", ["A", "C"]),
        ("$.books[?(@.title == 'B' || @.price == 9)].title", ["B", "C"]),
        ("$.books[?(@.tags)].title", ["A"]),
        ("$.books[0,2].title", ["A", "C"]),
        ("$.empty[*]", []),
        ("$.gone[*]", []),
        ("$.books[?(@.price > 99)]", []),
    ],
)
def test_a_path_finds_one_value_or_a_list(path: str, expected: Any) -> None:
    assert compile_path(path).select(SHOP) == expected


@pytest.mark.parametrize("path", ["$.gone", "$.books[3]", "$.books[0].title.x", "$.books.title", "$.books[-4]", "$[0]"])
def test_a_definite_path_may_lead_nowhere(path: str) -> None:
    assert compile_path(path).select(SHOP) is MISSING


def test_a_path_tells_what_it_starts_from() -> None:
    found = [(path.variable, path.is_context) for path in map(compile_path, ("$.a", "$$.a", "$item.a", "$item"))]
    assert found == [(None, False), (None, True), ("item", False), ("item", False)]


@pytest.mark.parametrize("text", ["a", "", "$.a[", "$.a[?(", "$a b c["])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(PathSyntaxError, match="is not a path"):
        compile_path(text)


@pytest.mark.parametrize("text", ["$.a[*]", "$..a", "$$.a", "$x.a", "$.a.length()"])
def test_what_is_no_reference_path_is_refused(text: str) -> None:
    with pytest.raises(PathSyntaxError, match="is not a reference path"):
        compile_reference(text)


@pytest.mark.parametrize(
    ("path", "target", "expected"),
    [
        ("$", {"a": 1}, 7),
        ("$.b", {"a": 1}, {"a": 1, "b": 7}),
        ("$.a", {"a": 1}, {"a": 7}),
        ("$.b.c.d", {"a": 1}, {"a": 1, "b": {"c": {"d": 7}}}),
        ("$.l[1]", {"l": [1, 2]}, {"l": [1, 7]}),
    ],
)
def test_a_value_is_put_where_the_path_points(path: str, target: Any, expected: Any) -> None:
    assert place(compile_reference(path), target, 7) == expected


def test_putting_a_value_leaves_the_target_alone() -> None:
    target = {"a": {"b": 1}}
    place(compile_reference("$.a.c"), target, 2)
    assert target == {"a": {"b": 1}}


@pytest.mark.parametrize(("path", "target"), [("$.a.b", {"a": 1}), ("$.a", [1]), ("$.l[5]", {"l": [1]})])
def test_a_value_cannot_be_put_into_a_scalar_or_outside_an_array(path: str, target: Any) -> None:
    with pytest.raises(LookupError):
        place(compile_reference(path), target, 7)
