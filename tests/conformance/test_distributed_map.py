"""Items of a distributed Map as the developer guide describes them; each test names the section."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tastemaker.errors import InvalidDefinitionError, UnsupportedBySimulatorError
from tests.support.maps import LIST, Bucket, distributed, reader, run
from tests.support.tasks import jsonpath, machine, played

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
