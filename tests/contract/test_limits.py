"""Every limit of every input shape: what lies at it passes, what lies one beyond is refused by name, on the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.shapes import service_model
from tastemaker.simulator.wire import Endpoint
from tests.support.shape_samples import all_operations, sample
from tests.support.stage import Stage
from tests.support.wire_requests import wire_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.model import Shape

    Wrap = Callable[[Any], dict[str, Any]]

_DEPTH = 9
_WORDS = {
    "string": ("length less than or equal to", "length greater than or equal to"),
    "list": ("length less than or equal to", "length greater than or equal to"),
    "map": ("length less than or equal to", "length greater than or equal to"),
    "integer": ("value less than or equal to", "value greater than or equal to"),
    "double": ("value less than or equal to", "value greater than or equal to"),
}


@dataclass(frozen=True)
class Limit:
    """One bound of one member.

    Attributes:
        path: as messages write it.
        wrap: a request around the member's value, with nothing else in it.
        upper: whether it is the maximum.
    """

    path: str
    shape: Shape
    wrap: Wrap
    bound: float
    upper: bool

    def value(self, step: int) -> Any:
        """A value `step` beyond the bound, counted outwards."""
        size = self.bound + step if self.upper else self.bound - step
        kind = self.shape.type_name
        if kind in {"integer", "double"}:
            return int(size) if kind == "integer" else size
        if kind == "string":
            return "x" * int(size)
        if kind == "list":
            return [sample(self.shape.member, full=False)] * int(size)
        return {f"k{number}": sample(self.shape.value, full=False) for number in range(int(size))}

    @property
    def complaint(self) -> str:
        words = _WORDS[self.shape.type_name][0 if self.upper else 1]
        return f"at '{self.path}' failed to satisfy constraint: Member must have {words} "


def limits(shape: Shape, path: str, wrap: Wrap, depth: int = 0) -> Iterator[Limit]:
    """All limits below a shape, itself included."""
    for name, upper in (("min", False), ("max", True)):
        if shape.type_name in _WORDS and _is_bound(shape, name):
            yield Limit(path, shape, wrap, float(shape.metadata[name]), upper)
    for inner, member, inner_wrap in _parts(shape, path, wrap) if depth < _DEPTH else ():
        yield from limits(member, inner, inner_wrap, depth + 1)


def _parts(shape: Shape, path: str, wrap: Wrap) -> Iterator[tuple[str, Shape, Wrap]]:
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield (f"{path}.{name}" if path else name), member, _within(wrap, name)
    elif shape.type_name == "list":
        yield f"{path}.1.member", shape.member, lambda value: wrap([value])
    elif shape.type_name == "map":
        yield f"{path}.key", shape.key, lambda value: wrap({value: sample(shape.value, full=False)})
        yield f"{path}.k", shape.value, _within(wrap, "k")


def _within(wrap: Wrap, name: str) -> Wrap:
    return lambda value: wrap({name: value})


def _is_bound(shape: Shape, name: str) -> bool:
    """Whether a shape has this bound; that a length is at least zero is none."""
    numeric = shape.type_name in {"integer", "double"}
    return name in shape.metadata and (numeric or shape.metadata[name] > 0)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Endpoint:
    return Endpoint(Stage(tmp_path_factory.mktemp("buckets")).lab.simulator)


@pytest.mark.parametrize(("service", "operation"), all_operations())
def test_a_limit_holds_exactly(endpoint: Endpoint, service: str, operation: str) -> None:
    for limit in limits(service_model(service).operation_model(operation).input_shape, "", lambda value: value):
        for step, refused in ((-1, False), (0, False), (1, True)):
            if limit.value(step) == limit.value(0) and step:  # a size below zero
                continue
            body = json.dumps(limit.wrap(limit.value(step)), default=datetime.timestamp)
            answer = endpoint.answer(*wire_request(service, operation, body))
            said = json.loads(answer.body).get("message", "") if answer.body else ""
            assert (limit.complaint in said) is refused, (limit.path, step, answer.status, said[:500])
            assert answer.status < 500
            assert answer.status == 400 or not refused


def test_every_kind_of_limit_is_among_them() -> None:
    found = [
        limit
        for service, operation in all_operations()
        for limit in limits(service_model(service).operation_model(operation).input_shape, "", lambda value: value)
    ]
    assert {limit.shape.type_name for limit in found} == {"string", "list", "map", "integer", "double"}
    assert len(found) > 400
