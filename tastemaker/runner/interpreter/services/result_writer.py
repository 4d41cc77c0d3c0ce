"""ResultWriter: the results of a Map Run as files in S3. Source: developer guide, "ResultWriter (Map)"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.execution import SUCCEEDED
from tastemaker.runner.interpreter.failures import RESULT_WRITER_FAILED, StateError
from tastemaker.runner.interpreter.map_results import format_results
from tastemaker.runner.interpreter.payload import to_text

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.map_runs import MapRun, Part
    from tastemaker.runner.seams import AwsCaller

_FILES = ("FAILED", "PENDING", "SUCCEEDED")


def write_results(writer: dict[str, Any], run: MapRun, aws: AwsCaller, now: float) -> dict[str, str]:
    """Write `<Prefix>/<run id>/{SUCCEEDED,FAILED,PENDING}_0.json` (`.jsonl` for OutputType JSONL) and `manifest.json`.

    Returns:
        Bucket and Key of the manifest.

    Raises:
        StateError: States.ResultWriterFailed.
    """
    arguments, config = writer["Arguments"], writer.get("WriterConfig") or {}
    bucket, prefix = arguments["Bucket"], str(arguments.get("Prefix") or "")
    folder = f"{prefix.rstrip('/')}/" if prefix else ""
    folder += run.arn.rpartition(":")[2]
    by_status: dict[str, list[Part]] = {name: [] for name in _FILES}
    for part in run.parts:
        by_status[_file_of(part)].append(part)
    files: dict[str, list[dict[str, Any]]] = {name: [] for name in _FILES}
    for name, parts in by_status.items():
        if parts:
            key, text = _file(f"{folder}/{name}_0", config, format_results(_transformation(config), parts, now))
            files[name].append({"Key": key, "Size": _put(aws, bucket, key, text)})
    manifest = {"DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": files}
    key = f"{folder}/manifest.json"
    _put(aws, bucket, key, to_text(manifest))
    return {"Bucket": bucket, "Key": key}


def _transformation(config: dict[str, Any]) -> str:
    return str(config.get("Transformation", "NONE"))


def _file_of(part: Part) -> str:
    if part.child is None:
        return "PENDING"
    return "SUCCEEDED" if part.child.status == SUCCEEDED else "FAILED"


def _file(path: str, config: dict[str, Any], results: list[Any]) -> tuple[str, str]:
    """Key and content of one file."""
    if config.get("OutputType", "JSON") == "JSONL":
        return f"{path}.jsonl", "".join(f"{to_text(result)}\n" for result in results)
    return f"{path}.json", to_text(results)


def _put(aws: AwsCaller, bucket: str, key: str, text: str) -> int:
    body = text.encode()
    try:
        aws.call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": body})
    except AwsError as error:
        raise StateError(RESULT_WRITER_FAILED, error.message) from error
    return len(body)
