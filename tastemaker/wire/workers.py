"""Worker threads of a local server, for threads that share one interpreter."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

_TURNS = 2
_QUICK_SECONDS = 0.02


class Workers:
    """Calls functions so that a slow one holds up no other request.

    Threads that share one interpreter hinder each other, so two compute at a time. Whoever waits longer than a usual
    request takes goes ahead: then another waits for something else than the processor, or computes a training.

    A kind of call may run in the event loop itself, unless it took 20 ms of the processor the last time: handing one to
    a thread and back costs more than most recommendations. It is the processor's time, because a thread that shares the
    interpreter mostly waits for its turn.

    Args:
        threads: at most so many calls at once.
        patience_seconds: how long to wait for a turn.
    """

    def __init__(self, name: str, threads: int, patience_seconds: float) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._turns = asyncio.Semaphore(_TURNS)
        self._patience = patience_seconds
        self._took: dict[str, float] = {}

    async def run(self, function: Callable[..., Answer], *args: object, prompt_kind: str | None = None) -> Answer:
        """Call the function.

        Args:
            prompt_kind: for calls that compute and wait for nothing, what tells how long they take; None for others.
        """
        if prompt_kind is not None and self._took.get(prompt_kind, 0.0) < _QUICK_SECONDS:
            return self._timed(prompt_kind, function, *args)
        in_turn = await self._wait_for_turn()
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._timed, prompt_kind, function, *args)
        finally:
            if in_turn:
                self._turns.release()

    def _timed(self, kind: str | None, function: Callable[..., Answer], *args: object) -> Answer:
        begun = time.thread_time()
        try:
            return function(*args)
        finally:
            if kind is not None:
                self._took[kind] = time.thread_time() - begun

    async def _wait_for_turn(self) -> bool:
        """Whether a turn was taken, and so has to be given back."""
        if not self._turns.locked():
            return await self._turns.acquire()
        try:
            return await asyncio.wait_for(self._turns.acquire(), self._patience)
        except TimeoutError:
            return False
