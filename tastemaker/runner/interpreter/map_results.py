"""Results of a Map Run, formatted. Source: developer guide, "ResultWriter (Map)"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.execution import SUCCEEDED
from tastemaker.runner.interpreter.payload import to_text
from tastemaker.runner.interpreter.visit import iso_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.map_runs import Part


def format_results(transformation: str, parts: Sequence[Part], now: float) -> list[Any]:
    """Results in the order of the items.

    Args:
        transformation: NONE gives each child execution with its metadata; COMPACT its output; FLATTEN its output, or
            the elements of it when it is an array. What did not succeed is given as with NONE.
    """
    results: list[Any] = []
    for part in parts:
        child = part.child
        if child is None or child.status != SUCCEEDED or transformation == "NONE":
            results.append(_described(part, now))
        elif transformation == "FLATTEN" and isinstance(child.output, list):
            results += child.output
        else:
            results.append(child.output)
    return results


def _described(part: Part, now: float) -> dict[str, Any]:
    """A child execution with its metadata; one that was not started has only its input."""
    child = part.child
    if child is None:
        return {"Input": to_text(part.input), "InputDetails": {"Included": True}, "Status": "PENDING"}
    described = {
        "ExecutionArn": child.arn,
        "Input": to_text(child.input),
        "InputDetails": {"Included": True},
        "Name": child.name,
        **_output(child),
        **_redrive(child, now),
        "StartDate": iso_timestamp(child.started_at),
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        "StopDate": None if child.stopped_at is None else iso_timestamp(child.stopped_at),
        "Error": child.error,
        "Cause": child.cause,
    }
    return {name: value for name, value in described.items() if value is not None}


def _output(child: Execution) -> dict[str, Any]:
    if child.status != SUCCEEDED:
        return {}
    return {"Output": to_text(child.output), "OutputDetails": {"Included": True}}


def _redrive(child: Execution, now: float) -> dict[str, Any]:
    status, reason = child.redrive_status(now)
    return {"RedriveCount": child.redrive_count, "RedriveStatus": status, "RedriveStatusReason": reason}
