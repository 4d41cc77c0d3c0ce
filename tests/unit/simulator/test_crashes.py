"""Whatever kills the process or damages the folder: the state loads, an older one does, or the message says why."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tastemaker.simulator.persistence import StateDirectory
from tastemaker.simulator.state_files import StateError, StateFiles
from tests.support.simulator import START
from tests.support.states import items, open_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CRASHING = [sys.executable, "-m", "tests.support.crashing"]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDirectory]:
    with StateDirectory(tmp_path / "state") as opened:
        yield opened


@pytest.mark.parametrize("content", ["[1]", "null", '{"document": 5, "blobs": []}', '{"document": {}, "blobs": [5]}'])
def test_a_generation_that_is_none_is_named_as_damage(tmp_path: Path, state: StateDirectory, content: str) -> None:
    (tmp_path / "state/generations/1.json").write_text(content)
    with pytest.raises(StateError, match="is damaged: no generation in it is whole"):
        state.newest()


@pytest.mark.parametrize("document", [{"format": 1}, {"format": 2}, {}])
def test_a_state_of_another_version_is_named_so(tmp_path: Path, document: dict[str, int]) -> None:
    with StateDirectory(tmp_path / "state") as state:
        state._files.commit(document, set())
        with pytest.raises(StateError, match=r"another version of Tastemaker\. Use that version, or"):
            state.newest()


def test_records_with_other_members_are_of_another_version(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    lab.group()
    lab.simulator.save()
    document = state.newest()
    assert document is not None
    del document["members"]["records"][0]["of"]["status"]
    state._files.commit(document, set())
    state.close()
    with pytest.raises(StateError, match="was written by another version of Tastemaker"):
        open_lab(tmp_path, StateDirectory(tmp_path / "state"), at=lab.clock.now())


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "blobs").touch()
    with pytest.raises(StateError, match=r"cannot keep a state: .*File exists.*\. Choose another folder\."):
        StateDirectory(tmp_path)


def test_a_damaged_newest_state_gives_way_to_the_one_before(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    lab.group("first")
    lab.simulator.save()
    lab.group("second")
    lab.simulator.save()
    state.close()
    newest = tmp_path / "state/generations/2.json"
    newest.write_bytes(newest.read_bytes()[:-10])
    again = open_lab(tmp_path, StateDirectory(tmp_path / "state"), at=lab.clock.now())
    assert [group["name"] for group in again.control("ListDatasetGroups")["datasetGroups"]] == ["first"]


def test_a_damaged_blob_makes_its_state_unreadable(tmp_path: Path, state: StateDirectory) -> None:
    lab = open_lab(tmp_path, state)
    lab.trained_group()
    lab.simulator.save()
    state.close()
    blob = max((tmp_path / "state/blobs").iterdir(), key=lambda path: path.stat().st_size)
    blob.write_bytes(blob.read_bytes()[:-1] + b"?")
    with pytest.raises(StateError, match=r"is damaged: no generation in it is whole\. Start with a new folder\."):
        open_lab(tmp_path, StateDirectory(tmp_path / "state"))


def test_a_folder_has_one_user_at_a_time(tmp_path: Path, state: StateDirectory) -> None:
    with pytest.raises(StateError, match=r"is in use by another process; stop it or choose another folder\."):
        StateDirectory(tmp_path / "state")


WRITER = """
import json, sys
from pathlib import Path
from tastemaker.simulator.state_files import StateFiles
files = StateFiles(Path(sys.argv[1]))
number = int(sys.argv[2])
print("ready", flush=True)
while True:
    number += 1
    names = [files.put(lambda path, n=n: path.write_bytes(f"{number - n}".encode() * 20_000)) for n in range(3)]
    def fill(folder):
        for n in range(3):
            (folder / f"{n}.npy").write_bytes(f"{number}-{n}".encode() * 20_000)
    names.append(files.put(fill, folder=True))
    files.commit({"number": number, "names": names}, set(names))
    print(number, flush=True)
"""


@pytest.mark.slow
def test_a_state_is_whole_whenever_the_process_is_killed(tmp_path: Path) -> None:
    drawn = random.Random(0)
    known = kills = 0
    while kills < 60 or known < 60:  # a slow machine kills more often before anything is kept
        kills += 1
        assert kills <= 600
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "state"), str(known)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(drawn.uniform(0.005, 0.15))
        os.kill(child.pid, signal.SIGKILL)
        reported = [int(line) for line in child.communicate()[0].splitlines() if line.strip().isdigit()]
        files = StateFiles(tmp_path / "state")
        found = next(iter(files.generations()), None)
        files.close()
        assert found is not None or not reported
        if found is not None:
            assert found[1]["number"] >= max([known, *reported])
            known = found[1]["number"]


@pytest.mark.slow
def test_a_simulator_loads_whenever_it_was_killed(tmp_path: Path) -> None:
    drawn = random.Random(1)
    known, kills = START, 0
    while kills < 8 or known == START:
        kills += 1
        assert kills <= 80
        child = subprocess.Popen([*CRASHING, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(drawn.uniform(0.02, 0.3))
        os.kill(child.pid, signal.SIGKILL)
        reported = [float(line) for line in child.communicate()[0].splitlines()[:-1]]
        with StateDirectory(tmp_path / "state") as state:
            saved = state.newest()
            if saved is None:
                continue
            assert saved["saved_at"] >= max([known, *reported])
            known = saved["saved_at"]
            assert items(open_lab(tmp_path, state, at=known)) == ["i09", "i05", "i07"]


@pytest.mark.slow
def test_a_simulator_loads_after_a_kill_before_any_single_step_of_a_save(tmp_path: Path) -> None:
    """The steps are all openings, renamings and removals of files, one after the other; nothing is left to chance."""
    done = subprocess.run([*CRASHING, str(tmp_path), "steps"], capture_output=True, text=True, check=True, timeout=300)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) > 30
    assert {tuple(one["items"]) for one in found} == {("i09", "i05", "i07")}
    tags = [one["tag"] for one in found]
    changed = tags.index("new")
    assert changed > 0
    assert tags == ["old"] * changed + ["new"] * (len(found) - changed)
