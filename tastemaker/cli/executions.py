"""Starting a state machine of the project and waiting for its end, in an account or at a local Step Functions."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tastemaker.cli.progress import step
from tastemaker.errors import TastemakerError, WorkflowFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

POLL_SECONDS = 5


def find_machine(client: Any, prefix: str, machine: str) -> str:
    """ARN; a local Step Functions knows the machine by its name in the plan.

    Raises:
        TastemakerError: the project is not deployed here.
    """
    pages = client.get_paginator("list_state_machines").paginate()
    found = {one["name"]: str(one["stateMachineArn"]) for page in pages for one in page["stateMachines"]}
    for candidate in (f"{prefix}-{machine}", machine):
        if candidate in found:
            return found[candidate]
    message = f"There is no state machine {prefix}-{machine} in this account and Region; deploy the project first."
    raise TastemakerError(message)


def tokens_of(machine_arn: str) -> dict[str, str]:
    """What stands in ARNs of the same account and Region."""
    _, partition, _, region, account, *_ = machine_arn.split(":")
    return {"Partition": partition, "Region": region, "AccountId": account}


def find_running(client: Any, machine_arn: str) -> str | None:
    """ARN of the execution under way; None for none."""
    found = client.list_executions(stateMachineArn=machine_arn, statusFilter="RUNNING", maxResults=1)["executions"]
    return None if not found else str(found[0]["executionArn"])


def start(client: Any, machine_arn: str, job: Mapping[str, Any]) -> str:
    """ARN of the new execution; nothing waits for it."""
    return str(client.start_execution(stateMachineArn=machine_arn, input=json.dumps(job))["executionArn"])


def wait_for_output(
    client: Any, machine: str, execution_arn: str, pause: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """Output of an execution, once it has ended.

    Raises:
        WorkflowFailedError: it ended otherwise than SUCCEEDED.
    """
    with step(f"{machine} is at work"):
        execution = client.describe_execution(executionArn=execution_arn)
        while execution["status"] == "RUNNING":
            pause(POLL_SECONDS)
            execution = client.describe_execution(executionArn=execution_arn)
    if execution["status"] != "SUCCEEDED":
        error, cause = execution.get("error", execution["status"]), execution.get("cause", "no cause was given")
        raise WorkflowFailedError(machine, execution_arn.rpartition(":")[2], error, cause)
    output: dict[str, Any] = json.loads(execution["output"])
    return output
