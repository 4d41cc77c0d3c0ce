"""Whatever a configuration file holds, adopting it ends in a project that loads, or in findings."""

from __future__ import annotations

import copy
import functools
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.adoption.files import read_file
from tastemaker.adoption.keys import find_identity
from tastemaker.adoption.settle import settle
from tastemaker.adoption.translate import translate
from tastemaker.errors import UserFileError
from tastemaker.model.load import check_source
from tastemaker.model.source import parse_yaml

pytestmark = pytest.mark.slow

SAMPLES = {path.stem: json.loads(path.read_text()) for path in Path("tests/support/foreign_configurations").iterdir()}
STRANGE = st.sampled_from([None, True, 0, -1, 1.5, "", "a b", "x" * 70, [], [1], {}, {"a": 1}, [{"name": 5}]])


def list_paths(value: Any) -> list[tuple[str | int, ...]]:
    """Of everything below the root."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, one in children for path in ((key,), *((key, *below) for below in list_paths(one)))]


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_damaged_file_ends_in_a_project_or_in_findings(data: st.DataObject) -> None:
    tree = copy.deepcopy(SAMPLES[data.draw(st.sampled_from(sorted(SAMPLES)))])
    path = data.draw(st.sampled_from(list_paths(tree)))
    node = functools.reduce(lambda inner, part: inner[part], path[:-1], tree)
    node[path[-1]] = data.draw(STRANGE)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.json"
        file.write_text(json.dumps(tree), encoding="utf-8")
        try:
            inventory, _ = read_file(file)
            text = settle(translate(inventory, find_identity(inventory, None, None, "adopted")))
        except UserFileError as error:
            text = "" if error.findings else "none"
    assert not text or check_source(parse_yaml("tastemaker.yaml", text))[1] == ()
