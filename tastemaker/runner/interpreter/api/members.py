"""Members that an operation needs, from botocore's model of the service."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from tastemaker.runner.interpreter.api.answers import SERVICE, refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.errors import AwsError


@cache
def _model() -> Any:
    return ServiceModel(Loader().load_service_model(SERVICE, "service-2"), SERVICE)


@cache
def required_members(operation: str) -> tuple[str, ...]:
    """Names of the members without which the service refuses the call."""
    shape = _model().operation_model(operation).input_shape
    return () if shape is None else tuple(shape.required_members)


def missing_members(names: Sequence[str]) -> AwsError:
    """The refusal of a call without them."""
    what = "; ".join(f"Value at '{name}' failed to satisfy constraint: Member must not be null" for name in names)
    errors = "1 validation error" if len(names) == 1 else f"{len(names)} validation errors"
    return refused("ValidationException", f"{errors} detected: {what}")
