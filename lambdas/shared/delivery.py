"""Sending events to PutEvents and the tracking id it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .aws import RETRY_AFTER_SECONDS, call
from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

CHUNK_SIZE = 10
"""Source: API reference, PutEvents, eventList."""


class TrackingId:
    """The tracking id that `ensure` left in Parameter Store; read at the first event, and again when it is old."""

    def __init__(self, ssm: Any, parameter: str) -> None:
        self._ssm, self._parameter = ssm, parameter
        self._value, self._read_at_seconds = "", float("-inf")

    def get(self, now_seconds: float, max_age_seconds: float = 300) -> str:
        """The id, read anew when the last reading is older than `max_age_seconds`: a tracker may be replaced.

        Raises:
            ProblemError: 503, there is no event tracker yet, or as `aws.call` says.
        """
        if now_seconds - self._read_at_seconds > max_age_seconds:
            self._value, self._read_at_seconds = self._read(), now_seconds
        return self._value

    def _read(self) -> str:
        try:
            found = call(self._ssm.get_parameter, Name=self._parameter)
        except ProblemError as problem:
            if problem.status not in (400, 404):
                raise
            detail = "There is no event tracker yet; try again after the deployment."
            raise ProblemError(503, "not-deployed", detail, code=problem.code, retry_after_seconds=60) from problem
        return str(found["Parameter"]["Value"])


class Delivery:
    """Sends the events of one request in order.

    Attributes:
        outcomes: position in the request to `status` (`accepted`, `rejected` with reasons, `retry`) and `eventId`.
        failure: why the rest was not sent; None when everything was tried.
    """

    def __init__(self, client: Any, tracking_id: TrackingId, caller: Mapping[str, str], now_seconds: float) -> None:
        self._client, self._tracking_id = client, tracking_id
        self._caller, self._now_seconds = caller, now_seconds
        self.outcomes: dict[int, dict[str, Any]] = {}
        self.failure: ProblemError | None = None

    def send(self, events: Mapping[int, dict[str, Any]]) -> None:
        """Send the events in chunks; after a failure of the service the later ones are not tried, to keep the order."""
        indexes = list(events)
        for start in range(0, len(indexes), CHUNK_SIZE):
            self._send_chunk({index: events[index] for index in indexes[start : start + CHUNK_SIZE]})
            if self.failure is not None:
                break
        for index in indexes:
            self.outcomes.setdefault(index, {"status": "retry", "eventId": events[index]["eventId"]})

    def _send_chunk(self, chunk: dict[int, dict[str, Any]]) -> None:
        try:
            self._put(list(chunk.values()))
        except ProblemError as problem:
            self._settle(chunk, problem)
        else:
            for index, event in chunk.items():
                self.outcomes[index] = {"status": "accepted", "eventId": event["eventId"]}

    def _settle(self, chunk: dict[int, dict[str, Any]], problem: ProblemError) -> None:
        """One bad event makes the service refuse its whole chunk: the others get another chance, one by one."""
        if problem.kind != "refused":
            self.failure = _as_unavailable(problem)
        elif len(chunk) == 1:
            (index,) = chunk
            self.outcomes[index] = {"status": "rejected", "reasons": [f"Amazon Personalize: {problem.detail}"]}
        else:
            for index, event in chunk.items():
                if self.failure is None:
                    self._send_chunk({index: event})

    def _put(self, events: list[dict[str, Any]]) -> None:
        used = self._tracking_id.get(self._now_seconds)
        try:
            call(self._client.put_events, trackingId=used, eventList=events, **self._caller)
        except ProblemError as problem:
            # The service says only "invalid": perhaps the tracker was replaced since the id was read.
            fresh = self._tracking_id.get(self._now_seconds, max_age_seconds=5) if problem.kind == "refused" else used
            if fresh == used:
                raise
            call(self._client.put_events, trackingId=fresh, eventList=events, **self._caller)


def _as_unavailable(problem: ProblemError) -> ProblemError:
    """Refused for load: 503, because the events are fine and the caller should keep them."""
    if problem.status != 429:
        return problem
    detail = "Too many events at the moment; send those with status retry again."
    return ProblemError(503, "overloaded", detail, code=problem.code, retry_after_seconds=RETRY_AFTER_SECONDS)
