"""What Step Functions refuses at registration: fields and values of single states. `graph.py` checks how they connect.

Source: States Language specification, tables of fields by state type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.check_fields import (
    CATCH_FIELDS,
    COMMON,
    EXCLUSIVE,
    FIELDS,
    JSONATA,
    JSONPATH,
    LANGUAGES,
    MACHINE_FIELDS,
    RETRY_FIELDS,
    RULE_FIELDS,
    other_language,
)
from tastemaker.runner.interpreter.check_map import check_map, is_distributed
from tastemaker.runner.interpreter.fields import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

_REQUIRED = {"Task": ("Resource",), "Choice": ("Choices",), "Parallel": ("Branches",)}
_ANSWERS = ("Retry", "Catch")
_WAITS = ("Seconds", "Timestamp", "SecondsPath", "TimestampPath")
_MAX_NAME = 80


def is_expression(value: Any) -> bool:
    """Whether a value of a definition is one `{% … %}`."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def rules_of(state: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The objects in an array field; what is not an object is left to `_check_shapes`."""
    rules = state.get(field, [])
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def check_machine(definition: dict[str, Any]) -> Iterator[str]:
    """Problems of the members beside the states."""
    yield from _unknown(definition, MACHINE_FIELDS, "the state machine")
    language = definition.get("QueryLanguage", JSONPATH)
    if language not in LANGUAGES:
        yield f"the state machine: QueryLanguage must be JSONata or JSONPath, not {language!r}"
    timeout = definition.get("TimeoutSeconds", 1)
    if not KINDS["TimeoutSeconds"][1](timeout):
        yield f"the state machine: TimeoutSeconds must be a positive integer, not {timeout!r}"


def check_state(name: str, state: dict[str, Any], language: str) -> Iterator[str]:
    """Problems of one state, each naming it; `language` is that of its scope."""
    where = f"state '{name}'"
    if len(name) > _MAX_NAME:
        yield f"{where}: a name has at most {_MAX_NAME} characters"
    kind = state.get("Type")
    if not isinstance(kind, str) or kind not in FIELDS[JSONATA]:
        yield f"{where}: unknown Type {kind!r}; known: {', '.join(FIELDS[JSONATA])}"
        return
    own = state.get("QueryLanguage", language)
    if own not in LANGUAGES:
        yield f"{where}: QueryLanguage must be JSONata or JSONPath, not {own!r}"
        return
    if own == JSONPATH and language == JSONATA:
        yield f"{where}: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
        return
    shapes = list(_check_shapes(where, state))
    if shapes:
        yield from shapes
        return
    yield from _check_fields(where, kind, state, own)
    yield from _check_step(where, kind, state)
    yield from _check_kinds(where, state, own)
    yield from _check_rules(where, state, own)
    if kind == "Map":
        yield from check_map(where, state, own)


def _check_fields(where: str, kind: str, state: dict[str, Any], language: str) -> Iterator[str]:
    known = FIELDS[language][kind] | COMMON
    for field in state:
        other = other_language(field, kind, language)
        if other is not None:
            only = f"but field '{field}' is only supported for the '{other}' QueryLanguage"
            yield f"{where}: The QueryLanguage is set to '{language}', {only}"
        elif field not in known:
            yield f"{where}: Field '{field}' is not supported"
    missing = [field for field in _REQUIRED.get(kind, ()) if field not in state]
    if missing:
        yield f"{where}: These fields are required: [{', '.join(missing)}]"
    for one, other in EXCLUSIVE:
        if one in state and other in state:
            yield f"{where}: only one of {one} and {other} may be given"


def _check_shapes(where: str, state: dict[str, Any]) -> Iterator[str]:
    for field in ("Choices", "Branches", "Retry", "Catch"):
        rules = state.get(field, [])
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            yield f"{where}: {field} must be an array of objects"
        elif field in {"Choices", "Branches"} and field in state and not rules:
            yield f"{where}: {field} must have at least one element"
    yield from _check_members(where, state)


def _check_members(where: str, state: dict[str, Any]) -> Iterator[str]:
    holders = [("", state), *(("Choices: ", rule) for rule in rules_of(state, "Choices"))]
    holders += [("Catch: ", rule) for rule in rules_of(state, "Catch")]
    for prefix, holder in holders:
        if not isinstance(holder.get("Assign", {}), dict):
            yield f"{where}: {prefix}Assign must be an object"
    resource = state.get("Resource", "arn:")
    if not isinstance(resource, str) or not resource.startswith("arn:"):
        yield f"{where}/Resource: Value is not a valid resource ARN"
    for field in ("ItemProcessor", "Iterator", "ItemReader", "ItemBatcher", "ResultWriter"):
        if not isinstance(state.get(field, {}), dict):
            yield f"{where}: {field} must be an object"


