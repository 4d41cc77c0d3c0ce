"""Distributed Map: Map Runs, items from S3, batches, tolerated failures, results in S3."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.errors import AwsError, FunctionError
from tastemaker.runner.interpreter.services.item_formats import csv_items
from tests.support.tasks import (
    START,
    ScriptedAws,
    ScriptedFunctions,
    engine_with,
    invoke,
    jsonpath,
    machine,
    played,
    types_of,
)

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.engine import Engine
    from tastemaker.runner.interpreter.execution import Execution

GET = "arn:aws:states:::s3:getObject"
BROKEN = FunctionError("Broken", "no")


class Bucket(ScriptedAws):
    """S3 with a few objects; what is put can be read."""

    def __init__(self, **objects: str) -> None:
        super().__init__()
        self.objects = {name.replace("_", "."): text for name, text in objects.items()}

    def call(self, service: str, operation: str, params: Any) -> dict[str, Any]:
        self.calls.append((service, operation, dict(params)))
        if operation == "PutObject":
            self.objects[params["Key"]] = params["Body"].decode()
            return {}
        if operation == "ListObjectsV2":
            moment = datetime(2026, 1, 1, tzinfo=UTC)
            found = [
                {"Key": key, "ETag": '"e"', "Size": len(text), "LastModified": moment}
                for key, text in self.objects.items()
            ]
            return {"Contents": found}
        if params["Key"] not in self.objects:
            raise AwsError("s3", "NoSuchKey", "The specified key does not exist.", 404, "r")
        return {"Body": io.BytesIO(self.objects[params["Key"]].encode())}


def distributed(state: dict[str, Any], *, language: str = "JSONPath", kind: str = "STANDARD") -> dict[str, Any]:
    """A machine with one distributed Map that passes its items on."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "End": True}},
    }
    whole = {"Type": "Map", "ItemProcessor": processor, "End": True, **state}
    return machine("M", M=whole) if language == "JSONata" else jsonpath("M", M=whole)


def reader(key: str, **config: Any) -> dict[str, Any]:
    return {
        "ItemReader": {
            "Resource": GET,
            "ReaderConfig": config,
            "Parameters": {"Bucket": "b", "Key": key},
        }
    }


def run(definition: dict[str, Any], value: Any = None, aws: ScriptedAws | None = None) -> tuple[Execution, Engine]:
    engine = engine_with(aws or Bucket())
    return played(definition, value, engine), engine


def test_a_map_run_has_events_of_its_own_and_children_outside_of_the_history() -> None:
    execution, engine = run(distributed({"Label": "each"}), [1, 2])
    assert execution.output == [1, 2]
    lines = [(event["id"], event["previousEventId"], event["type"]) for event in execution.history[1:]]
    assert lines == [
        (2, 0, "MapStateEntered"),
        (3, 2, "MapStateStarted"),
        (4, 3, "MapRunStarted"),
        (5, 4, "MapRunSucceeded"),
        (6, 5, "MapStateSucceeded"),
        (7, 5, "MapStateExited"),
        (8, 7, "ExecutionSucceeded"),
    ]
    assert execution.history[2]["mapStateStartedEventDetails"] == {"length": 2}
    (map_run,) = engine.stage.map_runs.values()
    assert execution.history[3]["mapRunStartedEventDetails"] == {"mapRunArn": map_run.arn}
    assert map_run.arn.startswith("arn:aws:states:us-east-1:123456789012:mapRun:machine/each:")
    children = [child for child in engine.executions if child.map_run_arn == map_run.arn]
    assert [child.input for child in children] == [1, 2]
    assert types_of(children[0]) == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert map_run.counts(START, of_items=False)["succeeded"] == 2


