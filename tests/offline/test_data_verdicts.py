"""Sixty files, judged by the check and by the import and training of the local Personalize: the same verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.data.check import check_datasets
from tastemaker.model.load import load_project
from tastemaker.model.schema import build_avro_schema
from tests.support.data_files import BAD_FILES, COLUMNS, GOOD_FILES, DataFile
from tests.support.simulator import ROLE, Lab, build_lab

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.errors import Finding
    from tastemaker.model.project import Project

FILES = (*BAD_FILES, *GOOD_FILES)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plain files")]  # the loops are compiled once


def _load(folder: Path, file: DataFile) -> Project:
    event_type = f", eventType: {file.event_type}" if file.event_type else ""
    schemas = "".join(
        f"  {name}:\n    path: {name}.csv\n    schema: {columns}\n".replace("'", "").replace("True", "true")
        for name, columns in COLUMNS.items()
    )
    text = f"project: shop\ndatasets:\n{schemas}solutions:\n  s: {{recipe: aws-popularity-count{event_type}}}\n"
    (folder / "tastemaker.yaml").write_text(text, encoding="utf-8")
    (folder / f"{file.dataset}.csv").write_bytes(file.body)
    return load_project(folder)


def _check(folder: Path, file: DataFile) -> tuple[Finding, ...]:
    """The findings, which are the same when the file is read as large ones are."""
    files, project = {file.dataset.upper(): folder / f"{file.dataset}.csv"}, _load(folder, file)
    report = check_datasets(project, files)
    assert check_datasets(project, files, large_bytes=0) == report
    return report.findings


def _import_and_train(lab: Lab, folder: Path, file: DataFile) -> str:
    """The local Personalize's failureReason; empty when it takes the file and learns from it."""
    dataset = next(one for one in _load(folder, file).datasets.declared() if one.key == file.dataset)
    group = lab.group()
    arn = lab.dataset(group, file.dataset.capitalize(), build_avro_schema(dataset))
    lab.objects.put("s3://bucket/data.csv", file.body)
    source = {"dataLocation": "s3://bucket/data.csv"}
    job = lab.control("CreateDatasetImportJob", jobName="j", datasetArn=arn, dataSource=source, roleArn=ROLE)
    lab.wait()
    described = lab.control("DescribeDatasetImportJob", datasetImportJobArn=job["datasetImportJobArn"])
    reason = str(described["datasetImportJob"].get("failureReason", ""))
    if reason or file.dataset != "interactions":
        return reason
    event_type = {"eventType": file.event_type} if file.event_type else {}
    version = lab.version(lab.solution(group, "aws-popularity-count", **event_type))
    trained = lab.control("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    return str(trained.get("failureReason", ""))


def test_there_are_forty_bad_and_twenty_good_files() -> None:
    assert (len(BAD_FILES), len(GOOD_FILES), len({file.name for file in FILES})) == (40, 20, 60)


@pytest.mark.parametrize("file", BAD_FILES, ids=lambda file: file.name)
def test_a_bad_file_is_refused_by_both_in_the_same_words(tmp_path: Path, file: DataFile) -> None:
    errors = [finding for finding in _check(tmp_path, file) if finding.severity == "error"]
    reason = _import_and_train(build_lab(tmp_path / "s3"), tmp_path, file)
    assert {finding.rule for finding in errors} == set(file.rules.split())
    assert all(finding.hint for finding in errors)
    assert reason in {finding.failure_reason for finding in errors}


@pytest.mark.parametrize("file", GOOD_FILES, ids=lambda file: file.name)
def test_a_good_file_is_taken_by_both(tmp_path: Path, file: DataFile) -> None:
    findings = _check(tmp_path, file)
    assert {(finding.rule, finding.severity) for finding in findings} == {(rule, "warning") for rule in file.warnings}
    assert _import_and_train(build_lab(tmp_path / "s3"), tmp_path, file) == ""
