"""`tastemaker load` against a server that notes what it is asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.server import ServerSpec, serving
from tests.support.command_line import run_command
from tests.support.simulator import interactions_csv, items_csv
from tests.support.workflows import SHOP

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


class Noting:
    """Answers 200 and keeps path and headers of every request."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[bytes, bytes]]] = []

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        self.asked.append((scope["path"], dict(scope["headers"])))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})


@pytest.mark.parametrize(
    ("option", "header"),
    [(("--api-key", "k"), (b"x-api-key", b"k")), (("--token", "t"), (b"authorization", b"Bearer t"))],
)
def test_a_load_says_who_it_is(tmp_path: Path, option: tuple[str, str], header: tuple[bytes, bytes]) -> None:
    project, app = tmp_path / "tastemaker.yaml", Noting()
    project.write_text(SHOP + "endpoints: {popular: {campaign: popular}}\n", encoding="utf-8")
    (tmp_path / "interactions.csv").write_text(interactions_csv(events=30), encoding="utf-8")
    (tmp_path / "items.csv").write_text(items_csv(10), encoding="utf-8")
    with serving([ServerSpec(app)]) as urls:
        done = run_command("load", "-p", project, "--url", urls[0], "--rate", "5", "--seconds", "1", "--json", *option)
    assert json.loads(done.out)["statuses"] == {"200": 5}
    assert [path for path, _ in app.asked] == ["/popular"] * 5
    assert all(headers[header[0]] == header[1] for _, headers in app.asked)