@pytest.mark.parametrize(
    ("definition", "objects", "output"),
    [
        (reader("a.json", InputType="JSON"), {"a_json": "[1, 2, 3]"}, [1, 2, 3]),
        (reader("a.json", InputType="JSON", MaxItems=2), {"a_json": "[1, 2, 3]"}, [1, 2]),
        (reader("a.json", InputType="JSON", MaxItems=0), {"a_json": "[1, 2]"}, [1, 2]),
        (reader("a.json", InputType="JSON", ItemsPointer="/x/y"), {"a_json": '{"x": {"y": [4]}}'}, [4]),
        (reader("a.jsonl", InputType="JSONL"), {"a_jsonl": '{"a": 1}\n2\n'}, [{"a": 1}, 2]),
        (
            reader("a.csv", InputType="CSV", CSVHeaderLocation="FIRST_ROW"),
            {"a_csv": "C1,C2\nx,y\nz\n"},
            [{"C1": "x", "C2": "y"}, {"C1": "z", "C2": ""}],
        ),
        (
            reader("a.csv", InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["H1"], CSVDelimiter="PIPE"),
            {"a_csv": "x|y\n"},
            [{"H1": "x"}],
        ),
    ],
)
def test_items_come_from_an_object(definition: dict[str, Any], objects: dict[str, str], output: Any) -> None:
    execution, _ = run(distributed(definition), aws=Bucket(**objects))
    assert execution.output == output
    assert execution.history[2]["mapStateStartedEventDetails"] == {"length": 0}


def test_items_may_be_the_objects_of_a_bucket() -> None:
    state = {"ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "b"}}}
    execution, _ = run(distributed(state), aws=Bucket(a_txt="xyz"))
    assert execution.output == [
        {"Etag": '"e"', "Key": "a.txt", "LastModified": 1_767_225_600, "Size": 3, "StorageClass": "STANDARD"}
    ]


def test_a_row_has_the_order_of_javas_hash_map() -> None:
    (row,) = csv_items("userId,movieId,rating,timestamp\n1,307,3.5,1256677221\n", {})
    assert list(row.value) == ["rating", "movieId", "userId", "timestamp"]


@pytest.mark.parametrize(
    ("definition", "objects", "cause"),
    [
        (reader("a.json", InputType="JSON"), {"a_json": '"a"'}, "Attempting to map over non-iterable node."),
        (reader("a.csv", InputType="CSV"), {"a_csv": "A,A\n1,2\n"}, "CSV headers cannot contain duplicates."),
        (reader("a.json", InputType="JSON", MaxItems=-1), {"a_json": "[]"}, "field MaxItems must be positive"),
        (
            reader("gone.json", InputType="JSON"),
            {},
            (
                "The specified key does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey; "
                "Request ID: r; Proxy: null)"
            ),
        ),
    ],
)
def test_items_that_cannot_be_read_fail_the_map_run(
    definition: dict[str, Any], objects: dict[str, str], cause: str
) -> None:
    execution, _ = run(distributed(definition), aws=Bucket(**objects))
    assert (execution.error, execution.cause) == ("States.ItemReaderFailed", cause)
    assert types_of(execution)[3:] == ["MapRunStarted", "MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    assert execution.history[4]["mapRunFailedEventDetails"] == {"error": "States.ItemReaderFailed", "cause": cause}


def test_max_items_may_come_from_a_path() -> None:
    definition = distributed(reader("a.json", InputType="JSON", MaxItemsPath="$.most"))
    assert run(definition, {"most": 1}, Bucket(a_json="[1, 2]"))[0].output == [1]


def test_items_are_batched_with_a_common_part() -> None:
    state = {
        "ItemsPath": "$.items",
        "ItemBatcher": {"MaxItemsPerBatchPath": "$.size", "BatchInput": {"k.$": "$.size"}},
    }
    execution, engine = run(distributed(state), {"items": [1, 2, 3], "size": 2})
    assert execution.output == [
        {"BatchInput": {"k": 2}, "Items": [1, 2]},
        {"BatchInput": {"k": 2}, "Items": [3]},
    ]
    (map_run,) = engine.stage.map_runs.values()
    assert (map_run.counts(START, of_items=True)["total"], map_run.counts(START, of_items=False)["total"]) == (3, 2)


def test_batches_keep_a_size_in_bytes() -> None:
    definition = distributed({"ItemBatcher": {"MaxInputBytesPerBatch": 20}})
    assert run(definition, ["aaa", "bbb", "ccc"])[0].output == [
        {"Items": ["aaa"]},
        {"Items": ["bbb"]},
        {"Items": ["ccc"]},
    ]


def test_jsonata_states_shape_items_and_batches() -> None:
    state = {
        "Items": "{% $states.input.list %}",
        "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}"},
        "ItemBatcher": {"MaxItemsPerBatch": "{% 1 + 1 %}"},
    }
    execution, _ = run(distributed(state, language="JSONata"), {"list": [1, 2]})
    assert execution.output == [{"Items": [{"v": 1}, {"v": 2}]}]


def failing_map(**fields: Any) -> tuple[Execution, Engine]:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "T",
        "States": {"T": {**invoke("work"), "End": True}},
    }
    state = {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1, "End": True, **fields}
    engine = engine_with(functions=ScriptedFunctions({"work": ["a", BROKEN, "c", BROKEN]}))
    return played(machine("M", M=state), [1, 2, 3, 4], engine), engine


