from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.data.check import check_dataset, check_datasets
from tastemaker.data.fix import fix_dataset
from tastemaker.data.selections import Selection
from tastemaker.model.datasets import InteractionsDataset
from tests.support.project_files import read_project

DATASET = InteractionsDataset.model_validate(
    {"schema": {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}, "path": "interactions.csv"}
)
HEADER = b"USER_ID,ITEM_ID,TIMESTAMP\n"
pieces = st.sampled_from(
    [b"a", b"7", b",", b'"', b"\\", b"\n", b"\r\n", b"\xff", b"\0", "ü".encode(), b" ", b"1700000000"]
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(pieces, max_size=40).map(b"".join), st.booleans())
def test_no_bytes_make_the_check_raise(body: bytes, with_header: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "interactions.csv"
        path.write_bytes(HEADER * with_header + body)
        _, findings = check_dataset(DATASET, path, [Selection(("for-you",), (), "")])
    assert findings
    assert all(finding.rule and finding.message for finding in findings)


ITEMS = """\
project: shop
datasets:
  items:
    path: items.csv
    schema:
      ITEM_ID: string
      GENRE: {type: string, categorical: true, nullable: true}
      PRICE: {type: float, nullable: true}
"""


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(pieces, max_size=40).map(b"".join), st.booleans())
def test_no_bytes_make_health_figures_or_fixing_raise(body: bytes, with_header: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items.csv"
        path.write_bytes(b"ITEM_ID,GENRE,PRICE\n" * with_header + body)
        project = read_project(Path(folder), ITEMS)
        check_datasets(project, {"ITEMS": path}, now=0.0, with_figures=True)
        try:
            fixed = fix_dataset(project.datasets.declared()[0], path, Path(folder) / "fixed.csv")
        except duckdb.Error:  # which the command line tells
            return
        if fixed is not None:
            assert check_datasets(project, {"ITEMS": fixed.path}).errors == ()
