"""Random expressions over random catalogues, against an oracle that looks at one item at a time.

The oracle shares nothing with the product: it evaluates the description that the expression was written from.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.facts.filters.expression import FilterError, parse_filter
from tastemaker.simulator.filters.compiled import CompiledFilter, FilterContext
from tastemaker.simulator.recipes.base import MetadataTable

WORDS = ["a", "b", "B", "é *"]
EVENT_TYPES = ["click", "Stream", "BUY"]
NUMBERS = [-1, 0.5, 2]
ORDERS = ["=", "!=", "<", "<=", ">", ">="]
TEXT_COLUMNS = {"GENRES": True, "BRAND": False}  # column to categorical
NUMBER_COLUMNS = ["PRICE", "STOCK"]


@dataclass(frozen=True)
class World:
    """A catalogue, a user and a request."""

    items: dict[str, dict[str, Any]]
    without_row: frozenset[str]
    events: dict[str, set[str]]
    user: dict[str, Any]
    current: str | None
    values: dict[str, Any]


def quoted(strings: list[str]) -> str:
    return ", ".join(f'"{string}"' for string in strings)


@dataclass(frozen=True)
class Term:
    """One condition: `kind` says what stands on the right."""

    source: str
    column: str
    operator: str
    kind: str
    value: Any

    def text(self) -> str:
        left = f"{self.source}.{self.column}"
        if self.kind == "list":
            return f"{left} {self.operator} ({quoted(self.value)})"
        if self.kind == "parameter":
            return f"{left} {self.operator} ($P)" if self.operator == "IN" else f"{left} {self.operator} ${self.value}"
        if self.kind == "current":
            return f"{left} {self.operator} CurrentItem.{self.value}"
        return f"{left} {self.operator} {self.value}"


@dataclass(frozen=True)
class Part:
    action: str
    alternatives: list[list[Term]]
    when: list[Term] = field(default_factory=list)

    def text(self) -> str:
        where = " OR ".join(" AND ".join(term.text() for term in terms) for terms in self.alternatives)
        when = " IF " + " AND ".join(term.text() for term in self.when) if self.when else ""
        return f"{self.action} ItemID WHERE {where}{when}"

    def parameters(self) -> set[str]:
        terms = [term for terms in self.alternatives for term in terms] + self.when
        return {"P" if term.operator == "IN" else term.value for term in terms if term.kind == "parameter"}


words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)
numbers = st.sampled_from(NUMBERS)
text_columns = st.sampled_from(sorted(TEXT_COLUMNS))
number_columns = st.sampled_from(NUMBER_COLUMNS)
event_terms = st.builds(
    Term,
    st.just("Interactions"),
    st.just("EVENT_TYPE"),
    st.sampled_from(["IN", "NOT IN"]),
    st.just("list"),
    st.lists(st.sampled_from([*EVENT_TYPES, "CLICK", "none", "*"]), min_size=1, max_size=2),
)
item_terms = st.one_of(
    st.builds(Term, st.just("Items"), text_columns, st.sampled_from(["IN", "NOT IN"]), st.just("list"), words),
    st.builds(Term, st.just("Items"), text_columns, st.just("IN"), st.just("parameter"), st.just("P")),
    st.builds(Term, st.just("Items"), text_columns, st.just("IN"), st.just("current"), text_columns),
    st.builds(Term, st.just("Items"), number_columns, st.sampled_from(ORDERS), st.just("number"), numbers),
    st.builds(Term, st.just("Items"), number_columns, st.sampled_from(ORDERS), st.just("parameter"), st.just("N")),
    st.builds(Term, st.just("Items"), number_columns, st.sampled_from(ORDERS), st.just("current"), number_columns),
)
user_terms = st.one_of(
    st.builds(Term, st.just("CurrentUser"), st.just("AGE"), st.sampled_from(ORDERS), st.just("number"), numbers),
    st.builds(
        Term, st.just("CurrentUser"), st.just("AGE"), st.sampled_from(ORDERS), st.just("parameter"), st.just("N")
    ),
    st.builds(Term, st.just("CurrentUser"), st.just("CITY"), st.sampled_from(["IN", "NOT IN"]), st.just("list"), words),
)


def alternatives_of(terms: st.SearchStrategy[Term]) -> st.SearchStrategy[list[list[Term]]]:
    return st.lists(st.lists(terms, min_size=1, max_size=2), min_size=1, max_size=2)


parts = st.builds(
    Part,
    st.sampled_from(["INCLUDE", "EXCLUDE"]),
    alternatives_of(event_terms) | alternatives_of(item_terms),
    st.lists(user_terms, max_size=2),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    ids = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6, unique=True))
    rows = st.fixed_dictionaries(
        {
            "GENRES": st.none() | words.map("|".join),
            "BRAND": st.none() | st.sampled_from(["a", "b", "a|b"]),
            "PRICE": st.none() | numbers,
            "STOCK": st.none() | numbers,
        }
    )
    return World(
        items={item: draw(rows) for item in ids},
        without_row=frozenset(draw(st.sets(st.sampled_from(ids), max_size=1))),
        events=draw(st.dictionaries(st.sampled_from(EVENT_TYPES), st.sets(st.sampled_from(ids)))),
        user=draw(
            st.fixed_dictionaries({}, optional={"AGE": st.none() | numbers, "CITY": st.none() | st.sampled_from(WORDS)})
        ),
        current=draw(st.none() | st.sampled_from(ids)),
        values={} if draw(st.integers(0, 4)) == 0 else {"P": draw(words), "N": draw(numbers)},
    )


# --- the oracle -------------------------------------------------------------------------------------------------------


def attribute(world: World, item: str | None, column: str) -> Any:
    return None if item is None or item in world.without_row else world.items[item][column]


def elements(column: str, value: str) -> set[str]:
    return set(value.split("|")) if TEXT_COLUMNS.get(column, False) else {value}


def ordered(left: float, operator: str, right: float) -> bool:
    table = {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }
    return table[operator]


def term_holds(term: Term, item: str, world: World) -> bool:
    if term.source == "Interactions":
        types = {word.lower() for word in term.value}
        seen = any(item in items and ("*" in types or name.lower() in types) for name, items in world.events.items())
        return seen == (term.operator == "IN")
    left = world.user.get(term.column) if term.source == "CurrentUser" else attribute(world, item, term.column)
    if left is None:
        return False
    right = term.value
    if term.kind == "parameter":
        right = world.values["P" if term.operator == "IN" else "N"]
    elif term.kind == "current":
        right = attribute(world, world.current, term.value)
        if right is None:
            return False
        right = elements(term.value, right) if term.operator == "IN" else right
    if term.operator in {"IN", "NOT IN"}:
        return bool(elements(term.column, left) & set(right)) == (term.operator == "IN")
    return ordered(left, term.operator, right)


def expected(described: list[Part], world: World) -> list[str] | None:
    """Ids that pass, sorted; None where the service refuses."""
    included: list[set[str]] = []
    excluded: set[str] = set()
    for part in described:
        missing = part.parameters() - world.values.keys()
        if missing and part.action == "INCLUDE":
            return None
        if missing or not all(term_holds(term, "", world) for term in part.when):
            continue
        matching = {
            item
            for item in world.items
            if any(all(term_holds(term, item, world) for term in terms) for terms in part.alternatives)
        }
        if part.action == "INCLUDE":
            included.append(matching)
        else:
            excluded |= matching
    return sorted((set().union(*included) if included else set(world.items)) - excluded)


# --- the product ------------------------------------------------------------------------------------------------------


def answered(described: list[Part], world: World) -> list[str] | None:
    ids = np.array(sorted(world.items), np.object_)
    codes = {item: code for code, item in enumerate(ids)}
    context = FilterContext(
        events={
            name.lower(): np.array([codes[item] for item in sorted(items)], np.int32)
            for name, items in world.events.items()
        },
        user=world.user,
        item=-1 if world.current is None else codes[world.current],
        values={name: str(value) if name == "N" else quoted(value) for name, value in world.values.items()},
    )
    parsed = parse_filter(" | ".join(part.text() for part in described))
    try:
        mask = CompiledFilter(parsed, ids, build_table(world)).allowed(context)
    except FilterError:
        return None
    return list(ids[mask])


def build_table(world: World) -> MetadataTable:
    ids = sorted(world.items.keys() - world.without_row)
    columns: dict[str, np.ndarray[Any, Any]] = {
        name: np.array([world.items[item][name] for item in ids], np.object_) for name in TEXT_COLUMNS
    }
    for name in NUMBER_COLUMNS:
        columns[name] = np.array([world.items[item][name] for item in ids], np.float64)
    categorical = frozenset(name for name, is_categorical in TEXT_COLUMNS.items() if is_categorical)
    return MetadataTable(np.array(ids, np.object_), columns, categorical)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(described=st.lists(parts, min_size=1, max_size=3), world=worlds())
def test_a_compiled_filter_lets_through_what_a_look_at_each_item_does(described: list[Part], world: World) -> None:
    assert answered(described, world) == expected(described, world)


SNIPPETS = """INCLUDE EXCLUDE ItemID WHERE AND OR IF NOT IN ( ) , | * = < "x" $P 5 Items.A CurrentUser.B"""


@pytest.mark.slow
@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    text=st.text(alphabet=st.sampled_from("ab$\"*(),.|<>=!1 \n'é\x00"), max_size=40)
    | st.lists(st.sampled_from(SNIPPETS.split()), max_size=14).map(" ".join)
)
def test_any_text_is_read_or_refused_with_a_filter_error(text: str) -> None:
    with contextlib.suppress(FilterError):
        assert parse_filter(text).parts
