"""Athena on AWS: what a project that prepares there has, and that no other has any of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.templates import only, resources_of

if TYPE_CHECKING:
    from tests.support.example_apps import ExampleApp

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("example-apps")]


def test_the_workgroup_decides_where_results_go_encrypts_them_and_stops_what_reads_too_much(
    example_apps: dict[str, ExampleApp],
) -> None:
    workflow = example_apps["everything dev"].templates["shop-dev-workflow"]
    group = only(workflow, "AWS::Athena::WorkGroup")
    settings = group["WorkGroupConfiguration"]
    results = settings["ResultConfiguration"]
    assert group["Name"] == "shop-dev-prepare"
    assert (settings["EnforceWorkGroupConfiguration"], settings["BytesScannedCutoffPerQuery"]) == (True, 100 * 2**30)
    assert results["OutputLocation"].endswith("/athena/")
    assert results["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    assert "Key" in str(results["EncryptionConfiguration"]["KmsKey"])


def test_a_csv_source_is_a_table_of_texts_without_its_header(example_apps: dict[str, ExampleApp]) -> None:
    table = only(example_apps["everything dev"].templates["shop-dev-workflow"], "AWS::Glue::Table")
    assert table["DatabaseName"] == "shop_dev_raw"
    found = table["TableInput"]
    assert (found["Name"], found["TableType"]) == ("articles", "EXTERNAL_TABLE")
    assert found["Parameters"] == {"classification": "csv", "skip.header.line.count": "1"}
    storage = found["StorageDescriptor"]
    assert storage["Location"] == "s3://acme-raw/articles/"
    assert storage["Columns"] == [{"Name": "id", "Type": "string"}, {"Name": "kind", "Type": "string"}]
    assert storage["SerdeInfo"]["SerializationLibrary"] == "org.apache.hadoop.hive.serde2.OpenCSVSerde"


def test_results_expire_and_what_is_imported_stays(example_apps: dict[str, ExampleApp]) -> None:
    buckets = resources_of(example_apps["everything dev"].templates["shop-dev-data"], "AWS::S3::Bucket").values()
    rules = [rule for bucket in buckets for rule in bucket["LifecycleConfiguration"]["Rules"]]
    expiring = {
        rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule and "Prefix" in rule
    }
    assert (expiring["athena/"], {"full/", "incremental/"} & set(expiring)) == (7, set())


def test_a_project_without_athena_has_nothing_of_it(example_apps: dict[str, ExampleApp]) -> None:
    text = json.dumps(example_apps["retail dev"].templates).lower()
    assert ("athena" in text, "glue" in text) == (False, False)
