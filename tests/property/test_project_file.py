from __future__ import annotations

import tempfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tastemaker.model.load import check_source
from tastemaker.model.project import Project
from tastemaker.model.source import parse_yaml
from tests.support.project_files import GOOD_PROJECT, find_mistakes, project_trees, read_project

pytestmark = pytest.mark.slow


def dump_yaml(tree: Any) -> str:
    stream = StringIO()
    YAML(typ="safe", pure=True).dump(tree, stream)
    return stream.getvalue()


def dump_project(project: Project) -> dict[str, Any]:
    return project.model_dump(mode="json", by_alias=True, exclude_unset=True)


@settings(deadline=None)  # a busy machine is no mistake
@given(project_trees())
def test_a_project_that_is_written_and_loaded_is_the_same(tree: dict[str, Any]) -> None:
    project = Project.model_validate(tree)
    with tempfile.TemporaryDirectory() as folder:
        loaded = read_project(Path(folder), dump_yaml(dump_project(project)))
    assert loaded == project
    assert dump_project(loaded) == dump_project(project)


@settings(deadline=None)  # a busy machine is no mistake
@given(project_trees())
def test_absent_null_and_false_stay_three_different_things(tree: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loaded = read_project(Path(folder), dump_yaml(tree))
    for name, written in tree["solutions"].items():
        solution = loaded.solutions[name]
        assert solution.wrote("perform_auto_training") == ("performAutoTraining" in written)
        assert solution.perform_auto_training is written.get("performAutoTraining")


@settings(deadline=None)  # a busy machine is no mistake
@given(st.text(max_size=200) | st.text(alphabet="ab:{}[]-&*!'\"\n #?|>", max_size=40))
def test_no_text_makes_the_loader_raise_anything_but_findings(text: str) -> None:
    source = parse_yaml("tastemaker.yaml", text)
    _, findings = check_source(source)
    assert findings
    assert all(finding.file == "tastemaker.yaml" and finding.message for finding in findings)


@settings(deadline=None)  # a busy machine is no mistake
@given(st.data())
def test_a_damaged_project_gives_findings_inside_the_file(data: st.DataObject) -> None:
    lines = GOOD_PROJECT.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    values = ["", "5", "true", "[a, 1]", "{a: {b: 1}}", "null", "'x'"]
    key = lines[at].partition(":")[0]
    lines[at] = f"{key}: {data.draw(st.sampled_from(values))}"
    with tempfile.TemporaryDirectory() as folder:
        findings = find_mistakes(Path(folder), "\n".join(lines))
    assert all(1 <= finding.line <= len(lines) + 1 and finding.column >= 1 for finding in findings)
