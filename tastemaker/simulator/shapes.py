"""botocore's service models, and records in the shape that the service returns."""

from __future__ import annotations

import copy
from dataclasses import is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

from tastemaker.simulator.records import Record

if TYPE_CHECKING:
    from botocore.model import ServiceModel, Shape

SERVICES = ("personalize", "personalize-runtime", "personalize-events")


@cache
def service_model(service: str) -> ServiceModel:
    """The model that boto3 itself uses for this service."""
    return botocore.session.Session().get_service_model(service)


@cache
def error_status(service: str, code: str) -> int:
    """HTTP status of a modelled error; 400 where the model is silent, as the control plane answers."""
    model = service_model(service)
    if code not in model.shape_names:
        return 400
    return int(model.shape_for(code).metadata.get("error", {}).get("httpStatusCode", 400))


def as_wire(record: Any, shape_name: str) -> dict[str, Any]:
    """A record as the members of a `personalize` output shape.

    Members that the shape does not have are left out (so a summary never shows what only Describe returns), members
    without a value are absent, epoch seconds become aware datetimes. Nothing is shared with the record.
    """
    return _structure(record, service_model("personalize").shape_for(shape_name))


def _structure(record: Any, shape: Shape) -> dict[str, Any]:
    wire: dict[str, Any] = {}
    for member, attribute in _attributes(record.__class__, shape.name):
        value = getattr(record, attribute)
        if value is not None:
            wire[member] = _value(value, shape.members[member])
    return wire


def _value(value: Any, shape: Shape) -> Any:
    if shape.type_name == "timestamp":
        return datetime.fromtimestamp(value, UTC)
    if is_dataclass(value):
        return _structure(value, shape)
    return copy.deepcopy(value)


@cache
def _attributes(kind: type[object], shape_name: str) -> tuple[tuple[str, str], ...]:
    """Pairs of member and record attribute: `minProvisionedTPS` is `min_provisioned_tps`."""
    spelled = {name.replace("_", ""): name for name in kind.__dataclass_fields__}  # type: ignore[attr-defined]  # always a dataclass
    if issubclass(kind, Record):
        spelled[kind.arn_member.lower()] = "arn"
        spelled[kind.name_member.lower()] = "name"
    members = service_model("personalize").shape_for(shape_name).members
    return tuple((member, spelled[member.lower()]) for member in members if member.lower() in spelled)
