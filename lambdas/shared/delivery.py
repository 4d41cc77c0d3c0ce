"""Sending the entries of one request in order, in chunks, with a queue for what the service does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .aws import RETRY_AFTER_SECONDS
from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Send = Callable[[Sequence[dict[str, Any]]], None]
    Chunk = dict[int, dict[str, Any]]

CHUNK_SIZE = 10
"""Source: API reference, PutEvents, PutActionInteractions, PutItems and PutUsers."""


class Delivery:
    """Sends the entries of one request in order.

    Once one chunk has gone to the queue, the later ones go there as well: they must not overtake it.

    Args:
        put: sends a chunk; raises ProblemError, `refused` when an entry of it is wrong.
        buffer: puts a chunk into the queue; None where there is none.
        buffering: send nothing directly.

    Attributes:
        outcomes: position in the request to `status` (`accepted`, `buffered`, `rejected` with reasons, `retry`).
        failure: why the rest was neither sent nor queued; None when everything has its place.
        cause: error code behind the first chunk that was queued or given up; empty when all was sent.
    """

    def __init__(self, put: Send, buffer: Send | None = None, *, buffering: bool = False) -> None:
        self._put, self._buffer, self._buffering = put, buffer, buffering
        self.outcomes: dict[int, dict[str, Any]] = {}
        self.failure: ProblemError | None = None
        self.cause = ""

    @property
    def buffered(self) -> bool:
        """Whether anything went to the queue."""
        return any(outcome["status"] == "buffered" for outcome in self.outcomes.values())

    def send(self, entries: Mapping[int, dict[str, Any]]) -> None:
        indexes = list(entries)
        for start in range(0, len(indexes), CHUNK_SIZE):
            self._send_chunk({index: entries[index] for index in indexes[start : start + CHUNK_SIZE]})
        for index in indexes:
            self.outcomes.setdefault(index, {"status": "retry"})

    def _send_chunk(self, chunk: Chunk) -> None:
        if self.failure is not None:
            return
        if self._buffering:
            self._keep(chunk, None)
            return
        try:
            self._put(list(chunk.values()))
        except ProblemError as problem:
            self._settle(chunk, problem)
        else:
            self._note(chunk, {"status": "accepted"})

    def _settle(self, chunk: Chunk, problem: ProblemError) -> None:
        """One bad entry makes the service refuse its whole chunk: the others get another chance, one by one."""
        if problem.kind != "refused":
            self._keep(chunk, problem)
        elif len(chunk) == 1:
            self._note(chunk, {"status": "rejected", "reasons": [f"Amazon Personalize: {problem.detail}"]})
        else:
            self._send_one_by_one(chunk)

    def _send_one_by_one(self, chunk: Chunk) -> None:
        while chunk and not self._buffering and self.failure is None:
            index = next(iter(chunk))
            self._send_chunk({index: chunk.pop(index)})
        if chunk:
            self._send_chunk(chunk)

    def _keep(self, chunk: Chunk, problem: ProblemError | None) -> None:
        self.cause = self.cause or ("" if problem is None else problem.code)
        self._buffering = True
        try:
            if self._buffer is None:
                raise problem or ProblemError(503, "overloaded", "There is no queue.")
            self._buffer(list(chunk.values()))
        except ProblemError as refused:
            self.failure = _as_unavailable(refused)
        else:
            self._note(chunk, {"status": "buffered"})

    def _note(self, chunk: Chunk, outcome: dict[str, Any]) -> None:
        self.outcomes.update(dict.fromkeys(chunk, outcome))


def _as_unavailable(problem: ProblemError) -> ProblemError:
    """Refused for load: 503, because the entries are fine and the caller should keep them."""
    if problem.status == 404:
        return ProblemError(503, problem.kind, problem.detail, code=problem.code, retry_after_seconds=60)
    if problem.status not in (400, 429):
        return problem
    detail = "Too much at the moment; send what has status retry again."
    return ProblemError(503, "overloaded", detail, code=problem.code, retry_after_seconds=RETRY_AFTER_SECONDS)
