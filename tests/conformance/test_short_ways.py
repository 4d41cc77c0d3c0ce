"""The short ways of our JSONata give what jsonata-python gives by its long ones: values, nothing, errors."""

from __future__ import annotations

import itertools
from typing import Any

from jsonata import Jsonata, jexception

from tastemaker.runner.interpreter.jsonata_evaluator import Evaluator
from tastemaker.runner.interpreter.jsonata_expression import plain

STARTS = ["$v", "$w", "a", "`b`", "$", "$$", "$none", "*", "**", "$v[0]", "($v)", "b[]"]
STEPS = ["a", "b", "b[0]", "b[-1]", "b[a = 1]", "b[a]", "a[]", "(b)", "[a, b]", "%.a", "*", "b{'k': $sum(a)}", "b^(>a)"]
PATHS = [
    ".".join((start, *steps)) for start in STARTS for n in range(3) for steps in itertools.product(STEPS, repeat=n)
]
ATOMS = [
    *("$v", "$v.a", "$v.b", "$v.b.a", "b", "b.a", "$w.b.a.b", "$none", "$v.c", "$v.b[0]", "$v.b[]", "$seq"),
    *("null", "true", "1", "2.5", "'a'", "[]", "{}", "[1..3]"),
]
FORMS = [
    *("$count({0})", "$exists({0})", "$string({0})", "$sum({0})", "{0} ~> $count", "-{0}", "[{0}, {1}]", "[{0}][]"),
    *("{{'k': {0}, 'l': {1}}}", "{0}{{'k': $count($)}}", "{0} = {1}", "{0} != {1}", "{0} and {1}", "{0} or {1}"),
    *("{0} < {1}", "{0} + {1}", "{0} & {1}", "{0} in {1}", "{0} ? {1} : 'else'", "$map({0}, function($x) {{ $x.a }})"),
    *("$filter({0}, function($x, $i) {{ $i = 0 }})", "($x := {0}; $v := {1}; [$x, $v.a])", "{0}^($)", "{0}.({1})"),
    *("$merge([{0}, {1}])", "{0}@$x.{{'x': $x}}", "{0}#$i.[$i]", "$eval('{1}')", "$lookup({0}, 'a')", "[1..3][{0}]"),
    *("$v ~> |b|{{'z': {0}}}|", "($seq := {0}; $seq)", "($f := function($a) {{ $a.b.a }}; $f({0}))", "{0}[0].a"),
]
DATA: list[dict[str, Any]] = [
    {"a": 1, "b": [{"a": 1, "b": {"a": [1]}}, {"a": None}, {"b": 3}]},
    {"a": None, "b": {"a": [{"b": 1}, {"b": [2, 3]}], "b": []}, "c": 0},
    {"a": {"a": {"b": ""}, "b": [[1], [2]]}, "b": [], "c": [None]},
    {"a": [], "b": [[{"a": 1}], {"a": [1, 2]}]},
]


def found(language: type[Jsonata], text: str, v: Any, w: Any) -> Any:
    """A value, nothing, or the kind of the error."""
    try:
        parsed = language(text)
        frame = Jsonata.Frame(Jsonata.static_frame)
        frame.bindings = {"v": v, "w": w}
        value = parsed.eval(parsed.ast, v, frame)
        return "nothing" if value is None else repr(plain(value))
    except jexception.JException as error:
        return "error", error.error
    except Exception as error:  # noqa: BLE001 - whatever the library lets escape must escape from ours
        return "error", type(error)


def differences(texts: list[str]) -> list[tuple[Any, ...]]:
    return [
        (text, v, ours, theirs)
        for text in texts
        for v, w in zip(DATA, reversed(DATA), strict=True)
        if (ours := found(Evaluator, text, v, w)) != (theirs := found(Jsonata, text, v, w))
    ]


def test_paths_give_what_the_library_gives() -> None:
    assert differences(PATHS) == []


def test_expressions_give_what_the_library_gives() -> None:
    pairs = zip(ATOMS, [*ATOMS[7:], *ATOMS[:7]], strict=True)
    assert differences([form.format(one, other) for one, other in pairs for form in FORMS]) == []


def test_the_examples_come_to_something() -> None:
    values = [found(Jsonata, path, DATA[0], DATA[1]) for path in PATHS]
    assert len(PATHS) == 2196
    assert sum(isinstance(value, str) and value != "nothing" for value in values) > len(PATHS) / 3
