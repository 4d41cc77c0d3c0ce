"""Deterministic values of botocore shapes, for round trips over the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

if TYPE_CHECKING:
    from botocore.model import Shape

SERVICES = ("personalize", "personalize-runtime", "personalize-events")


@cache
def service_model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def all_operations() -> list[tuple[str, str]]:
    return [(service, operation) for service in SERVICES for operation in service_model(service).operation_names]


def sample(shape: Shape, *, full: bool, name: str = "value") -> Any:
    """One value of the shape: `full` fills every member and two elements, else only what is required."""
    match shape.type_name:
        case "structure":
            chosen = shape.members if full else shape.required_members
            return {member: sample(shape.members[member], full=full, name=member) for member in chosen}
        case "list":
            count = 2 if full else max(shape.metadata.get("min", 0), 0)
            return [sample(shape.member, full=full, name=f"{name}-{index}") for index in range(count)]
        case "map":
            return {f"key {index}": sample(shape.value, full=full, name=name) for index in range(2 if full else 0)}
        case "string":
            return shape.enum[-1] if shape.enum else f"{name} ü".ljust(shape.metadata.get("min", 0), "x")
    scalars = {
        "boolean": full,
        "integer": shape.metadata.get("min", 0) + int(full),
        "float": 0.25,
        "double": shape.metadata.get("min", 0) + 0.1 if full else 0.0,
        "timestamp": datetime(2026, 11, 22, 6, 8, 24 if full else 0, tzinfo=UTC),
    }
    return scalars[shape.type_name]
