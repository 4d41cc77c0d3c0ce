"""The compiled reading of plain interactions against DuckDB's: wherever it gives an answer, it is the same one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.data.check import check_datasets
from tastemaker.data.database import open_database
from tastemaker.data.header import read_header
from tastemaker.data.plain import profile_plain_rows
from tastemaker.data.profile import profile_rows
from tastemaker.data.rejects import find_rejects
from tastemaker.data.rows import build_rows
from tastemaker.data.selections import build_selections
from tests.support.project_files import read_project

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tastemaker.data.profile import Profile
    from tastemaker.model.project import Project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plain files")]  # compiled once

NAMES = ("USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE", "PLACE", "DEPTH", "NOTE")
PROJECT = """\
project: shop
datasets:
  interactions:
    path: interactions.csv
    schema:
      USER_ID: string
      ITEM_ID: string
      TIMESTAMP: long
      EVENT_TYPE: {type: string, nullable: true}
      EVENT_VALUE: {type: float, nullable: true}
      PLACE: {type: string, categorical: true, nullable: true}
      DEPTH: int
  items: {path: items.csv, schema: {ITEM_ID: string, GENRE: {type: string, categorical: true}}}
solutions:
  all: {recipe: aws-similar-items}
  bought: {recipe: aws-similar-items, eventType: buy, eventValueThreshold: 2.5}
  seen: {recipe: aws-similar-items, eventType: VIEW}
"""
ITEMS = "ITEM_ID,GENRE\ni1,a\ni2,b\ni9,c\n"
plain_cells: dict[str, st.SearchStrategy[str]] = {
    "USER_ID": st.sampled_from(["u1", "u2", "a-user-with-a-long-id", "u", "ümlaut", "12345678", "1234567", " "]),
    "ITEM_ID": st.sampled_from(["i1", "i2", "i3", "NULL", "0"]),
    "TIMESTAMP": st.one_of(st.integers(0, 4_102_444_799), st.integers(1_700_000_000, 1_700_009_999)).map(str),
    "EVENT_TYPE": st.sampled_from(["buy", "Buy", "view", "click", ""]),
    "EVENT_VALUE": st.one_of(
        st.sampled_from(["", "2.5", "2.49999999999999", "2.50", "-2.5", "02.5", "7", "-0.0"]),
        st.decimals(-1000, 1000, places=3).map(str),
    ),
    "PLACE": st.sampled_from(["", "home", "東京"]),
    "DEPTH": st.integers(0, 99_999).map(str),
    "NOTE": st.sampled_from(["", "a note of more than eight bytes", "'", "#"]),
}
odd_cells = st.sampled_from(
    ["", '"u1"', "a\\b", "1e3", "0x10", "+5", ".5", "5.", "1.2.3", "-5", "-", "007", "1_000", "nan", "inf", " 5", "5 ",
     "٣", "1700000000.0", "1700000000000", "99999999999", "99999999999999999999", "0.30000000000000004", "2147483648",
     "x" * 257, "x" * 1_001, "a,b", "a\nb", "\r", "\0", "\t", "true", "é"]
)  # fmt: skip
odd_lines = st.sampled_from([b"", b",", b",,,,,,,", b"\xff,i1,1,buy,1,,1,", b"u1", b"# u1,i1,1,buy,1,,1,", b'"', b" "])


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A whole line; one in many has an odd value, or is odd altogether."""
    cells = [draw(plain_cells[name]) for name in NAMES]
    odd = draw(st.integers(0, 150))
    if odd < len(cells):
        cells[odd] = draw(odd_cells)
    return draw(odd_lines) if odd == 150 else ",".join(cells).encode()


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    end = draw(st.sampled_from([b"\n", b"\n", b"\r\n"]))
    written = draw(st.lists(lines(), max_size=30))
    body = end.join([",".join(NAMES).encode(), *(written * draw(st.sampled_from([1, 1, 2])))])
    return body + draw(st.sampled_from([end, end, b"", end + end]))


def _write(folder: Path, body: bytes) -> Project:
    (folder / "items.csv").write_text(ITEMS, encoding="utf-8")
    (folder / "interactions.csv").write_bytes(body)
    return read_project(folder, PROJECT)


def _describe(database: DuckDBPyConnection, profile: Profile) -> tuple[Profile, list[Any]]:
    tables = (profile.tables.users, profile.tables.items, profile.tables.hours)
    return profile, [sorted(database.execute(f"FROM {table}").fetchall()) for table in tables]


def _profile_both(folder: Path, body: bytes, block_bytes: int) -> tuple[Any, Any, int]:
    """By compiled loops, None where they give up; by DuckDB; and the lines that DuckDB rejects."""
    project = _write(folder, body)
    header = read_header(folder / "interactions.csv", project.datasets.declared()[0])
    assert header.csv is not None
    rows, selections = build_rows(header.csv, project.datasets.declared()[0]), build_selections(project)
    with open_database() as database:
        compiled = profile_plain_rows(database, rows, selections, block_bytes)
        by_loops = None if compiled is None else _describe(database, compiled)
        by_database = _describe(database, profile_rows(database, rows, selections))
        return by_loops, by_database, len(find_rejects(database, rows))


@settings(max_examples=60, deadline=None)
@given(bodies(), st.sampled_from([150, 300, 1 << 16]))
def test_what_the_loops_count_is_what_the_database_counts(body: bytes, block_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        by_loops, by_database, rejects = _profile_both(Path(folder), body, block_bytes)
    if by_loops is not None:
        assert by_loops == by_database
        assert rejects == 0


@settings(max_examples=12, deadline=None)
@given(bodies())
def test_reports_are_equal_whichever_way_a_file_is_read(body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = _write(Path(folder), body)
        files = {name: Path(folder) / f"{name.lower()}.csv" for name in ("INTERACTIONS", "ITEMS")}
        by_loops, by_database = (
            check_datasets(project, files, now=1_700_000_000.0, with_figures=True, large_bytes=large_bytes)
            for large_bytes in (0, 1 << 40)
        )
    assert by_loops == by_database
