"""API Gateway on the laptop: the plan's routes in front of the plan's functions.

It refuses as the deployed REST API does, with problem details: 403 for a method or path that does not exist (not 404)
and for a missing or wrong key, 400 for a required parameter that is absent or blank and for a body that is not of the
model's form, 413 for a body over 10 MB, 502 for a function that fails or answers something else than a proxy
response. It throttles nobody, checks no signature (IAM) and reads the tokens of a user pool without checking who
signed them.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING

from tastemaker.errors import FunctionError
from tastemaker.plan.gateway_refusals import REFUSALS, refusal_body
from tastemaker.plan.openapi import CORS_HEADERS, READABLE
from tastemaker.runner.body_validation import is_refused
from tastemaker.runner.callers import Caller, OpenDoor
from tastemaker.runner.proxy import (
    GatewayRequest,
    GatewayResponse,
    MalformedAnswerError,
    gateway_response,
    proxy_event,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tastemaker.plan.specs import RouteSpec
    from tastemaker.runner.callers import Door
    from tastemaker.runner.seams import FunctionInvoker

MAX_BODY_BYTES = 10 * 1024 * 1024
"""Source: API Gateway developer guide, quotas for REST APIs."""


class Gateway:
    """Answers requests in any thread.

    Args:
        now: seconds since 1970-01-01 UTC; becomes the request's time, the only clock that handlers read.
        door: says who calls; without one everybody is let in.
    """

    def __init__(
        self,
        routes: Sequence[RouteSpec],
        functions: FunctionInvoker,
        *,
        now: Callable[[], float] = time.time,
        new_request_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        door: Door = OpenDoor(),  # noqa: B008 - frozen
    ) -> None:
        # Literal segments before parameters, as API Gateway prefers them.
        ordered = sorted(routes, key=lambda route: [part.startswith("{") for part in route.path.split("/")])
        self._templates = [(route, tuple(route.path.split("/"))) for route in ordered]
        self._functions, self._now, self._new_request_id = functions, now, new_request_id
        self._door = door

    def handle(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        source_ip: str = "127.0.0.1",
    ) -> GatewayResponse:
        """Answer one request.

        Args:
            path: percent-encoded, without the query.
            query: decoded pairs.
        """
        parts = path.split("/")
        matches = [
            (route, found) for route, wanted in self._templates if (found := _matched(wanted, parts)) is not None
        ]
        if method == "OPTIONS" and matches:
            return GatewayResponse(204, tuple(CORS_HEADERS.items()), b"")
        match = next(((route, found) for route, found in matches if route.method == method), None)
        if match is None:
            return self._refuse("MISSING_AUTHENTICATION_TOKEN")
        if len(body) > MAX_BODY_BYTES:
            return self._refuse("REQUEST_TOO_LARGE")
        route, path_parameters = match
        caller = self._door.admit(route, headers, self._now())
        if not isinstance(caller, Caller):
            return self._refuse(caller)
        wrong = _wrong_part(route, query, headers, body)
        if wrong:
            return self._refuse(wrong)
        request = GatewayRequest(
            method, path, query, headers, body, self._new_request_id(), self._now(), source_ip, caller
        )
        return self._integrate(route, request, path_parameters)

    def warm_up(self) -> None:
        """Let every function start before the first caller comes, as provisioned concurrency does on AWS.

        They are asked without id, body and a sensible count, which each refuses before it asks or notes anything.
        """
        for route in {route.function: route for route, _ in self._templates}.values():
            asked = [("numResults", "0")]
            request = GatewayRequest(
                route.method, route.path, asked, (), b"", self._new_request_id(), self._now(), "127.0.0.1", Caller()
            )
            self._functions.invoke(route.function, proxy_event(route, request, {}))

    def _integrate(self, route: RouteSpec, request: GatewayRequest, path_parameters: dict[str, str]) -> GatewayResponse:
        try:
            answer = self._functions.invoke(route.function, proxy_event(route, request, path_parameters))
            return gateway_response(answer)
        except (FunctionError, MalformedAnswerError):
            return self._refuse("DEFAULT_5XX")

    def _refuse(self, response_type: str) -> GatewayResponse:
        """What API Gateway itself answers when no function does; texts and headers are the OpenAPI document's."""
        request_id = self._new_request_id()
        own = {"Content-Type": "application/problem+json", "X-Correlation-Id": request_id}
        body = json.dumps(refusal_body(response_type, request_id))
        return GatewayResponse(REFUSALS[response_type][0], tuple({**own, **READABLE}.items()), body.encode())


def _matched(template: tuple[str, ...], parts: Sequence[str]) -> dict[str, str] | None:
    """Path parameters, still percent-encoded; None when the path is another one."""
    if len(parts) != len(template):
        return None
    found: dict[str, str] = {}
    for wanted, part in zip(template, parts, strict=True):
        if wanted.startswith("{") and part:
            found[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return found


def _wrong_part(
    route: RouteSpec, query: Sequence[tuple[str, str]], headers: Sequence[tuple[str, str]], body: bytes
) -> str:
    """What request validation finds, as a type of refusal; empty for nothing."""
    if _missing_parameters(route, query):
        return "BAD_REQUEST_PARAMETERS"
    return "BAD_REQUEST_BODY" if route.body is not None and is_refused(route.body, headers, body) else ""


def _missing_parameters(route: RouteSpec, query: Sequence[tuple[str, str]]) -> list[str]:
    """Required query parameters that are absent or blank; API Gateway checks no more than that."""
    given = {name for name, value in query if value.strip()}
    required = [parameter.name for parameter in route.parameters if parameter.required and parameter.where == "query"]
    return [name for name in required if name not in given]
