"""The local Personalize over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tastemaker.errors import TastemakerError
from tastemaker.simulator.server import ServerSpec, build_personalize_app, run_servers, serving
from tests.support.echo_service import EchoService

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp


def request(url: str, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def build_greeting_app(text: str) -> ASGIApp:
    return Starlette(routes=[Route("/", lambda _request: PlainTextResponse(text))])


def test_health_is_answered() -> None:
    with serving([ServerSpec(build_personalize_app(EchoService()))]) as urls:
        assert request(urls[0], "GET", "/healthz")[::2] == (200, b'{"status":"ok"}')


def test_calls_run_outside_the_event_loop() -> None:
    echo = EchoService({"GetRecommendations": {"recommendationId": "r"}})
    with serving([ServerSpec(build_personalize_app(echo))]) as urls:
        status, headers, body = request(urls[0], "POST", "/recommendations", b'{"userId":"u"}')
    assert (status, body) == (200, b'{"recommendationId":"r"}')
    assert headers["content-type"] == "application/json"
    assert "tastemaker-servers" not in echo.threads


@pytest.mark.filterwarnings("default::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_of_the_simulator_is_an_internal_failure() -> None:
    with serving([ServerSpec(build_personalize_app(EchoService({"PutEvents": ZeroDivisionError("ours")})))]) as urls:
        status, headers, body = request(urls[0], "POST", "/events", b"{}")
    assert (status, headers["x-amzn-errortype"]) == (500, "InternalFailure")
    assert json.loads(body)["message"].startswith("The local Personalize failed")


@pytest.mark.filterwarnings("default::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_answer_that_json_cannot_hold_is_an_internal_failure() -> None:
    answer = {"itemList": [{"itemId": "1", "score": float("nan")}]}
    with serving([ServerSpec(build_personalize_app(EchoService({"GetRecommendations": answer})))]) as urls:
        status, headers, _ = request(urls[0], "POST", "/recommendations", b"{}")
    assert (status, headers["x-amzn-errortype"]) == (500, "InternalFailure")


def test_a_caller_is_who_is_connected_whatever_its_headers_say() -> None:
    app = Starlette(routes=[Route("/", lambda asked: PlainTextResponse(asked.client.host))])
    with serving([ServerSpec(app)]) as urls:
        connection = http.client.HTTPConnection(urlsplit(urls[0]).netloc, timeout=5)
        connection.request("GET", "/", headers={"X-Forwarded-For": "203.0.113.9"})
        assert connection.getresponse().read() == b"127.0.0.1"
        connection.close()


def test_a_response_does_not_wait_for_nagle() -> None:
    with serving([ServerSpec(build_personalize_app(EchoService()))]) as urls:
        connection = http.client.HTTPConnection(urlsplit(urls[0]).netloc, timeout=5)
        seconds = []
        for _ in range(9):
            started = time.perf_counter()
            connection.request("POST", "/recommendations", b"{}")
            connection.getresponse().read()
            seconds.append(time.perf_counter() - started)
        connection.close()
    assert sorted(seconds)[4] < 0.03  # 0.044 and more with the delay


def test_several_apps_get_a_port_each() -> None:
    with serving([ServerSpec(build_greeting_app("one")), ServerSpec(build_greeting_app("two"))]) as urls:
        assert [request(url, "GET", "/")[2] for url in urls] == [b"one", b"two"]


def test_the_port_is_free_again_after_serving() -> None:
    with serving([ServerSpec(build_greeting_app("one"))]) as urls:
        port = urlsplit(urls[0]).port
    assert port is not None
    socket.create_server(("127.0.0.1", port)).close()


def test_a_port_in_use_is_reported_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            TastemakerError, match=f"Cannot listen on 127.0.0.1:{port}: .*Choose another address; port 0"
        ):
            run_servers([ServerSpec(build_greeting_app("one"), port=port)], lambda _urls: None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_servers_and_restores_its_handler(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    seen: list[bytes] = []

    def interrupt(urls: list[str]) -> None:
        def ask_then_signal() -> None:
            seen.extend(request(url, "GET", "/")[2] for url in urls)
            os.kill(os.getpid(), number)

        threading.Thread(target=ask_then_signal).start()

    run_servers([ServerSpec(build_greeting_app("one")), ServerSpec(build_greeting_app("two"))], interrupt)
    assert seen == [b"one", b"two"]
    assert signal.getsignal(number) == before


class StuckService:
    """PutEvents waits for an event, as a training would."""

    def __init__(self) -> None:
        self.may_end = threading.Event()

    def call(self, _service: str, operation: str, _params: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "PutEvents":
            assert self.may_end.wait(10)
        return {}


def test_slow_calls_hold_up_no_other_request() -> None:
    service = StuckService()
    with serving([ServerSpec(build_personalize_app(service))]) as urls, ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(request, urls[0], "POST", "/events", b"{}") for _ in range(4)]
        try:
            assert request(urls[0], "POST", "/recommendations", b"{}")[0] == 200
        finally:
            service.may_end.set()
        assert [answer.result(10)[0] for answer in slow] == [200] * 4
