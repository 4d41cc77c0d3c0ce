from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.data.database import open_database
from tastemaker.rehearsal.replay import INTERACTIONS, Quality, Replay
from tests.support.project_files import write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE"
ROWS = [f"u{at % 7},i{at % 5},{at},view" for at in range(200)]
START = 100


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[Replay]:
    source = write_csv(tmp_path / "interactions.csv", HEADER, ROWS)
    with open_database() as database:
        yield Replay(database, {INTERACTIONS: source}, tmp_path, START, streams=True)


def rows_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()[1:]


def test_at_the_start_the_files_hold_all_that_happened_before(replay: Replay) -> None:
    assert sorted(rows_of(replay.files_at(START)[INTERACTIONS])) == sorted(ROWS[:START])


def test_every_interaction_is_told_once_by_file_or_live(replay: Replay) -> None:
    live = [f"{one.user_id},{one.item_id},{one.at:.0f},{one.event_type}" for one in replay.live(200)]
    by_file = rows_of(replay.files_at(200)[INTERACTIONS])
    assert sorted([*live, *by_file]) == sorted(ROWS)
    assert len(live) > 20


def test_a_user_is_live_or_comes_by_file_but_never_both(replay: Replay) -> None:
    live = {one.user_id for one in replay.live(200)}
    late = {row.split(",")[0] for row in rows_of(replay.files_at(200)[INTERACTIONS]) if int(row.split(",")[2]) >= START}
    assert not live & late


def test_live_interactions_come_in_the_order_of_time_and_end_before_the_end(replay: Replay) -> None:
    moments = [one.at for one in replay.live(150)]
    assert moments == sorted(moments)
    assert START <= moments[0] <= moments[-1] < 150


def test_without_an_endpoint_for_events_every_row_comes_by_file(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "interactions.csv", HEADER, ROWS)
    with open_database() as database:
        replay = Replay(database, {INTERACTIONS: source}, tmp_path, START, streams=False)
        assert replay.live(200) == []
        assert sorted(rows_of(replay.files_at(200)[INTERACTIONS])) == sorted(ROWS)


def test_a_shrunk_delivery_lacks_most_rows(replay: Replay) -> None:
    assert 20 < len(rows_of(replay.files_at(START, Quality.SHRUNK)[INTERACTIONS])) < 50


def test_a_scrambled_delivery_has_the_same_users_and_times_but_other_items(replay: Replay) -> None:
    rows = rows_of(replay.files_at(START, Quality.SCRAMBLED)[INTERACTIONS])
    without_items = sorted(f"{row.split(',')[0]} {row.split(',')[2]}" for row in ROWS[:START])
    assert sorted(f"{row.split(',')[0]} {row.split(',')[2]}" for row in rows) == without_items
    assert sorted(rows) != sorted(ROWS[:START])
    assert {row.split(",")[1] for row in rows} <= {f"i{number}" for number in range(5)}


def test_a_misnamed_delivery_lacks_the_item_column(replay: Replay) -> None:
    header = replay.files_at(START, Quality.MISNAMED)[INTERACTIONS].read_text(encoding="utf-8").splitlines()[0]
    assert header == "USER_ID,PRODUCT,TIMESTAMP,EVENT_TYPE"


def test_the_same_moment_gives_the_same_file(replay: Replay) -> None:
    assert replay.files_at(120)[INTERACTIONS].read_bytes() == replay.files_at(120)[INTERACTIONS].read_bytes()
