"""AWS requests over a pipe."""

from __future__ import annotations

import threading
from multiprocessing import Pipe
from typing import TYPE_CHECKING

import pytest

from tastemaker.wire import WireResponse
from tastemaker.wire.remote import RemoteAws, RemoteAwsError, answer_request

if TYPE_CHECKING:
    from collections.abc import Mapping

URL = "https://personalize-runtime.us-east-1.amazonaws.com/recommendations"


class Echo:
    def answer(self, method: str, url: str, headers: Mapping[str, str | bytes], body: bytes) -> WireResponse:
        if not body:
            raise ZeroDivisionError("nothing to echo")
        return WireResponse(200, {"Method": method, "Url": url, "Given": str(headers["X-Given"])}, body)


def _asked(body: bytes) -> WireResponse:
    """What a client at one end gets from the echo at the other."""
    ours, theirs = Pipe()
    thread = threading.Thread(target=lambda: answer_request(theirs.recv(), theirs, Echo()))
    thread.start()
    try:
        return RemoteAws(ours).answer("POST", URL, {"X-Given": "1"}, body)
    finally:
        thread.join()


def test_a_request_arrives_whole_and_so_does_its_answer() -> None:
    assert _asked(b"{}") == WireResponse(200, {"Method": "POST", "Url": URL, "Given": "1"}, b"{}")


def test_what_breaks_in_the_other_process_is_raised_where_the_request_came_from() -> None:
    with pytest.raises(RemoteAwsError, match="ZeroDivisionError: nothing to echo"):
        _asked(b"")
