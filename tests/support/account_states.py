"""Reading the state of the shop that tests deploy, with a Step Functions of given executions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3

from tastemaker.cli.account_state import AccountState, read_account

T0 = 1_767_225_600


class States:
    """A Step Functions with these executions of the machine `shop-dev-maintain`, the newest first."""

    def __init__(self, *executions: dict[str, Any]) -> None:
        self._executions = list(executions)

    def get_paginator(self, operation: str) -> States:
        assert operation == "list_state_machines"
        return self

    def paginate(self) -> list[dict[str, Any]]:
        names = ("shop-dev-maintain", "another-maintain")
        return [{"stateMachines": [{"name": name, "stateMachineArn": f"arn:{name}"} for name in names]}]

    def list_executions(self, **params: Any) -> dict[str, Any]:
        assert params["stateMachineArn"] == "arn:shop-dev-maintain"
        return {"executions": self._executions}

    def describe_execution(self, **_params: Any) -> dict[str, Any]:
        return {"error": "Tastemaker.ImportRefused", "cause": "900 rows"}


def execution(name: str, status: str, start: int, seconds: int | None = None) -> dict[str, Any]:
    times = {"startDate": datetime.fromtimestamp(T0 + start, UTC)}
    if seconds is not None:
        times["stopDate"] = datetime.fromtimestamp(T0 + start + seconds, UTC)
    return {"name": name, "status": status, "executionArn": f"arn:{name}", **times}


def read(states: States | None = None) -> AccountState:
    client = boto3.client("personalize", region_name="us-east-1")
    return read_account(client, States() if states is None else states, "shop-dev", "shop-dev")
