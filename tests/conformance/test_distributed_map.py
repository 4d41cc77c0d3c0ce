"""Distributed Map as the developer guide describes it; each test names the section."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.errors import FunctionError, InvalidDefinitionError, UnsupportedBySimulatorError
from tastemaker.runner.interpreter.api import StepFunctionsApi
from tests.support.tasks import ScriptedAws, ScriptedFunctions, engine_with, invoke, jsonpath, machine, played

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.engine import Engine
    from tastemaker.runner.interpreter.execution import Execution

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
ORDERS = [[{"order_id": "100000"}, {"order_id": "100001"}], [{"order_id": "100005"}], {"order_id": "7"}]
BROKEN = FunctionError("Broken", "no")


class Bucket(ScriptedAws):
    """S3 with a few objects by key; what is put can be read."""

    def __init__(self, **objects: str | bytes) -> None:
        super().__init__()
        self.objects = {name.replace("__", "/").replace("_", "."): body for name, body in objects.items()}

    def call(self, service: str, operation: str, params: Any) -> dict[str, Any]:
        if operation == "PutObject":
            self.objects[params["Key"]] = params["Body"]
            return {}
        if operation == "ListObjectsV2":
            found = [key for key in self.objects if key.startswith(params.get("Prefix", ""))]
            moment = datetime(2026, 1, 1, tzinfo=UTC)
            return {"Contents": [{"Key": key, "ETag": '"e"', "Size": 1, "LastModified": moment} for key in found]}
        body = self.objects[params["Key"]]
        return {"Body": io.BytesIO(body if isinstance(body, bytes) else body.encode())}

    def json(self, key: str) -> Any:
        return json.loads(self.objects[key])


def distributed(states: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A distributed Map; its processor passes items on unless other states are given."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        **(states or jsonpath("P", P={"Type": "Pass", "End": True})),
    }
    return {"Type": "Map", "Label": "each", "ItemProcessor": processor, "End": True, **fields}


def reader(key: str = "", resource: str = GET, **config: Any) -> dict[str, Any]:
    arguments = {"Bucket": "b", "Prefix": "in/"} if resource == LIST else {"Bucket": "b", "Key": key}
    return {"Resource": resource, "ReaderConfig": config, "Parameters": arguments}


def run(state: dict[str, Any], value: Any = None, bucket: Bucket | None = None) -> tuple[Execution, Engine]:
    engine = engine_with(bucket or Bucket())
    return played(jsonpath("M", M=state), value, engine), engine


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


def failing(answers: list[Any], **fields: Any) -> tuple[Engine, Execution, Bucket]:
    """A Map over 1, 2, 3 one after the other; its function answers what is given."""
    bucket = Bucket()
    engine = engine_with(bucket, ScriptedFunctions({"work": answers}))
    states = jsonpath("T", T={**invoke("work", Output="{% $states.result.Payload %}"), "End": True})
    definition = machine("M", M=distributed(states, MaxConcurrency=1, **fields))
    return engine, played(definition, [1, 2, 3], engine), bucket


def test_a_map_run_that_fails_exports_what_failed_and_what_did_not_start() -> None:
    """ResultWriter (Map): FAILED_n.json, and PENDING_n.json for what was not started because the Map Run failed."""
    _, execution, bucket = failing(["a", BROKEN, "c"], ResultWriter=EXPORT_JSONATA)
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    by_name = {key.rpartition("/")[2]: bucket.json(key) for key in bucket.objects}
    assert [entry["Input"] for entry in by_name["SUCCEEDED_0.json"]] == ["1"]
    assert [entry["Input"] for entry in by_name["FAILED_0.json"]] == ["2"]
    assert [entry["Input"] for entry in by_name["PENDING_0.json"]] == ["3"]
    assert [len(files) for files in by_name["manifest.json"]["ResultFiles"].values()] == [1, 1, 1]


ITEM = {"index.$": "$$.Map.Item.Index", "value.$": "$$.Map.Item.Value", "source.$": "$$.Map.Item.Source"}


@pytest.mark.parametrize(
    ("item_reader", "objects", "output"),
    [
        (
            reader("a.json", InputType="JSON"),
            {"a_json": "[4]"},
            [{"index": 0, "value": 4, "source": "S3://b/a.json"}],
        ),
        (
            reader("a.jsonl.gz", InputType="JSONL"),
            {"a_jsonl_gz": gzip.compress(b"4\n5\n")},
            [
                {"index": 0, "value": 4, "source": "S3://b/a.jsonl.gz"},
                {"index": 1, "value": 5, "source": "S3://b/a.jsonl.gz"},
            ],
        ),
        (
            reader(resource=LIST, InputType="CSV", Transformation="LOAD_AND_FLATTEN"),
            {"in__a_csv": "H\nx\n", "in__b_csv": "H\ny\n", "other_csv": "H\nz\n"},
            [
                {"index": 0, "value": {"H": "x"}, "source": "S3://b/in/a.csv"},
                {"index": 1, "value": {"H": "y"}, "source": "S3://b/in/b.csv"},
            ],
        ),
        (
            reader("m.csv", InputType="JSONL", ManifestType="ATHENA_DATA"),
            {"m_csv": "s3://b/data/one.gz\ns3://b/data/two.gz\n"}
            | {f"data__{name}_gz": gzip.compress(f'{{"n":"{name}"}}\n'.encode()) for name in ("one", "two")},
            [
                {"index": 0, "value": {"n": "one"}, "source": "S3://b/data/one.gz"},
                {"index": 1, "value": {"n": "two"}, "source": "S3://b/data/two.gz"},
            ],
        ),
        (
            reader("manifest.json", ManifestType="S3_INVENTORY"),
            {
                "manifest_json": json.dumps(
                    {
                        "destinationBucket": "arn:aws:s3:::inv",
                        "fileSchema": "Bucket, Key",
                        "files": [{"key": "d.csv.gz"}],
                    }
                ),
                "d_csv_gz": gzip.compress(b'"src","k"\n'),
            },
            [{"index": 0, "value": {"Bucket": "src", "Key": "k"}, "source": "S3://inv/d.csv.gz"}],
        ),
    ],
    ids=["json", "jsonl", "load and flatten", "athena", "inventory"],
)
def test_items_know_the_object_that_they_come_from(
    item_reader: dict[str, Any], objects: dict[str, Any], output: Any
) -> None:
    """ItemReader (Map), Examples of datasets; Context object data for Map states, Source."""
    execution, _ = run(distributed(ItemReader=item_reader, ItemSelector=ITEM), bucket=Bucket(**objects))
    assert execution.output == output


def test_a_listing_has_the_bucket_as_source() -> None:
    """Context object data for Map states: for LIST_OBJECTS_V2 with Transformation=NONE the URI of the bucket."""
    selector = {"key.$": "$$.Map.Item.Value.Key", "source.$": "$$.Map.Item.Source"}
    execution, _ = run(distributed(ItemReader=reader(resource=LIST), ItemSelector=selector), bucket=Bucket(in__a="x"))
    assert execution.output == [{"key": "in/a", "source": "S3://b"}]


@pytest.mark.parametrize(
    ("state", "value", "objects"),
    [
        ({"ItemsPath": "$.web"}, {"web": {"server1": {"port": 80}}}, {}),
        ({"ItemReader": reader("a.json", InputType="JSON", ItemsPointer="/web")}, {}, {"a_json": '{"web": %s}'}),
    ],
    ids=["state input", "file"],
)
def test_a_json_object_gives_its_pairs(state: dict[str, Any], value: Any, objects: dict[str, str]) -> None:
    """ItemsPath (Map) and ItemReader (Map): an iteration for each key-value pair; Map.Item.Key is its key."""
    bucket = Bucket(**{name: text % '{"server1": {"port": 80}}' for name, text in objects.items()})
    selector = {"key.$": "$$.Map.Item.Key", "value.$": "$$.Map.Item.Value"}
    execution, _ = run(distributed(ItemSelector=selector, **state), value, bucket)
    assert execution.output == [{"key": "server1", "value": {"port": 80}}]


def test_jsonata_items_may_be_an_object() -> None:
    """Using Map state in Distributed mode, Items: an expression that must evaluate to an array or object."""
    state = distributed(Items="{% $states.input %}", ItemSelector="{% $states.context.Map.Item.Key %}")
    execution = played(machine("M", M=state), {"a": 1, "b": 2})
    assert execution.output == ["a", "b"]


def test_an_inline_map_takes_no_object() -> None:
    """Using Map state in Inline mode: this mode accepts only a JSON array as input."""
    inline = {"Type": "Map", "ItemProcessor": jsonpath("P", P={"Type": "Pass", "End": True}), "End": True}
    execution = played(jsonpath("M", M={**inline, "ItemsPath": "$.web"}), {"web": {"a": 1}})
    entered = "An error occurred while executing the state 'M' (entered at the event id #2)."
    assert execution.error == "States.Runtime"
    assert execution.cause == f'{entered} Reference path "$.web" must point to array.'


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("C:\\\\Program Files,1", "C:\\Program Files"),
        ('"say ""hi"", you",1', 'say "hi", you'),
        ("a\\,b,1", "a,b"),
        ("a\\bc,1", "abc"),
    ],
    ids=["backslash", "quotes", "separator", "other"],
)
def test_csv_is_parsed_by_the_guides_rules(line: str, value: str) -> None:
    """ItemReader (Map), CSV file in an Amazon S3 bucket: quotes are doubled, backslashes escape and are removed."""
    item_reader = reader("a.csv", InputType="CSV", CSVHeaderLocation="FIRST_ROW")
    execution, _ = run(distributed(ItemReader=item_reader), bucket=Bucket(a_csv=f"path,size\n{line}\n"))
    assert execution.output == [{"path": value, "size": "1"}]


def test_zstd_objects_are_refused_by_name() -> None:
    state = distributed(ItemReader=reader("a.jsonl.zstd", InputType="JSONL"))
    with pytest.raises(UnsupportedBySimulatorError, match="an ItemReader of ZSTD objects"):
        run(state, bucket=Bucket())


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"ResultWriter": {}}, "/ResultWriter: needs WriterConfig, or Resource and Parameters"),
        (
            {"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject"}},
            "/ResultWriter: Resource and Parameters stand together or not at all",
        ),
        (
            {"ResultWriter": {"WriterConfig": {"Transformation": "SORT", "OutputType": "JSON"}}},
            "/ResultWriter/WriterConfig: Transformation must be one of NONE, COMPACT, FLATTEN, not 'SORT'",
        ),
        (
            {"ResultWriter": {"WriterConfig": {"OutputType": "JSONL"}}},
            "/ResultWriter/WriterConfig: not built: OutputType JSONL without Resource",
        ),
        (
            {"ItemReader": reader(InputType="PARQUET")},
            "/ItemReader/ReaderConfig: not built: items of InputType PARQUET",
        ),
        (
            {"ItemReader": reader(resource=LIST, Transformation="LOAD_AND_FLATTEN")},
            "/ItemReader/ReaderConfig: InputType is required with Transformation LOAD_AND_FLATTEN",
        ),
        (
            {"ItemReader": reader(ManifestType="S3_INVENTORY", InputType="CSV")},
            "/ItemReader/ReaderConfig: InputType cannot stand beside ManifestType S3_INVENTORY",
        ),
        (
            {"ItemReader": reader(InputType="CSV", CSVHeaderLocation="GIVEN")},
            "/ItemReader/ReaderConfig: CSVHeaders is required with CSVHeaderLocation GIVEN",
        ),
        (
            {"ItemReader": reader(InputType="TEXT")},
            "/ItemReader/ReaderConfig: InputType must be one of CSV, JSON, JSONL, PARQUET, MANIFEST, not 'TEXT'",
        ),
    ],
)
def test_fields_that_contradict_each_other_are_refused(fields: dict[str, Any], problem: str) -> None:
    """ResultWriter (Map), Required field combinations; ItemReader (Map), Contents of the ItemReader field."""
    with pytest.raises(InvalidDefinitionError) as caught:
        run(distributed(**fields))
    assert f"machine: state 'M'{problem}" in caught.value.problems


def lines_of(execution: Execution, begin: int) -> list[tuple[int, int, str]]:
    return [(event["id"], event["previousEventId"], event["type"]) for event in execution.history[begin:]]


def test_a_redriven_map_run_repeats_only_what_did_not_succeed() -> None:
    """Redriving Map Runs: standard child executions are redriven under the ARN that they have."""
    engine, execution, _ = failing(["a", BROKEN, "b", "c"])
    api = StepFunctionsApi(engine)
    (map_run,) = engine.stage.map_runs.values()
    children = [part.child for part in map_run.parts]
    engine.advance(60)
    engine.redrive(execution)
    engine.run(execution)
    assert (execution.status, execution.output) == ("SUCCEEDED", ["a", "b", "c"])
    assert lines_of(execution, 6) == [
        (7, 6, "ExecutionFailed"),
        (8, 7, "ExecutionRedriven"),
        (9, 8, "MapRunRedriven"),
        (10, 9, "MapRunSucceeded"),
        (11, 10, "MapStateSucceeded"),
        (12, 10, "MapStateExited"),
        (13, 12, "ExecutionSucceeded"),
    ]
    assert execution.history[8]["mapRunRedrivenEventDetails"] == {"mapRunArn": map_run.arn, "redriveCount": 1}
    assert [part.child for part in map_run.parts][:2] == children[:2]
    described = api.call("DescribeMapRun", {"mapRunArn": map_run.arn})
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 1)
    assert described["redriveDate"] == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    zero = dict.fromkeys(("pending", "running", "failed", "timedOut", "aborted"), 0)
    assert described["executionCounts"] == {
        **zero,
        "succeeded": 3,
        "total": 3,
        "resultsWritten": 0,
        "failuresNotRedrivable": 0,
        "pendingRedrive": 0,
    }


def test_express_children_start_again_under_their_name() -> None:
    """Redriving Map Runs, Express child workflow: same execution ARN, the first state is run first."""
    engine = engine_with(functions=ScriptedFunctions({"work": [BROKEN, "fine"]}))
    states = jsonpath("T", T={**invoke("work", Output="{% $states.result.Payload %}"), "End": True})
    state = distributed(states)
    state["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = "EXPRESS"
    execution = played(machine("M", M=state), [1], engine)
    first = engine.executions[-1]
    engine.redrive(execution)
    engine.run(execution)
    again = engine.executions[-1]
    assert (execution.output, again.arn, again is first) == (["fine"], first.arn, False)


def test_a_map_run_that_could_not_read_its_items_reads_them_on_redrive() -> None:
    """Redriving Map Runs, Scenarios of input: failed with States.ItemReaderFailed, uses the input in the bucket."""
    bucket = Bucket(a_json="7")
    execution, engine = run(distributed(ItemReader=reader("a.json", InputType="JSON")), bucket=bucket)
    assert execution.error == "States.ItemReaderFailed"
    bucket.objects["a.json"] = "[7]"
    engine.redrive(execution)
    assert engine.run(execution).output == [7]
    assert len(engine.stage.map_runs) == 1


def test_the_retry_of_a_map_starts_a_new_map_run() -> None:
    """Using Map state in Distributed mode, Retry: when you retry a Map state, it creates a new Map Run."""
    engine, execution, _ = failing([BROKEN, "a"], Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}])
    assert (execution.status, len(engine.stage.map_runs)) == ("SUCCEEDED", 2)


def test_a_running_map_run_takes_another_concurrency_and_tolerance() -> None:
    """UpdateMapRun: in-progress Map Run's configuration changes."""
    states = jsonpath(
        "W", W={"Type": "Wait", "Seconds": 10, "Next": "F"}, F={"Type": "Fail", "Error": "{% $string($states.input) %}"}
    )
    engine = engine_with()
    engine.register("m", machine("M", M=distributed(states, MaxConcurrency=1, ToleratedFailureCount=1)))
    execution, api = engine.start("m", [1, 2, 3, 4]), StepFunctionsApi(engine)
    engine.advance(1)
    (map_run,) = engine.stage.map_runs
    assert api.call("DescribeMapRun", {"mapRunArn": map_run})["itemCounts"]["running"] == 1
    api.call("UpdateMapRun", {"mapRunArn": map_run, "maxConcurrency": 3, "toleratedFailureCount": 4})
    engine.advance(1)
    described = api.call("DescribeMapRun", {"mapRunArn": map_run})
    assert (described["itemCounts"]["running"], described["maxConcurrency"]) == (3, 3)
    assert engine.run(execution).status == "SUCCEEDED"
