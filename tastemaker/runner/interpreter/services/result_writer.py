"""ResultWriter: the results of a Map Run as files in S3. Source: developer guide, "ResultWriter (Map)"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.execution import SUCCEEDED
from tastemaker.runner.interpreter.failures import RESULT_WRITER_FAILED, StateError
from tastemaker.runner.interpreter.payload import to_text
from tastemaker.runner.interpreter.visit import iso_timestamp

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.map_runs import MapRun
    from tastemaker.runner.seams import AwsCaller

_FILES = ("FAILED", "PENDING", "SUCCEEDED")


def write_results(writer: dict[str, Any], run: MapRun, aws: AwsCaller) -> dict[str, str]:
    """Write `<Prefix>/<run id>/{SUCCEEDED,FAILED}_0.json` and `manifest.json`.

    Returns:
        Bucket and Key of the manifest.

    Raises:
        StateError: States.ResultWriterFailed.
    """
    arguments = writer["Arguments"]
    bucket, prefix = arguments["Bucket"], str(arguments.get("Prefix") or "")
    folder = f"{prefix.rstrip('/')}/" if prefix else ""
    folder += run.arn.rpartition(":")[2]
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in _FILES}
    for child, _ in run.children:
        lists["SUCCEEDED" if child.status == SUCCEEDED else "FAILED"].append(_described(child))
    files: dict[str, list[dict[str, Any]]] = {name: [] for name in _FILES}
    for name, entries in lists.items():
        if entries:
            key = f"{folder}/{name}_0.json"
            files[name].append({"Key": key, "Size": _put(aws, bucket, key, to_text(entries))})
    manifest = {"DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": files}
    key = f"{folder}/manifest.json"
    _put(aws, bucket, key, to_text(manifest))
    return {"Bucket": bucket, "Key": key}


def _put(aws: AwsCaller, bucket: str, key: str, text: str) -> int:
    body = text.encode()
    try:
        aws.call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": body})
    except AwsError as error:
        raise StateError(RESULT_WRITER_FAILED, error.message) from error
    return len(body)


def _described(child: Execution) -> dict[str, Any]:
    described = {
        "ExecutionArn": child.arn,
        "Input": to_text(child.input),
        "InputDetails": {"Included": True},
        "Name": child.name,
        "StartDate": iso_timestamp(child.started_at),
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        "StopDate": None if child.stopped_at is None else iso_timestamp(child.stopped_at),
        "Error": child.error,
        "Cause": child.cause,
    }
    if child.status == SUCCEEDED:
        described |= {"Output": to_text(child.output), "OutputDetails": {"Included": True}}
    return {name: value for name, value in described.items() if value is not None}
