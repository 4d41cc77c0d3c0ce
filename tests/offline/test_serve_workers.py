"""`tastemaker serve --workers`: several processes at one port with one state; one that dies is replaced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tastemaker.cli.serve_workers import Workers, WorkerSpec
from tastemaker.errors import TastemakerError
from tastemaker.plan.build import build_plan
from tastemaker.simulator.clock import SystemClock
from tastemaker.simulator.server import bind
from tests.support.project_files import read_project
from tests.support.served_project import Served, serving_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tastemaker.wire import WireResponse

pytestmark = pytest.mark.slow


class Unreached:
    """AWS that nobody asks."""

    def answer(self, method: str, url: str, headers: Mapping[str, str | bytes], body: bytes) -> WireResponse:
        raise AssertionError(f"asked for {method} {url}")


def _workers(served: Served) -> list[int]:
    """Process ids of the workers; multiprocessing has a child of its own beside them."""
    command = ["ps", "-A", "-ww", "-o", "pid=", "-o", "ppid=", "-o", "command="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    children = [line.split(maxsplit=2) for line in listed.splitlines()]
    return [int(pid) for pid, parent, what in children if int(parent) == served.process.pid and "spawn_main" in what]


@contextmanager
def _only(worker: int, served: Served) -> Iterator[None]:
    """Let all other workers sleep."""
    others = [pid for pid in _workers(served) if pid != worker]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_event_that_one_worker_takes_changes_the_answers_of_all_and_every_record_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    with serving_command(tmp_path, "--workers", "2", "--experiment-records", str(file)) as served:
        one, other = _workers(served)
        with _only(one, served):
            before = served.recommended("new")
            item = before["items"][2]["itemId"]
            served.post("new", itemId=item, eventAttributionSource=before["eventAttributionSource"])
        with _only(other, served):
            after = served.recommended("new")
            assert served.recommended("another")["items"] == before["items"]
        assert after["variant"] == before["variant"]
        assert after["items"] != before["items"]
        code, errors = served.stop(signal.SIGINT)
    assert (code, errors.splitlines()[-2:]) == (0, ["3 records of exposures and outcomes.", "Stopped."])
    kinds = sorted(json.loads(line)["kind"] for line in file.read_text().splitlines())
    assert kinds == ["exposure", "exposure", "outcome"]


def test_a_worker_that_dies_is_told_and_replaced_and_ctrl_c_ends_all(tmp_path: Path) -> None:
    with serving_command(tmp_path, "--workers", "2") as served:
        one, other = _workers(served)
        os.kill(one, signal.SIGKILL)
        while one in _workers(served) or len(_workers(served)) < 2:
            time.sleep(0.05)
        successor = next(pid for pid in _workers(served) if pid != other)
        with _only(successor, served):
            assert served.recommended("u01")["items"]
        code, errors = served.stop(signal.SIGINT)
    assert code == 0
    assert "A worker process ended with exit code -9; another one takes its place." in errors
    assert "Traceback" not in errors
    assert not any(map(_is_alive, (other, successor)))


def test_workers_do_not_outlive_a_server_that_is_killed(tmp_path: Path) -> None:
    with serving_command(tmp_path, "--workers", "2") as served:
        one, other = _workers(served)
        served.process.kill()
        deadline = time.monotonic() + 20
        while any(map(_is_alive, (one, other))) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(map(_is_alive, (one, other)))


def test_workers_that_cannot_start_end_the_server_with_a_message(tmp_path: Path) -> None:
    plan = build_plan(read_project(tmp_path))
    with bind("127.0.0.1", 0) as listener:
        spec = WorkerSpec(plan, {}, tmp_path / "no such folder", SystemClock(), listener)
        workers = Workers(2, spec, Unreached(), print)
        with pytest.raises(TastemakerError, match="ended with exit code 1 before all were ready"), workers:
            pytest.fail("it served")
