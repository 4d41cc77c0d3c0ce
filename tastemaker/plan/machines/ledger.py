"""Rows of the ledger table: every decision with its reason, and what the next run has to remember.

Partition key `subject` is an ARN, sort key `recorded` the moment and the execution, so that a query reads in time
order. Rows that are overwritten (`LAST IMPORT`, `LEASE` …) have a name there instead, behind all moments.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.states import State, jsonata, sdk_task
from tastemaker.plan.specs import LEDGER_PARTITION_KEY, LEDGER_SORT_KEY
from tastemaker.plan.tokens import LEDGER_TABLE

LAST_IMPORT = "LAST IMPORT"
LEASE = "LEASE"
SCALE_FLOOR = "SCALE FLOOR"
PAUSED = "PAUSED"
"""What a campaign or recommender served when it was paused: `version` (an ARN, empty for recommenders) and `tps`."""

_NOW = "$states.context.State.EnteredTime & ' ' & $states.context.Execution.Name"


def record(subject: str, decision: str, texts: dict[str, Any], *, next_state: str | None, **fields: Any) -> State:
    """One row per decision.

    Args:
        subject: JSONata for the ARN.
        decision: the word, or an expression in its marks.
        texts: column to string or expression in its marks.
        next_state: after the call.
        fields: of the state.
    """
    columns = {
        LEDGER_PARTITION_KEY: jsonata(subject),
        LEDGER_SORT_KEY: jsonata(_NOW),
        "decision": decision,
        **texts,
    }
    item = {name: {"S": value} for name, value in columns.items()}
    arguments = {"TableName": LEDGER_TABLE, "Item": item}
    return sdk_task("dynamodb", "putItem", arguments, next_state=next_state, **fields)


def keep(subject: str, name: str, columns: dict[str, Any], *, next_state: str) -> State:
    """Write a row that is overwritten; `columns` are typed values, e.g. `{"S": "text"}`."""
    arguments = {"TableName": LEDGER_TABLE, "Item": key(subject, name) | columns}
    return sdk_task("dynamodb", "putItem", arguments, next_state=next_state)


def forget(subject: str, name: str, *, next_state: str) -> State:
    """Take such a row away; one that is not there is no error."""
    arguments = {"TableName": LEDGER_TABLE, "Key": key(subject, name)}
    return sdk_task("dynamodb", "deleteItem", arguments, next_state=next_state)


def key(subject: str, name: str) -> dict[str, Any]:
    """Key of a row that is overwritten; `subject` is JSONata."""
    return {LEDGER_PARTITION_KEY: {"S": jsonata(subject)}, LEDGER_SORT_KEY: {"S": name}}


def read(subject: str, name: str, *, next_state: str, **fields: Any) -> State:
    """A row that is overwritten; `$states.result.Item` is absent when there is none."""
    arguments = {"TableName": LEDGER_TABLE, "Key": key(subject, name), "ConsistentRead": True}
    return sdk_task("dynamodb", "getItem", arguments, next_state=next_state, **fields)
