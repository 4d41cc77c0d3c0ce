"""A service that notes what it is asked and answers what it is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class EchoService:
    """`answers` maps an operation to its result or to the exception to raise; others answer an empty structure."""

    answers: dict[str, dict[str, Any] | Exception] = field(default_factory=dict)
    calls: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append((service, operation, params))
        self.threads.add(threading.current_thread().name)
        answer = self.answers.get(operation, {})
        if isinstance(answer, Exception):
            raise answer
        return answer
