"""Policies made worse, one change at a time."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.policies import Policy, Statement

STRANGER = {"AWS": "arn:aws:iam::999999999999:root"}
ANOTHER_SERVICE = "ec2.amazonaws.com"


@dataclass(frozen=True)
class Mutant:
    """One policy with one change, which `change` names."""

    change: str
    policy: Policy


def mutants_of(policy: Policy) -> Iterator[Mutant]:
    """Every change of every statement; what would leave the statement as it is, is left out."""
    for at, statement in enumerate(policy.statements):
        yield _with(policy, "drop statement", at, [])
        for change, other in _changes(statement):
            if other != statement:
                yield _with(policy, change, at, [other])


def _with(policy: Policy, change: str, at: int, statements: list[Statement]) -> Mutant:
    kept = (*policy.statements[:at], *statements, *policy.statements[at + 1 :])
    return Mutant(f"{change} of {policy.place} statement {at}", replace(policy, statements=kept))


def _changes(statement: Statement) -> Iterator[tuple[str, Statement]]:
    yield from _of_conditions(statement)
    yield from _of_resources(statement)
    yield from _of_actions(statement)
    yield from _of_principals(statement)


def _of_conditions(statement: Statement) -> Iterator[tuple[str, Statement]]:
    conditions = statement.get("Condition", {})
    if conditions:
        yield "drop all conditions", {key: value for key, value in statement.items() if key != "Condition"}
    for operator, pairs in conditions.items():
        for key in pairs:
            dropped = deepcopy(statement)
            del dropped["Condition"][operator][key]
            yield f"drop condition {key}", dropped
            widened = deepcopy(statement)
            widened["Condition"] = {**conditions, operator: {**pairs, key: "*"}}
            yield f"widen condition {key}", widened


def _of_resources(statement: Statement) -> Iterator[tuple[str, Statement]]:
    resources = _list(statement.get("Resource"))
    for at, resource in enumerate(resources):
        rest = [*resources[:at], *resources[at + 1 :]]
        yield f"widen {resource} to everything", {**statement, "Resource": [*rest, "*"] if rest else "*"}
        parts = re.split(r"(?<=[/:])", resource.removesuffix("*"))[:-1]
        parts = parts[:-1] if resource.endswith("*") else parts
        if parts:
            wider = f"{''.join(parts)}*"
            yield f"widen {resource} to {wider}", {**statement, "Resource": [*rest, wider] if rest else wider}


def _of_actions(statement: Statement) -> Iterator[tuple[str, Statement]]:
    actions = _list(statement["Action"])
    service = actions[0].partition(":")[0]
    for added in (f"{service}:*", f"{service}:TagResource", "iam:CreateUser"):
        if added not in actions:
            yield f"add action {added}", {**statement, "Action": [*actions, added]}
    for action in actions if len(actions) > 1 else ():
        yield f"drop action {action}", {**statement, "Action": [other for other in actions if other != action]}


def _of_principals(statement: Statement) -> Iterator[tuple[str, Statement]]:
    principal = statement.get("Principal")
    if principal is None or statement["Effect"] == "Deny":
        return
    if principal != {"AWS": "*"}:
        yield "open to everybody", {**statement, "Principal": "*"}
    services = [*_list(principal.get("Service")), ANOTHER_SERVICE]
    yield f"add principal {ANOTHER_SERVICE}", {**statement, "Principal": {**principal, "Service": services}}
    accounts = [*_list(principal.get("AWS")), STRANGER["AWS"]]
    yield "add principal of another account", {**statement, "Principal": {**principal, "AWS": accounts}}


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
