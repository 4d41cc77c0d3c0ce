"""The local Personalize as an ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.simulator.wire import Endpoint
from tastemaker.wire.asgi import WireApp

if TYPE_CHECKING:
    from tastemaker.wire import Service


class PersonalizeApp(WireApp):
    """The three services at one address, and `GET /healthz`."""

    def __init__(self, service: Service) -> None:
        super().__init__(Endpoint(service), "Personalize")