def test_without_tolerance_the_first_failure_exceeds_the_threshold() -> None:
    execution, engine = failing_map()
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert execution.cause == "The specified tolerated failure threshold was exceeded"
    (map_run,) = engine.stage.map_runs.values()
    assert (
        map_run.status,
        map_run.counts(START, of_items=True)["failed"],
        map_run.counts(START, of_items=True)["pending"],
    ) == ("FAILED", 1, 2)


@pytest.mark.parametrize("tolerance", [{"ToleratedFailureCount": 2}, {"ToleratedFailurePercentage": 50}])
def test_tolerated_failures_let_the_map_run_succeed(tolerance: dict[str, Any]) -> None:
    execution, _ = failing_map(**tolerance)
    assert execution.status == "SUCCEEDED"


def test_a_tolerance_path_to_what_is_no_number_ends_the_execution_after_the_start() -> None:
    definition = distributed({"ItemsPath": "$.l", "ToleratedFailureCountPath": "$.n"})
    execution, _ = run(definition, {"l": [1], "n": "NoNumber"})
    assert execution.cause == (
        "An error occurred while executing the state 'M' (entered at the event id #2). The ToleratedFailureCountPath "
        'field refers to value "NoNumber" which is not a valid integer: $.n'
    )
    assert types_of(execution)[1:] == ["MapStateEntered", "MapStateStarted", "ExecutionFailed"]


def test_results_are_written_with_a_manifest() -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "p"}}
    bucket = Bucket()
    execution, engine = run(distributed({"ResultWriter": writer}), [7], bucket)
    (map_run,) = engine.stage.map_runs.values()
    folder = f"p/{map_run.arn.rpartition(':')[2]}"
    details = {"Bucket": "out", "Key": f"{folder}/manifest.json"}
    assert execution.output == {"MapRunArn": map_run.arn, "ResultWriterDetails": details}
    manifest = json.loads(bucket.objects[f"{folder}/manifest.json"])
    assert manifest["ResultFiles"]["SUCCEEDED"][0]["Key"] == f"{folder}/SUCCEEDED_0.json"
    (entry,) = json.loads(bucket.objects[f"{folder}/SUCCEEDED_0.json"])
    assert (entry["Input"], entry["Output"], entry["Status"]) == ("7", "7", "SUCCEEDED")


def test_stopping_the_parent_stops_the_children() -> None:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}},
    }
    engine = engine_with()
    engine.register("m", jsonpath("M", M={"Type": "Map", "ItemProcessor": processor, "End": True}))
    execution = engine.start("m", [1, 2])
    engine.advance(10)
    engine.stop(execution)
    assert [each.status for each in engine.executions] == ["ABORTED", "ABORTED", "ABORTED"]
    (map_run,) = engine.stage.map_runs.values()
    assert map_run.status == "ABORTED"
