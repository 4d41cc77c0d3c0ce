"""What a user meets at the terminal: exit codes, clean stdout, every finding at once, no traceback."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import boto3
import pytest

EXAMPLE = Path("examples/movielens")
TASTEMAKER = [sys.executable, "-m", "tastemaker"]

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "project", ignore=shutil.ignore_patterns(".tastemaker")))


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TASTEMAKER, *arguments], capture_output=True, text=True, check=False, timeout=300)


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _rules(project: Path) -> list[tuple[str, int, str]]:
    done = _run("check", "--project", str(project), "--json")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    findings = json.loads(done.stdout)["findings"]
    assert all(finding["hint"] for finding in findings)
    return [(Path(finding["file"]).name, finding["line"], finding["rule"]) for finding in findings]


def test_mistakes_in_file_filter_and_data_are_reported_all_at_once(project: Path) -> None:
    file = project / "tastemaker.yaml"
    _edit(file, "recipe: aws-user-personalization-v2", "recipe: aws-user-personalisation-v2")
    _edit(file, "popular: {solution: popular, minProvisionedTPS: 1}", "popular: {solution: populr, colour: red}")
    _edit(file, 'IN ("*")', "IN (")
    _edit(project / "sql/interactions.sql", "timestamp AS", "timestamp * 1000 AS")
    assert _rules(project) == [
        ("interactions.csv", 2, "timestamp-milliseconds"),
        ("tastemaker.yaml", 32, "filter-expression"),
        ("tastemaker.yaml", 36, "recipe-unknown"),
        ("tastemaker.yaml", 44, "campaign-unknown-solution"),
        ("tastemaker.yaml", 44, "unknown-key"),
    ]


def test_nine_hundred_interactions_are_too_few(project: Path) -> None:
    _edit(project / "sql/interactions.sql", "FROM ratings", "FROM ratings LIMIT 900")
    assert ("interactions.csv", 1, "too-few-interactions") in _rules(project)


def test_a_missing_column_is_named_in_the_service_s_words(project: Path) -> None:
    prepared = project / "prepared.csv"
    prepared.write_text("USER_ID,ITEM_ID\n" + "".join(f"{n % 40},{n}\n" for n in range(2000)), encoding="utf-8")
    _edit(project / "tastemaker.yaml", "sql: sql/interactions.sql", "path: prepared.csv")
    done = _run("check", "--project", str(project))
    assert done.returncode == 2
    assert "Input CSV is missing the following columns: [TIMESTAMP, EVENT_TYPE, EVENT_VALUE]" in done.stderr
    assert "nothing was created" in done.stderr


def test_run_refuses_a_broken_project_before_anything_is_created(project: Path) -> None:
    _edit(project / "tastemaker.yaml", "solution: popular", "solution: populr")
    done = _run("run", "--project", str(project), "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["status"]) == (2, "FINDINGS")
    assert [finding["rule"] for finding in report["findings"]] == ["campaign-unknown-solution"]
    assert "Did you mean `popular`?" in done.stderr


def test_an_unknown_verb_is_answered_with_the_nearest_one() -> None:
    done = _run("rnu")
    assert done.returncode == 2
    assert "Did you mean 'run'?" in done.stderr


def test_two_runs_with_one_seed_print_the_same_but_for_real_seconds() -> None:
    first, second = (_run("run", "--project", str(EXAMPLE), "--seed", "3", "--json") for _ in range(2))
    reports = [json.loads(done.stdout) for done in (first, second)]
    for report in reports:
        assert report.pop("real_seconds") > 0
    assert reports[0] == reports[1]


def test_serve_refuses_a_port_in_use_before_it_trains() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = _run("serve", "--project", str(EXAMPLE), "--port", "0", "--states-port", port)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"Cannot listen on 127.0.0.1:{port}: ")
    assert "train" not in done.stderr


def test_serve_answers_both_apis_and_stops_cleanly_on_ctrl_c() -> None:
    command = [
        *TASTEMAKER,
        "serve",
        "--project",
        str(EXAMPLE),
        "--port",
        "0",
        "--personalize-port",
        "0",
        "--states-port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            api, personalize = _read_addresses(server)
            with urllib.request.urlopen(f"{api}/users/429/recommendations?numResults=3") as response:
                assert len(json.load(response)["items"]) == 3
            with urllib.request.urlopen(f"{api}/healthz") as response:
                assert json.load(response) == {"status": "ok"}
            client = boto3.client("personalize", endpoint_url=personalize, region_name="us-east-1")
            assert len(client.list_campaigns()["campaigns"]) == 3
        finally:
            server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=20)
    assert server.returncode == 0
    assert "Traceback" not in errors


def _read_addresses(server: subprocess.Popen[str]) -> tuple[str, str]:
    assert server.stdout is not None
    deadline, api, personalize = time.monotonic() + 120, "", ""
    while time.monotonic() < deadline:
        line = server.stdout.readline()
        if "/healthz" in line:
            api = line.split()[-1].removesuffix("/healthz")
        if 'client("personalize",' in line:
            personalize = line.split('"')[-2]
        if "Ctrl-C" in line or not line:
            break
    return api, personalize
