"""The wire formats of the three Personalize services."""

from dataclasses import dataclass, field

from tastemaker.wire import Endpoint as WireEndpoint
from tastemaker.wire import Service, WireResponse
from tastemaker.wire.operations import OperationTable, load_operations

__all__ = ["SERVICES", "Endpoint", "Service", "WireResponse"]

SERVICES = ("personalize", "personalize-runtime", "personalize-events")


def _operations() -> OperationTable:
    return load_operations(*SERVICES)


@dataclass(frozen=True)
class Endpoint(WireEndpoint):
    """Answers requests to any of the three services."""

    table: OperationTable = field(default_factory=_operations)
