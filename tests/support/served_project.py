"""`tastemaker serve` as a process, on a small project with events, an experiment and a table of metadata."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.simulator import interactions_csv, items_csv
from tests.support.workflows import SHOP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROJECT = (
    SHOP.replace("  popular: {recipe: aws-popularity-count}", "  own: {recipe: aws-user-personalization-v2}").replace(
        "  popular: {solution: popular}", "  own: {solution: own}"
    )
    + """\
eventTracker: {name: clicks}
endpoints:
  recommendations:
    campaign: own
    numResults: 5
    metadata: {table: catalogue, attributes: [title], path: catalogue.csv}
  events: {eventTracker: clicks}
experiments:
  home:
    route: recommendations
    variants: {own: {campaign: own}, again: {campaign: own}}
"""
)


@dataclass(frozen=True)
class Served:
    """The running command and where its API answers."""

    process: subprocess.Popen[str]
    url: str

    def recommended(self, user: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/users/{user}/recommendations", timeout=30) as response:
            body: dict[str, Any] = json.load(response)
            return body

    def post(self, user: str, **event: Any) -> None:
        body = {"sessionId": f"{user}-session", "userId": user, "events": [{"eventType": "view", **event}]}
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.url}/events", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.status == 200

    def stop(self, signal_number: int) -> tuple[int, str]:
        """Exit code and what went to stderr after the start."""
        self.process.send_signal(signal_number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@contextmanager
def serving_command(folder: Path, *options: str) -> Iterator[Served]:
    """The project of this module, laid out in a folder."""
    (folder / "tastemaker.yaml").write_text(PROJECT, encoding="utf-8")
    (folder / "interactions.csv").write_text(interactions_csv(events=30), encoding="utf-8")
    (folder / "items.csv").write_text(items_csv(10), encoding="utf-8")
    titles = [f"i{number:02},The {number}th\n" for number in range(10)]
    (folder / "catalogue.csv").write_text("".join(["itemId,title\n", *titles]), encoding="utf-8")
    with serving_project(folder, *options) as served:
        yield served


@contextmanager
def serving_project(folder: Path, *options: str) -> Iterator[Served]:
    """A project that is there already; killed at the end if it still runs."""
    ports = [f"--{name}=0" for name in ("port", "personalize-port", "states-port")]
    command = [sys.executable, "-m", "tastemaker", "serve", "--project", str(folder), *ports, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Served(process, _api(process))
        finally:
            process.kill()


def _api(process: subprocess.Popen[str]) -> str:
    """The address of the route /healthz, once everything is announced."""
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "")
    announced = next(line for line in lines if "/healthz" in line)
    assert any("Ctrl-C" in line for line in lines)
    return announced.split()[-1].removesuffix("/healthz")
