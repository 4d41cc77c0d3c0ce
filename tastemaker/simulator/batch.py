"""JSON Lines in, JSON Lines out: what batch inference and batch segment jobs have in common (reference §7)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError
from tastemaker.facts import limits
from tastemaker.simulator.objects import is_denied

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tastemaker.simulator.objects import ObjectStore
    from tastemaker.simulator.records import BatchJob

    Answer = Callable[[Sequence[Any]], list[dict[str, Any]]]

_BLOCK_CELLS = 4_000_000
"""Scores that are in memory at once."""
INPUT_PATH, OUTPUT_PATH = "Invalid S3 input path", "Invalid S3 output path"
DENIED = "Insufficient privileges for accessing data in Amazon S3"


class BatchFailedError(Exception):
    """The job ends in CREATE FAILED; `args[0]` is its failureReason."""


class LineError(Exception):
    """One input line cannot be answered; `args[0]` is the `error` of its output line."""


def run_batch(
    objects: ObjectStore, job: BatchJob, answer: Answer, *, candidates: int, most_lines: int | None = None
) -> int:
    """Answer every line of every input file, in order; `<input name>.out` and `_CHECK` go into the output folder.

    Args:
        answer: makes output lines of input values; a line that is not JSON comes as it is, a string.
        candidates: scores that one line needs, which decides how many lines are answered at once.
        most_lines: of all files together; None for no limit.

    Returns:
        The number of lines.

    Raises:
        BatchFailedError: with the job's failureReason.
    """
    folder = job.job_output["s3DataDestination"]["path"]
    put(objects, folder + "_CHECK", b"")
    inputs = {path.name: _read(path) for path in _fetch(objects, job.job_input["s3DataSource"]["path"])}
    total = sum(len(values) for values in inputs.values())
    if most_lines is not None and total > most_lines:
        raise BatchFailedError(f"Input data has {total} queries; at most {most_lines} are supported.")
    block = max(1, _BLOCK_CELLS // max(candidates, 1))
    for name, values in inputs.items():
        starts = range(0, len(values), block)
        lines = [_write(line) for start in starts for line in answer(values[start : start + block])]
        put(objects, f"{folder}{name}.out", b"".join(lines))
    return total


def put(objects: ObjectStore, location: str, body: bytes) -> None:
    """Write a result.

    Raises:
        BatchFailedError: S3 refused.
    """
    try:
        objects.put(location, body)
    except AwsError as error:
        raise BatchFailedError(DENIED if is_denied(error) else OUTPUT_PATH) from error


def _fetch(objects: ObjectStore, location: str) -> list[Path]:
    try:
        files = objects.fetch(location)
    except AwsError as error:
        raise BatchFailedError(DENIED if is_denied(error) else INPUT_PATH) from error
    if not files:
        raise BatchFailedError(INPUT_PATH)
    if len(files) > limits.MAX_BATCH_FILES:
        raise BatchFailedError(f"Input data has {len(files)} files; at most {limits.MAX_BATCH_FILES} are supported.")
    size_bytes = sum(path.stat().st_size for path in files)
    if size_bytes > limits.MAX_BATCH_BYTES:
        raise BatchFailedError(f"Input data has {size_bytes} bytes; at most {limits.MAX_BATCH_BYTES} are supported.")
    return files


def _read(path: Path) -> list[Any]:
    """The values of one file's lines; blank lines do not count."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise BatchFailedError(f"Input file {path.name} must be encoded in UTF-8.") from error
    values = [_value(line) for line in lines if line.strip()]
    if len(values) > limits.MAX_BATCH_RECORDS:
        raise BatchFailedError(f"Input file {path.name} has more than {limits.MAX_BATCH_RECORDS} records.")
    return values


def _value(line: str) -> Any:
    """What a line says; the line itself where it is not JSON, or nested deeper than Python follows."""
    try:
        return json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return line.strip()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _write(line: dict[str, Any]) -> bytes:
    """UTF-8; a lone surrogate, which UTF-8 cannot hold, makes the line ASCII with escapes."""
    try:
        return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def read_members(value: Any, required: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, Any]:
    """A line's object after its check; ids are strings, `itemList` a list of them, `filterValues` a map of them.

    Raises:
        LineError: what is wrong.
    """
    if not isinstance(value, dict):
        raise LineError("The input line must be a JSON object.")
    for name in required:
        if not value.get(name):
            raise LineError(f"The input line must have the member {name}.")
    for name, member in value.items():
        if name not in required and name not in optional:
            raise LineError(f"The input line has the unknown member {name}.")
        if not _fits(name, member):
            raise LineError(f"The member {name} of the input line must be {_KINDS.get(name, 'a string')}.")
    return value


_KINDS = {"itemList": "a list of strings", "filterValues": "a map of strings"}


def _fits(name: str, member: Any) -> bool:
    if name == "itemList":
        return isinstance(member, list) and all(isinstance(part, str) for part in member)
    if name == "filterValues":
        return isinstance(member, dict) and all(isinstance(part, str) for part in member.values())
    return isinstance(member, str)
