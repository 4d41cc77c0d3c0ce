"""Results of a Map Run as the developer guide describes them; each test names the section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.maps import BROKEN, Bucket, distributed, failing, run
from tests.support.tasks import jsonpath

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.engine import Engine

ORDERS = [[{"order_id": "100000"}, {"order_id": "100001"}], [{"order_id": "100005"}], {"order_id": "7"}]


def metadata(engine: Engine, position: int, output: str) -> dict[str, Any]:
    """How the guide's example of NONE shows a child execution."""
    child = [execution for execution in engine.executions if execution.map_run_arn][position]
    return {
        "ExecutionArn": f"arn:aws:states:us-east-1:123456789012:execution:machine/each:{child.name}",
        "Input": output,
        "InputDetails": {"Included": True},
        "Name": child.name,
        "Output": output,
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": "2026-01-01T00:00:00.000Z",
        "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:machine/each",
        "Status": "SUCCEEDED",
        "StopDate": "2026-01-01T00:00:00.000Z",
    }


@pytest.mark.parametrize(
    ("transformation", "output"),
    [
        ("COMPACT", ORDERS),
        ("FLATTEN", [{"order_id": "100000"}, {"order_id": "100001"}, {"order_id": "100005"}, {"order_id": "7"}]),
    ],
)
def test_writer_config_alone_shapes_the_output_of_the_state(transformation: str, output: Any) -> None:
    """ResultWriter (Map), Transformations: COMPACT keeps the arrays, FLATTEN joins them."""
    config = {"Transformation": transformation, "OutputType": "JSON"}
    execution, _ = run(distributed(ResultWriter={"WriterConfig": config}), ORDERS)
    assert execution.output == output


def test_transformation_none_gives_the_executions_with_their_metadata() -> None:
    """ResultWriter (Map), Transformation NONE."""
    config = {"Transformation": "NONE", "OutputType": "JSON"}
    execution, engine = run(distributed(ResultWriter={"WriterConfig": config}), [1, 2])
    assert execution.output == [metadata(engine, 0, "1"), metadata(engine, 1, "2")]


def test_what_failed_is_given_as_with_none() -> None:
    """ResultWriter (Map): if a child fails, its execution result is returned unchanged, equivalent to NONE."""
    states = jsonpath("F", F={"Type": "Fail", "Error": "E", "Cause": "c"})
    writer = {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}
    execution, engine = run(distributed(states, ResultWriter=writer, ToleratedFailurePercentage=100), [1])
    (result,) = execution.output
    assert {name: result[name] for name in ("Status", "Error", "Cause", "Input")} == {
        "Status": "FAILED",
        "Error": "E",
        "Cause": "c",
        "Input": "1",
    }
    assert "Output" not in result
    assert (result["RedriveStatus"], "RedriveStatusReason" in result) == ("REDRIVABLE_BY_MAP_RUN", False)
    assert len(engine.executions) == 2


EXPORT = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "csvProcessJobs"}}
EXPORT_JSONATA = {"Resource": EXPORT["Resource"], "Arguments": EXPORT["Parameters"]}


@pytest.mark.parametrize(
    ("config", "file", "content"),
    [
        ({"Transformation": "FLATTEN", "OutputType": "JSON"}, "SUCCEEDED_0.json", '[{"a":1},{"a":2},{"a":3}]'),
        ({"Transformation": "COMPACT", "OutputType": "JSON"}, "SUCCEEDED_0.json", '[[{"a":1},{"a":2}],{"a":3}]'),
        ({"Transformation": "FLATTEN", "OutputType": "JSONL"}, "SUCCEEDED_0.jsonl", '{"a":1}\n{"a":2}\n{"a":3}\n'),
    ],
)
def test_files_have_the_format_of_writer_config(config: dict[str, str], file: str, content: str) -> None:
    """ResultWriter (Map), all three fields: format the output and save it; the manifest names the files."""
    bucket = Bucket()
    state = distributed(ResultWriter={**EXPORT, "WriterConfig": config})
    execution, engine = run(state, [[{"a": 1}, {"a": 2}], {"a": 3}], bucket)
    (map_run,) = engine.stage.map_runs.values()
    folder = f"csvProcessJobs/{map_run.arn.rpartition(':')[2]}"
    assert execution.output == {
        "MapRunArn": map_run.arn,
        "ResultWriterDetails": {"Bucket": "out", "Key": f"{folder}/manifest.json"},
    }
    assert bucket.objects[f"{folder}/{file}"] == content.encode()
    assert bucket.json(f"{folder}/manifest.json") == {
        "DestinationBucket": "out",
        "MapRunArn": map_run.arn,
        "ResultFiles": {
            "FAILED": [],
            "PENDING": [],
            "SUCCEEDED": [{"Key": f"{folder}/{file}", "Size": len(content)}],
        },
    }


def test_without_writer_config_files_hold_the_metadata() -> None:
    """ResultWriter (Map): NONE is the default when exporting and WriterConfig is not specified."""
    bucket = Bucket()
    _, engine = run(distributed(ResultWriter=EXPORT), [7], bucket)
    (key,) = [key for key in bucket.objects if key.endswith("SUCCEEDED_0.json")]
    assert bucket.json(key) == [metadata(engine, 0, "7")]


def test_a_map_run_that_fails_exports_what_failed_and_what_did_not_start() -> None:
    """ResultWriter (Map): FAILED_n.json, and PENDING_n.json for what was not started because the Map Run failed."""
    _, execution, bucket = failing(["a", BROKEN, "c"], ResultWriter=EXPORT_JSONATA)
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    by_name = {key.rpartition("/")[2]: bucket.json(key) for key in bucket.objects}
    assert [entry["Input"] for entry in by_name["SUCCEEDED_0.json"]] == ["1"]
    assert [entry["Input"] for entry in by_name["FAILED_0.json"]] == ["2"]
    assert [entry["Input"] for entry in by_name["PENDING_0.json"]] == ["3"]
    assert [len(files) for files in by_name["manifest.json"]["ResultFiles"].values()] == [1, 1, 1]
