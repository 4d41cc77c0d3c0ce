"""`tastemaker simulator` as a process: it keeps its state, stops when asked, and says in a line what is wrong."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "tastemaker", "simulator"]


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """The process and a client of it; killed at the end if it still runs."""
    command = [*COMMAND, "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = re.search(r"http://\S+:\d+", process.stdout.readline())
            assert url is not None
            yield process, boto3.client("personalize", endpoint_url=url[0], region_name="us-east-1")
        finally:
            process.kill()


def stop(process: subprocess.Popen[str], how: signal.Signals) -> tuple[int, str]:
    """Exit code and what went to stderr."""
    process.send_signal(how)
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_what_was_made_is_there_after_a_restart(tmp_path: Path, how: signal.Signals) -> None:
    with running("--state", str(tmp_path / "state")) as (process, personalize):
        arn = personalize.create_dataset_group(name="shop")["datasetGroupArn"]
        assert stop(process, how) == (0, "Stopped.\n")
    with running("--state", str(tmp_path / "state")) as (_, personalize):
        assert personalize.describe_dataset_group(datasetGroupArn=arn)["datasetGroup"]["name"] == "shop"


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    with running("--s3", str(tmp_path)) as (process, personalize):
        personalize.create_dataset_group(name="shop")
        assert stop(process, signal.SIGTERM) == (0, "Stopped.\n")
    assert list(tmp_path.iterdir()) == []


def refused(*options: str) -> tuple[int, str]:
    """Exit code and the last line of stderr; there must be no traceback."""
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, check=False, timeout=30)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.splitlines()[-1]


def test_a_folder_in_use_by_another_is_refused(tmp_path: Path) -> None:
    with running("--state", str(tmp_path)):
        code, line = refused("--port", "0", "--state", str(tmp_path))
    assert (code, line) == (1, f"{tmp_path} is in use by another process; stop it or choose another folder.")


def test_a_damaged_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_text("garbage")
    code, line = refused("--port", "0", "--state", str(tmp_path))
    assert (code, line) == (1, f"{tmp_path} is damaged: no generation in it is whole. Start with a new folder.")


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, line = refused("--port", port, "--s3", str(tmp_path))
    assert code == 1
    assert line.startswith(f"Cannot listen on 127.0.0.1:{port}: ")
    assert line.endswith("Choose another address; port 0 takes any free one.")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--zzzzzzzz",), "Error: No such option '--zzzzzzzz'."),
        (("--port", "65536"), "Error: Invalid value for '--port': 65536 is not in the range 0<=x<=65535."),
        (("--speed", "0.5"), "Error: Invalid value for '--speed': 0.5 is not in the range x>=1."),
    ],
)
def test_a_wrong_option_is_named(options: tuple[str, ...], message: str) -> None:
    assert refused(*options) == (2, message)
