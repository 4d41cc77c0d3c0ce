"""How states connect: scopes, targets, reachability, terminal states, variable names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.check import check_machine, check_state, rules_of
from tastemaker.runner.interpreter.jsonata_checks import find_misused_members
from tastemaker.runner.interpreter.payload import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class _Place:
    """A scope of states.

    Attributes:
        where: for messages.
        language: of the whole machine; a Map or Parallel does not hand its own down.
        outer: variables assigned around it.
    """

    where: str
    language: str
    outer: frozenset[str]


def find_problems(definition: Any) -> list[str]:
    """Everything that registration refuses, in the order of the definition."""
    if not isinstance(definition, dict):
        return ["a definition is a JSON object"]
    try:
        text = to_text(definition)
    except (TypeError, ValueError) as error:
        return [f"a definition is a JSON object: {error}"]
    return list(_problems_of(text))


@lru_cache(maxsize=128)
def _problems_of(text: str) -> tuple[str, ...]:
    """Kept: the same machines are registered again and again where stories are told."""
    definition = json.loads(text)
    language = definition.get("QueryLanguage", "JSONPath")
    seen: set[str] = set()
    place = _Place("the state machine", language, frozenset())
    return (*check_machine(definition), *_check_scope(definition, place, seen))


def _check_scope(scope: Any, place: _Place, seen: set[str]) -> Iterator[str]:
    missing = [field for field in ("States", "StartAt") if not isinstance(scope, dict) or field not in scope]
    if missing:
        yield f"{place.where}: These fields are required: [{', '.join(missing)}]"
        return
    states = scope["States"]
    if not isinstance(states, dict) or not states:
        yield f"{place.where}: States must be an object with at least one state"
        return
    if not all(isinstance(state, dict) for state in states.values()):
        yield f"{place.where}: every state must be an object"
        return
    yield from _check_start(scope, states, place)
    assigned = place.outer | {variable for state in states.values() for variable in _assigned(state)}
    for name, state in states.items():
        yield from _check_name(name, seen)
        yield from check_state(name, state, place.language)
        yield from _check_targets(name, state, states)
        if state.get("QueryLanguage", place.language) == "JSONata":
            yield from find_misused_members(name, state)
        yield from _check_variables(name, state, place.outer)
        yield from _check_inner(name, state, _Place("", place.language, frozenset(assigned)), seen)
    yield from _check_ways(scope, states, place)


def _check_name(name: str, seen: set[str]) -> Iterator[str]:
    if name in seen:
        yield f"state '{name}': the name is used twice; state names are unique in a whole definition"
    if not 0 < len(name) <= _MAX_NAME:
        yield f"state '{name}': a state's name has 1 to {_MAX_NAME} characters, not {len(name)}"
    seen.add(name)


def _check_start(scope: dict[str, Any], states: dict[str, Any], place: _Place) -> Iterator[str]:
    start = scope["StartAt"]
    if not isinstance(start, str) or start not in states:
        yield f"{place.where}/StartAt: Missing 'StartAt' target: {start}"


def _check_ways(scope: dict[str, Any], states: dict[str, Any], place: _Place) -> Iterator[str]:
    """Without a terminal state the service does not look for states that are not reached."""
    if not any(_is_terminal(state) for state in states.values()):
        yield f"{place.where}: Workflow has no terminal state"
    elif isinstance(scope["StartAt"], str) and scope["StartAt"] in states:
        reached = _reachable(scope["StartAt"], states)
        for name in states:
            if name not in reached:
                yield f"state '{name}': State \"{name}\" is not reachable."


def _is_terminal(state: dict[str, Any]) -> bool:
    return state.get("End") is True or state.get("Type") in ["Succeed", "Fail"]


def targets_of(state: dict[str, Any]) -> list[tuple[str, Any]]:
    """Field and target of every transition of a state."""
    found: list[tuple[str, Any]] = [(field, state[field]) for field in ("Next", "Default") if field in state]
    for field in ("Choices", "Catch"):
        rules = enumerate(rules_of(state, field))
        found += [(f"{field}[{i}]/Next", rule["Next"]) for i, rule in rules if "Next" in rule]
    return found


def _reachable(start: str, states: dict[str, Any]) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        for _, target in targets_of(states[waiting.pop()]):
            if isinstance(target, str) and target in states and target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def _check_targets(name: str, state: dict[str, Any], states: dict[str, Any]) -> Iterator[str]:
    for field, target in targets_of(state):
        if not isinstance(target, str) or target not in states:
            yield f"state '{name}'/{field}: Missing 'Next' target: {target}"


def _assigned(state: dict[str, Any]) -> Iterator[str]:
    for holder in (state, *rules_of(state, "Choices"), *rules_of(state, "Catch")):
        assign = holder.get("Assign", {})
        if isinstance(assign, dict):
            yield from (variable.removesuffix(".$") for variable in assign)


def _check_variables(name: str, state: dict[str, Any], outer: frozenset[str]) -> Iterator[str]:
    for variable in dict.fromkeys(_assigned(state)):
        if not variable.isidentifier() or variable[0] == "_" or len(variable) > _MAX_NAME or variable == "states":
            yield f"state '{name}': '{variable}' is not a name for a variable"
        elif variable in outer:
            yield f"state '{name}': Assign cannot set '{variable}', which belongs to an outer scope"


def _check_inner(name: str, state: dict[str, Any], place: _Place, seen: set[str]) -> Iterator[str]:
    inner = [(f"state '{name}'/{field}", state[field]) for field in ("ItemProcessor", "Iterator") if field in state]
    inner += [(f"state '{name}'/Branches[{i}]", branch) for i, branch in enumerate(rules_of(state, "Branches"))]
    for where, scope in inner:
        if isinstance(scope, dict) and "QueryLanguage" in scope:
            yield f"{where}: Field 'QueryLanguage' is not supported"
        yield from _check_scope(scope, _Place(where, place.language, place.outer), seen)
