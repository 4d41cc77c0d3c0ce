"""Progress of workflows on stderr: what runs now, in virtual and in real time."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.text import Text

from tastemaker.cli.screen import duration, err

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tastemaker.runner.interpreter.execution import Progress as Happening


class Progress:
    """Listens to the engine: one line per finished execution, one moving line for what runs now."""

    def __init__(self, start_time: float) -> None:
        self._console = err()
        self._start = start_time
        self._began = time.monotonic()
        self._status = self._console.status("starting") if self._console.is_terminal else None

    def __enter__(self) -> Callable[[Happening], None]:
        if self._status is not None:
            self._status.start()
        return self._listen

    def __exit__(self, *_exc: object) -> None:
        if self._status is not None:
            self._status.stop()

    def _listen(self, event: Happening) -> None:
        virtual = duration(event.at - self._start)
        if event.kind == "state entered":
            if self._status is not None:
                self._status.update(f"{virtual} virtual  {event.execution.machine}: {event.state}")
            return
        if event.kind == "execution ended":
            real = time.monotonic() - self._began
            style = "green" if event.execution.status == "SUCCEEDED" else "red"
            self._console.print(
                Text.assemble(
                    (f"  {virtual} virtual  {real:5.1f} s real  ", "dim"),
                    (f"{event.execution.status:<9}", style),
                    f" {event.execution.machine}",
                    (f" {event.execution.name}", "dim"),
                )
            )


QUIET_SECONDS = 1.0


@contextmanager
def step(title: str) -> Iterator[None]:
    """Something that may take longer than a second: turns on a terminal, is one line elsewhere, and only then."""
    console = err()
    if not console.is_terminal:
        late = threading.Timer(QUIET_SECONDS, console.print, [f"{title} …"])
        late.daemon = True
        late.start()
        try:
            yield
        finally:
            late.cancel()
        return
    with console.status(title):
        yield