def _unknown(value: dict[str, Any], known: frozenset[str], where: str) -> Iterator[str]:
    for field in value:
        if field not in known:
            yield f"{where}: Field '{field}' is not supported"


def _check_step(where: str, kind: str, state: dict[str, Any]) -> Iterator[str]:
    """Next or End, and what else needs exactly one of two fields."""
    if "End" in FIELDS[JSONATA][kind]:
        if ("Next" in state) == (state.get("End") is True):
            yield f"{where}: needs exactly one of Next and End: true"
        if "End" in state and not isinstance(state["End"], bool):
            yield f"{where}: End must be true or false, not {state['End']!r}"
    if kind == "Wait" and sum(field in state for field in _WAITS) != 1:
        yield f"{where}: needs exactly one of Seconds and Timestamp"


def _check_kinds(where: str, state: dict[str, Any], language: str) -> Iterator[str]:
    for field, value in state.items():
        is_open = language == JSONATA and is_expression(value)
        if field not in KINDS or is_open or KINDS[field][1](value):
            continue
        if field == "Items" and isinstance(value, dict) and is_distributed(state):
            continue
        if field == "Timestamp":
            yield f"{where}/Timestamp: String does not match RFC3339 timestamp"
        else:
            yield f"{where}: {field} must be {_with_article(KINDS[field][0])}, not {value!r}"
    heartbeat, timeout = state.get("HeartbeatSeconds"), state.get("TimeoutSeconds")
    if isinstance(heartbeat, int) and isinstance(timeout, int) and heartbeat >= timeout:
        yield f"{where}: HeartbeatSeconds must be smaller than TimeoutSeconds"


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _check_rules(where: str, state: dict[str, Any], language: str) -> Iterator[str]:
    for i, rule in enumerate(state.get("Choices", [])):
        yield from _check_choice(f"{where}, Choices[{i}]", rule, language)
    for i, rule in enumerate(state.get("Catch", [])):
        yield from _unknown(rule, CATCH_FIELDS[language], f"{where}, Catch[{i}]")
        if "Next" not in rule:
            yield f"{where}, Catch[{i}]: These fields are required: [Next]"
    for i, rule in enumerate(state.get("Retry", [])):
        yield from _unknown(rule, RETRY_FIELDS, f"{where}, Retry[{i}]")
        yield from _check_retry(f"{where}, Retry[{i}]", rule)
    for field in _ANSWERS:
        yield from _check_errors(where, field, state.get(field, []))


def _check_choice(where: str, rule: dict[str, Any], language: str) -> Iterator[str]:
    """A JSONPath rule's operators are checked when it is compiled."""
    if language == JSONATA:
        yield from _unknown(rule, RULE_FIELDS, where)
        condition = rule.get("Condition")
        if not isinstance(condition, bool) and not is_expression(condition):
            yield f"{where}: Condition must be a JSONata expression or a boolean, not {condition!r}"
    if "Next" not in rule:
        yield f"{where}: These fields are required: [Next]"


def _check_errors(where: str, field: str, rules: list[dict[str, Any]]) -> Iterator[str]:
    for i, rule in enumerate(rules):
        errors = rule.get("ErrorEquals")
        if not isinstance(errors, list) or not errors or not all(isinstance(error, str) for error in errors):
            yield f"{where}, {field}[{i}]: ErrorEquals must be an array of error names"
        elif "States.ALL" in errors and (len(errors) > 1 or i < len(rules) - 1):
            yield f"{where}, {field}[{i}]: States.ALL must stand alone in the last rule"


def _check_retry(where: str, rule: dict[str, Any]) -> Iterator[str]:
    interval = rule.get("IntervalSeconds", 1)
    if not isinstance(interval, int) or interval <= 0:
        yield f"{where}: IntervalSeconds must be a positive integer, not {interval!r}"
    attempts = rule.get("MaxAttempts", 3)
    if not isinstance(attempts, int) or attempts < 0:
        yield f"{where}: MaxAttempts must be a non-negative integer, not {attempts!r}"
    rate = rule.get("BackoffRate", 2.0)
    if not isinstance(rate, int | float) or rate < 1:
        yield f"{where}: BackoffRate must be a number of at least 1, not {rate!r}"
    longest = rule.get("MaxDelaySeconds")
    if longest is not None and not (isinstance(longest, int) and isinstance(interval, int) and longest > interval):
        yield f"{where}: MaxDelaySeconds must be an integer greater than IntervalSeconds, not {longest!r}"
    if rule.get("JitterStrategy", "NONE") not in {"FULL", "NONE"}:
        yield f"{where}: JitterStrategy must be FULL or NONE, not {rule['JitterStrategy']!r}"
