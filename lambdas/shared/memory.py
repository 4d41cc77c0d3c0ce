"""What an execution environment remembers between requests."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any


class Memory:
    """The newest entries by key; the one that was used longest ago makes room for a new one."""

    def __init__(self, max_entries: int) -> None:
        self._max_entries = max_entries
        self._entries: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    def get(self, key: str, now_seconds: float, max_age_seconds: float = float("inf")) -> Any:
        """What was kept; None when there is nothing, or it is `max_age_seconds` old or older."""
        kept = self._entries.get(key)
        if kept is None or now_seconds - kept[0] >= max_age_seconds:
            return None
        self._entries.move_to_end(key)
        return kept[1]

    def put(self, key: str, value: Any, now_seconds: float) -> None:
        self._entries[key] = (now_seconds, value)
        self._entries.move_to_end(key)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)


class Breaker:
    """Spares a resource that fails: after some failures in a row it is left alone, then one request tries again."""

    def __init__(self, max_failures: int = 5, pause_seconds: float = 10) -> None:
        self._max_failures, self._pause_seconds = max_failures, pause_seconds
        self._failures: dict[str, tuple[int, float]] = {}

    def allows(self, arn: str, now_seconds: float) -> bool:
        """Whether to ask; the first request after the pause is let through, and decides."""
        failures, last_seconds = self._failures.get(arn, (0, 0.0))
        return failures < self._max_failures or now_seconds - last_seconds >= self._pause_seconds

    def succeeded(self, arn: str) -> None:
        self._failures.pop(arn, None)

    def failed(self, arn: str, now_seconds: float) -> None:
        failures, _ = self._failures.get(arn, (0, 0.0))
        self._failures[arn] = (failures + 1, now_seconds)
