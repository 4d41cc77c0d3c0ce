"""What Step Functions refuses at registration: fields and values of single states. `graph.py` checks how they connect.

Source: States Language specification, tables of fields by state type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.fields import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMON = frozenset({"Type", "Comment", "QueryLanguage"})
_STEP = frozenset({"Output", "Assign", "Next", "End"})
_ANSWERS = frozenset({"Retry", "Catch"})
_FIELDS: dict[str, frozenset[str]] = {
    "Task": _STEP | _ANSWERS | {"Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds"},
    "Pass": _STEP,
    "Choice": frozenset({"Choices", "Default", "Output", "Assign"}),
    "Wait": _STEP | {"Seconds", "Timestamp"},
    "Succeed": frozenset({"Output"}),
    "Fail": frozenset({"Error", "Cause"}),
    "Map": _STEP | _ANSWERS
    | {
        "Items", "ItemSelector", "ItemProcessor", "MaxConcurrency", "ToleratedFailureCount",
        "ToleratedFailurePercentage",
    },
    "Parallel": _STEP | _ANSWERS | {"Branches", "Arguments"},
}  # fmt: skip
_REQUIRED = {"Task": ("Resource",), "Choice": ("Choices",), "Map": ("ItemProcessor",), "Parallel": ("Branches",)}
_NOT_BUILT = frozenset({"Credentials", "ItemReader", "ItemBatcher", "ResultWriter", "Label", "Iterator"})
_JSONPATH = frozenset({
    "InputPath", "OutputPath", "Parameters", "ResultSelector", "ResultPath", "Result", "ItemsPath", "SecondsPath",
    "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "ErrorPath", "CausePath", "MaxConcurrencyPath",
})  # fmt: skip
_RETRY_FIELDS = frozenset(
    {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment"}
)
_CATCH_FIELDS = frozenset({"ErrorEquals", "Next", "Output", "Assign", "Comment"})
_RULE_FIELDS = frozenset({"Condition", "Next", "Output", "Assign", "Comment"})
_MACHINE_FIELDS = frozenset({"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"})
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
    yield from _unknown(definition, _MACHINE_FIELDS, "the state machine")
    timeout = definition.get("TimeoutSeconds", 1)
    if not KINDS["TimeoutSeconds"][1](timeout):
        yield f"the state machine: TimeoutSeconds must be a positive integer, not {timeout!r}"


def check_state(name: str, state: dict[str, Any], language: str) -> Iterator[str]:
    """Problems of one state, each naming it."""
    where = f"state '{name}'"
    if len(name) > _MAX_NAME:
        yield f"{where}: a name has at most {_MAX_NAME} characters"
    kind = state.get("Type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        yield f"{where}: unknown Type {kind!r}; known: {', '.join(_FIELDS)}"
        return
    if state.get("QueryLanguage", language) != "JSONata":
        yield f"{where}: not built yet: JSONPath; set QueryLanguage to JSONata"
        return
    shapes = list(_check_shapes(where, state))
    if shapes:
        yield from shapes
        return
    yield from _unknown(state, _FIELDS[kind] | _COMMON, where)
    yield from (f"{where}: {field} is required" for field in _REQUIRED.get(kind, ()) if field not in state)
    yield from _check_step(where, kind, state)
    yield from _check_kinds(where, state)
    yield from _check_rules(where, state)


def _check_shapes(where: str, state: dict[str, Any]) -> Iterator[str]:
    for field in ("Choices", "Branches", "Retry", "Catch"):
        rules = state.get(field, [])
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            yield f"{where}: {field} must be an array of objects"
        elif field in {"Choices", "Branches"} and field in state and not rules:
            yield f"{where}: {field} must have at least one element"
    holders = [("", state), *(("Choices: ", rule) for rule in rules_of(state, "Choices"))]
    holders += [("Catch: ", rule) for rule in rules_of(state, "Catch")]
    for prefix, holder in holders:
        if not isinstance(holder.get("Assign", {}), dict):
            yield f"{where}: {prefix}Assign must be an object"
    if not isinstance(state.get("Resource", ""), str):
        yield f"{where}: Resource must be a string"
    if not isinstance(state.get("ItemProcessor", {}), dict):
        yield f"{where}: ItemProcessor must be an object"


def _unknown(value: dict[str, Any], known: frozenset[str], where: str) -> Iterator[str]:
    for field in value:
        if field in known:
            continue
        if field in _JSONPATH:
            yield f"{where}: {field} belongs to JSONPath and cannot stand in a JSONata state"
        elif field in _NOT_BUILT:
            yield f"{where}: not built yet: {field}"
        else:
            yield f"{where}: unknown field {field}; known: {', '.join(sorted(known))}"


def _check_step(where: str, kind: str, state: dict[str, Any]) -> Iterator[str]:
    """Next or End, and what else needs exactly one of two fields."""
    if "End" in _FIELDS[kind]:
        if ("Next" in state) == (state.get("End") is True):
            yield f"{where}: needs exactly one of Next and End: true"
        if "End" in state and not isinstance(state["End"], bool):
            yield f"{where}: End must be true or false, not {state['End']!r}"
    if kind == "Wait" and ("Seconds" in state) == ("Timestamp" in state):
        yield f"{where}: needs exactly one of Seconds and Timestamp"
    mode = (
        state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode", "INLINE") if kind == "Map" else "INLINE"
    )
    if mode != "INLINE":
        yield f"{where}: not built yet: Map in {mode} mode"
    for field in ("Choices", "Branches"):
        if field in state and not (isinstance(state[field], list) and state[field]):
            yield f"{where}: {field} must be an array with at least one element"


def _check_kinds(where: str, state: dict[str, Any]) -> Iterator[str]:
    for field, value in state.items():
        if field in KINDS and not is_expression(value) and not KINDS[field][1](value):
            yield f"{where}: {field} must be {_with_article(KINDS[field][0])}, not {value!r}"
    heartbeat, timeout = state.get("HeartbeatSeconds"), state.get("TimeoutSeconds")
    if isinstance(heartbeat, int) and isinstance(timeout, int) and heartbeat >= timeout:
        yield f"{where}: HeartbeatSeconds must be smaller than TimeoutSeconds"


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _check_rules(where: str, state: dict[str, Any]) -> Iterator[str]:
    for i, rule in enumerate(state.get("Choices", [])):
        yield from _unknown(rule, _RULE_FIELDS, f"{where}, Choices[{i}]")
        condition = rule.get("Condition")
        if not isinstance(condition, bool) and not is_expression(condition):
            yield f"{where}, Choices[{i}]: Condition must be a JSONata expression or a boolean, not {condition!r}"
        if "Next" not in rule:
            yield f"{where}, Choices[{i}]: Next is required"
    for i, rule in enumerate(state.get("Catch", [])):
        yield from _unknown(rule, _CATCH_FIELDS, f"{where}, Catch[{i}]")
        if "Next" not in rule:
            yield f"{where}, Catch[{i}]: Next is required"
    for i, rule in enumerate(state.get("Retry", [])):
        yield from _unknown(rule, _RETRY_FIELDS, f"{where}, Retry[{i}]")
        yield from _check_retry(f"{where}, Retry[{i}]", rule)
    for field in _ANSWERS:
        yield from _check_errors(where, field, state.get(field, []))


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
