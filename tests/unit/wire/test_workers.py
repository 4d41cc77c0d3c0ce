from __future__ import annotations

import asyncio
import threading
import time

from tastemaker.wire.workers import Workers


def where(seconds: float = 0.0) -> str:
    begun = time.thread_time()
    while time.thread_time() - begun < seconds:
        pass
    return threading.current_thread().name


def ask(*calls: tuple[float, str | None]) -> list[str]:
    """Thread that answered each call, one call after the other."""

    async def run() -> list[str]:
        workers = Workers("worker", 4, 0.1)
        return [await workers.run(where, seconds, prompt_kind=kind) for seconds, kind in calls]

    return asyncio.run(run())


def test_a_kind_is_answered_in_the_loop_until_it_is_slow() -> None:
    calls = ((0, "a"), (0.03, "a"), (0, "a"), (0, "b"), (0, "a"))
    assert [name.startswith("worker") for name in ask(*calls)] == [False, False, True, False, False]


def test_without_a_kind_every_call_has_a_thread() -> None:
    assert all(name.startswith("worker") for name in ask((0, None), (0, None), (0, None)))


def test_whoever_waits_longer_than_patience_goes_ahead() -> None:
    gate = threading.Event()

    async def run() -> bool:
        workers = Workers("worker", 4, 0.05)
        held = [asyncio.create_task(workers.run(gate.wait, 10)) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.wait_for(workers.run(where), 5)
        gate.set()
        return all(await asyncio.gather(*held))

    assert asyncio.run(run())
