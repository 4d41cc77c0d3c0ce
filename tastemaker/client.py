"""A client of the REST API for Python programs; standard library only.

client = Client("https://…/dev", api_key="…")
found = client.recommendations("user-1", count=10)
client.send_events("session-1", [{"eventType": "click", "itemId": found.items[0].item_id}], user_id="user-1")
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from tastemaker.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_EVENTS = 100
"""Most events of one request."""


@dataclass(frozen=True)
class Item:
    """One entry of a list.

    Attributes:
        score: None for recipes without scores.
        members: everything that the API said about it; in a ranking also the caller's own members.
    """

    item_id: str
    score: float | None
    members: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Recommendations:
    """A list, best first.

    Attributes:
        source: who answered; anything but `campaign` and `control` is a stand-in.
        recommendation_id: belongs into the events that follow; None for stand-ins, and for interleaved items, which
            have their own among their members.
        experiment, variant: what the answer is part of; None outside experiments.
        attribution_source: belongs as `eventAttributionSource` into the events that follow, which are outcomes then;
            None where the items have their own, and outside experiments.
    """

    items: tuple[Item, ...]
    source: str
    recommendation_id: str | None
    experiment: str | None = None
    variant: str | None = None
    attribution_source: str | None = None


@dataclass(frozen=True)
class EventReport:
    """What became of events.

    Attributes:
        taken: how many were accepted or wait in the API's queue.
        rejected: index of each rejected event to its reasons.
    """

    taken: int
    rejected: Mapping[int, tuple[str, ...]]


class Client:
    """Calls one deployment of the API. Safe to use from several threads.

    Args:
        url: of the API, with its stage, e.g. `https://….amazonaws.com/dev` or `http://127.0.0.1:8080`.
        token: of the user pool, where the API takes tokens instead of keys.
        sleep: waits before events are sent again.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        token: str | None = None,
        timeout_seconds: float = 10,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ApiError(0, "bad-url", f"{url!r} is no http or https URL.")
        self._url, self._timeout_seconds, self._sleep = url.rstrip("/"), timeout_seconds, sleep
        given = {"x-api-key": api_key, "authorization": None if token is None else f"Bearer {token}"}
        self._headers = {name: value for name, value in given.items() if value is not None}

    def recommendations(self, user_id: str, **options: Any) -> Recommendations:
        """Items for a user.

        Args:
            options: `count`, `filter`, `filter_values` (name to value or values), `context` (column to value),
                `time_zone`, `session_id` (who takes part in an experiment without a user); each only where the route
                has it. The same for the other lists.

        Raises:
            ApiError: the API refused, or does not answer; the same for every method.
        """
        return self._list(f"/users/{quote(user_id, safe='')}/recommendations", options)

    def related(self, item_id: str, *, user_id: str | None = None, **options: Any) -> Recommendations:
        """Items like another one; `user_id` is for filters on a user's interactions."""
        return self._list(f"/items/{quote(item_id, safe='')}/related", options, user_id)

    def popular(self, *, user_id: str | None = None, **options: Any) -> Recommendations:
        """What most users like."""
        return self._list("/popular", options, user_id)

    def trending(self, *, user_id: str | None = None, **options: Any) -> Recommendations:
        """What is on the rise."""
        return self._list("/trending", options, user_id)

    def rank(self, user_id: str, items: Sequence[str | Mapping[str, Any]], **options: Any) -> Recommendations:
        """The items, ids or objects with `itemId`, in the order that suits the user."""
        path = f"/users/{quote(user_id, safe='')}/ranking"
        return _recommendations(self._ask("POST", path, _query(options), {"items": list(items)}))

    def send_events(
        self,
        session_id: str,
        events: Sequence[Mapping[str, Any]],
        *,
        user_id: str | None = None,
        max_attempts: int = 5,
    ) -> EventReport:
        """Send the events of a session in order; what the API cannot take at the moment is sent again.

        Each event gets an id first, so that sending again doubles nothing.

        Raises:
            ApiError: also when some could not be sent at all attempts; those before them were.
        """
        prepared = [{"eventId": str(uuid.uuid4()), **event} for event in events]
        taken, rejected = 0, dict[int, tuple[str, ...]]()
        caller = {"sessionId": session_id, **({} if user_id is None else {"userId": user_id})}
        waiting = list(enumerate(prepared))
        attempt = 0
        while waiting:
            batch, rest = waiting[:MAX_EVENTS], waiting[MAX_EVENTS:]
            report, problem = self._send_batch({**caller, "events": [event for _, event in batch]})
            left = []
            for (index, event), line in zip(batch, report, strict=True):
                if line["status"] == "retry":
                    left.append((index, event))
                elif line["status"] == "rejected":
                    rejected[index] = tuple(line["reasons"])
                else:
                    taken += 1
            waiting = [*left, *rest]
            attempt = attempt + 1 if left else 0
            if left and problem is not None and attempt >= max_attempts:
                raise problem
            if left:
                self._sleep(min(2.0**attempt / 2, 30))
        return EventReport(taken, rejected)

    def _send_batch(self, body: dict[str, Any]) -> tuple[list[dict[str, Any]], ApiError | None]:
        """A line for each event, and what the API said when it did not take all."""
        again = [{"status": "retry"}] * len(body["events"])
        try:
            status, answer = self._exchange("POST", "/events", body)
        except ApiError as unreachable:
            return again, unreachable
        problem = _api_error(status, answer) if status >= 400 else None
        if "events" in answer:
            return answer["events"], problem
        if problem is None or status == 429 or status >= 500:
            return again, problem or ApiError(status, "no-report", "The answer holds no report on the events.")
        raise problem

    def _list(self, path: str, options: Mapping[str, Any], user_id: str | None = None) -> Recommendations:
        return _recommendations(self._ask("GET", path, _query(options, user_id)))

    def _ask(self, method: str, path: str, query: str, body: Any = None) -> dict[str, Any]:
        status, answer = self._exchange(method, f"{path}?{query}" if query else path, body)
        if status >= 400:
            raise _api_error(status, answer)
        return answer

    def _exchange(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Status and parsed body, which is empty when it is no JSON object."""
        data = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, **({} if data is None else {"content-type": "application/json"})}
        request = urllib.request.Request(self._url + path, data, headers, method=method)  # noqa: S310 - http(s) only
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_seconds) as answer:  # noqa: S310
                return answer.status, _parsed(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, _parsed(refused.read())
        except OSError as error:
            raise ApiError(0, "unreachable", f"{self._url} does not answer: {error}.") from error


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _api_error(status: int, body: Mapping[str, Any]) -> ApiError:
    kind = str(body.get("type", "")).rpartition(":")[2] or "refused"
    return ApiError(status, kind, str(body.get("detail", "The answer is no problem document.")))


def _recommendations(body: Mapping[str, Any]) -> Recommendations:
    items = tuple(Item(item["itemId"], item.get("score"), item) for item in body["items"])
    more = (body.get(name) for name in ("recommendationId", "experiment", "variant", "eventAttributionSource"))
    return Recommendations(items, body["source"], *more)


def _query(options: Mapping[str, Any], user_id: str | None = None) -> str:
    """The query string; a value that is None is left out.

    Raises:
        TypeError: there is no such option.
    """
    names = {"count": "numResults", "filter": "filter", "time_zone": "timeZone", "session_id": "sessionId"}
    pairs: list[tuple[str, Any]] = [] if user_id is None else [("userId", user_id)]
    for option, value in options.items():
        if option in names:
            pairs += [] if value is None else [(names[option], value)]
        elif option == "filter_values":
            pairs += [(f"filter.{name}", given) for name, given in value.items()]
        elif option == "context":
            pairs += [(f"context.{column}", given) for column, given in value.items()]
        else:
            raise TypeError(f"unknown option {option!r}")
    return urlencode(pairs, doseq=True)
