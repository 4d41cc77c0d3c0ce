"""State machines of a template: their scopes, states and ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.constructs.rules.templates import as_mapping, parse_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.constructs.rules.templates import Resource, Templates

    States = Mapping[str, Mapping[str, Any]]

STATE_MACHINE = "AWS::StepFunctions::StateMachine"


def definitions(templates: Templates) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    """Machines whose definition can be read, with it; one in S3 or in broken JSON cannot."""
    for machine in templates.of_type(STATE_MACHINE):
        written = machine.properties.get("Definition") or parse_text(machine.properties.get("DefinitionString"))
        definition = as_mapping(written)
        if "States" in definition:
            yield machine, definition


def scopes(definition: Mapping[str, Any]) -> Iterator[States]:
    """The machine's own states, then those of every Map and branch, at any depth."""
    states = definition.get("States", {})
    yield states
    for state in states.values():
        for part in (*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")):
            if part is not None:
                yield from scopes(part)


def all_states(templates: Templates) -> Iterator[tuple[Resource, str, Mapping[str, Any]]]:
    """Machine, name and state, at any depth."""
    for machine, definition in definitions(templates):
        for states in scopes(definition):
            yield from ((machine, name, state) for name, state in states.items())


def find_loop(states: States, name: str) -> frozenset[str]:
    """The states that can be reached from this one and lead back to it; empty when it is not in a loop."""
    return frozenset(other for other in _reachable(states, name) if name in _reachable(states, other))


def next_states(state: Mapping[str, Any]) -> list[str]:
    """Where a state may lead; errors included."""
    rules = [*state.get("Choices", ()), *state.get("Catch", ())]
    ways = [state.get("Next"), state.get("Default"), *(rule.get("Next") for rule in rules)]
    return [way for way in ways if isinstance(way, str)]


def _reachable(states: States, name: str) -> set[str]:
    """In one step or more."""
    found: set[str] = set()
    ahead = next_states(states[name])
    while ahead:
        other = ahead.pop()
        if other in states and other not in found:
            found.add(other)
            ahead += next_states(states[other])
    return found
