from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.data.check import check_dataset
from tastemaker.data.selections import Selection
from tastemaker.model.datasets import InteractionsDataset

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
        _, findings = check_dataset(DATASET, path, [Selection(("for-you",), "true", "")])
    assert findings
    assert all(finding.rule and finding.message for finding in findings)
