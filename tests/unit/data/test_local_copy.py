"""Data that lie in S3, or are packed, are checked like any CSV."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import boto3
import duckdb
import pytest
from moto import mock_aws

from tastemaker.data.check import check_datasets
from tastemaker.data.prepare import prepare_datasets
from tastemaker.errors import DataError
from tests.support.project_files import build_clicks, edit, read_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"
CSV = "".join(f"{line}\n" for line in (HEADER, *build_clicks()))


def _project(path: str) -> str:
    return edit("    sql: sql/interactions.sql", f"    path: {path}")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="shop-data")
        yield "shop-data"


def test_a_gzip_is_checked_and_its_lines_keep_their_numbers(tmp_path: Path) -> None:
    bad = CSV.replace("u5,i5,1700000005,", "u5,i5,soon,")
    (tmp_path / "clicks.csv.gz").write_bytes(gzip.compress(bad.encode()))
    report = check_datasets(read_project(tmp_path, _project("clicks.csv.gz")))
    assert [(found.line, found.column, found.rule) for found in report.findings] == [(7, 7, "timestamp-not-a-number")]


def test_a_parquet_file_is_checked_as_the_csv_that_will_be_imported(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    duckdb.connect().execute(f"COPY (FROM '{tmp_path}/a.csv') TO '{tmp_path}/clicks.parquet'")
    project = read_project(tmp_path, _project("clicks.parquet"))
    report = check_datasets(project)
    assert (report.findings, report.datasets["INTERACTIONS"].rows) == ((), 1_000)
    assert report.datasets["INTERACTIONS"].path.suffix == ".csv"


def test_a_broken_gzip_is_told_at_its_path(tmp_path: Path) -> None:
    (tmp_path / "clicks.csv.gz").write_bytes(gzip.compress(CSV.encode())[:-200])
    report = check_datasets(read_project(tmp_path, _project("clicks.csv.gz")))
    assert [(found.line, found.column, found.rule) for found in report.findings] == [(12, 11, "data-file-unreadable")]


def test_an_object_of_s3_is_fetched_once(tmp_path: Path, bucket: str) -> None:
    client = boto3.client("s3", region_name="us-east-1")
    client.put_object(Bucket=bucket, Key="a/clicks.csv", Body=CSV.encode())
    project = read_project(tmp_path, _project(f"s3://{bucket}/a/clicks.csv"))
    first = prepare_datasets(project, tmp_path / "out")["INTERACTIONS"]
    stamp = first.stat().st_mtime_ns
    again = prepare_datasets(project, tmp_path / "out")["INTERACTIONS"]
    assert (again, again.stat().st_mtime_ns) == (first, stamp)
    assert check_datasets(project, {"INTERACTIONS": first}).findings == ()
    client.put_object(Bucket=bucket, Key="a/clicks.csv", Body=CSV.replace("u5,", "u6,").encode())
    assert prepare_datasets(project, tmp_path / "out")["INTERACTIONS"] != first


def test_a_source_may_lie_in_s3(tmp_path: Path, bucket: str) -> None:
    body = gzip.compress(CSV.encode())
    boto3.client("s3", region_name="us-east-1").put_object(Bucket=bucket, Key="clicks.csv.gz", Body=body)
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql/interactions.sql").write_text("FROM clicks", encoding="utf-8")
    project = read_project(tmp_path, edit("data/clicks.csv", f"s3://{bucket}/clicks.csv.gz"))
    assert check_datasets(project).datasets["INTERACTIONS"].rows == 1_000


def test_an_object_that_is_not_there_is_told_at_its_path(tmp_path: Path, bucket: str) -> None:
    project = read_project(tmp_path, _project(f"s3://{bucket}/none.csv"))
    with pytest.raises(DataError) as caught:
        prepare_datasets(project, tmp_path / "out")
    (finding,) = caught.value.findings
    assert (finding.line, finding.rule) == (12, "data-file-unreadable")
    assert f"`s3://{bucket}/none.csv` cannot be read: " in finding.message
