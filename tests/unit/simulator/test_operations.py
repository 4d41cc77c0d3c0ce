from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.simulator.operations import HANDLERS, UNSUPPORTED
from tastemaker.simulator.shapes import SERVICES, service_model

if TYPE_CHECKING:
    from tests.support.simulator import Lab

ALL = sorted((service, name) for service in SERVICES for name in service_model(service).operation_names)


def test_every_operation_of_the_three_models_is_handled_or_refused_exactly_once() -> None:
    assert sorted([*HANDLERS, *UNSUPPORTED]) == ALL
    assert len(ALL) == 79


def test_every_operation_is_real() -> None:
    assert len(HANDLERS) == 79


@pytest.mark.parametrize(("service", "operation"), sorted(UNSUPPORTED))
def test_an_operation_that_is_not_simulated_says_its_name(lab: Lab, service: str, operation: str) -> None:
    with pytest.raises(UnsupportedBySimulatorError, match=f"Not simulated: {service} {operation}\\."):
        lab.simulator.call(service, operation, {})


def test_an_unknown_operation_is_the_callers_mistake(lab: Lab) -> None:
    with pytest.raises(KeyError):
        lab.control("DeleteSolutionVersion")
