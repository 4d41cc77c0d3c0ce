"""`tastemaker serve` as a process: what the project's files bring along, and what is left at the end."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.support.served_project import serving_command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_metadata_come_from_the_project_s_file_and_records_of_experiments_are_written_at_the_end(
    tmp_path: Path,
) -> None:
    file = tmp_path / "records.jsonl"
    with serving_command(tmp_path, "--experiment-records", str(file)) as served:
        answer = served.recommended("u01")
        item = answer["items"][0]["itemId"]
        served.post("u01", itemId=item, eventAttributionSource=answer["eventAttributionSource"])
        code, errors = served.stop(signal.SIGINT)
    assert [one["metadata"] for one in answer["items"]] == [
        {"title": f"The {int(one['itemId'][1:])}th"} for one in answer["items"]
    ]
    assert (code, errors.splitlines()[-2:]) == (0, ["2 records of exposures and outcomes.", "Stopped."])
    records = [json.loads(line) for line in file.read_text().splitlines()]
    assert sorted((one["kind"], one["variant"]) for one in records) == [
        ("exposure", answer["variant"]),
        ("outcome", answer["variant"]),
    ]
    assert "u01" not in file.read_text()
