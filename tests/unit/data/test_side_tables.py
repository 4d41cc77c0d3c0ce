"""The CSV files that stand for the team's own tables of item metadata on the laptop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.data.side_tables import read_side_tables
from tests.support.project_files import edit, read_project

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.data.side_tables import SideTables

PROJECT = edit(
    "{campaign: similar}", "{campaign: similar, metadata: {table: wares, key: sku, attributes: [title], path: w.csv}}"
)


def _read(folder: Path, content: bytes | None) -> SideTables:
    if content is not None:
        (folder / "w.csv").write_bytes(content)
    return read_side_tables(read_project(folder, PROJECT))


def test_each_key_is_an_item_with_its_last_row_and_without_empty_values(tmp_path: Path) -> None:
    read = _read(tmp_path, b'sku,title,price\ni1,"A, B",3\ni2,,\ni1,C,\n')
    assert read.items == {"wares": [{"sku": "i1", "title": "C"}, {"sku": "i2"}]}
    assert read.findings == ()


@pytest.mark.parametrize(
    ("content", "line", "rule", "message"),
    [
        (None, 0, "side-table-unreadable", "the file of table `wares` cannot be read: No such file or directory"),
        (b"sku,price\ni1,3\n", 1, "side-table-column", "the header lacks title"),
        (b"", 1, "side-table-column", "the header lacks sku, title"),
        (b"sku,title\ni1,A\n,B\n", 3, "side-table-key", "a row has no sku"),
        (b"sku,title\ni1,\xff\n", 0, "side-table-unreadable", "the file of table `wares` is no CSV in UTF-8: "),
    ],
)
def test_a_file_that_cannot_fill_the_table_is_a_finding(
    tmp_path: Path, content: bytes | None, line: int, rule: str, message: str
) -> None:
    (finding,) = _read(tmp_path, content).findings
    assert (finding.line, finding.rule) == (line, rule)
    assert finding.message.startswith(message)
    assert finding.hint


def test_a_route_without_a_file_leaves_its_table_empty(tmp_path: Path) -> None:
    project = read_project(tmp_path, edit(", path: w.csv", "", PROJECT))
    assert read_side_tables(project).items == {}
