"""The local Personalize as an ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.simulator.wire import Endpoint
from tastemaker.wire.asgi import WireApp

if TYPE_CHECKING:
    from tastemaker.wire import Service


class PersonalizeApp(WireApp):
    """The three services at one address, and `GET /healthz`; a quiet one answers runtime requests at once."""

    def __init__(self, service: Service) -> None:
        endpoint = Endpoint(service)
        super().__init__(endpoint, "Personalize")
        self._is_quiet = getattr(service, "is_quiet", lambda: False)
        operations = endpoint.table.by_path.items()
        self._prompt = {path for (_, path), found in operations if found.service == "personalize-runtime"}

    def is_prompt(self, path: str) -> bool:
        return path in self._prompt and self._is_quiet()
