"""Answers botocore inside the process: unmodified boto3 clients of the three Personalize services, no socket."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tastemaker.simulator.wire import Endpoint
from tastemaker.wire import transport

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from tastemaker.wire import Service
    from tastemaker.wire.transport import Installation, Responder

_HOST = re.compile(r"personalize(-runtime|-events)?(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|api\.aws)")


@lru_cache(maxsize=256)
def personalize_path(url: str) -> str | None:
    """The URL's path when its host is one of the three services in any Region, dual-stack or FIPS; else None."""
    parts = urlsplit(url)
    return parts.path if _HOST.fullmatch(parts.hostname or "") else None


def responder(service: Service) -> Responder:
    """A `before-send` handler for clients of the three services."""
    return transport.Responder(Endpoint(service), personalize_path)


def connect(client: BaseClient, service: Service) -> None:
    """See `wire.transport.connect`."""
    transport.connect(client, Endpoint(service), personalize_path)


def install(service: Service, *, early: bool = False) -> Installation:
    """See `wire.transport.install`."""
    return transport.install(Endpoint(service), personalize_path, early=early)
