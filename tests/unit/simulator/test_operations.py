from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tastemaker.simulator.operations import HANDLERS
from tastemaker.simulator.shapes import SERVICES, service_model

if TYPE_CHECKING:
    from tests.support.simulator import Lab

ALL = sorted((service, name) for service in SERVICES for name in service_model(service).operation_names)


def test_every_operation_of_the_three_models_is_handled() -> None:
    assert sorted(HANDLERS) == ALL
    assert len(ALL) == 79


def test_no_two_modules_handle_the_same_operation() -> None:
    """Tables that are joined hide a name that occurs twice; a handler is defined in the module that lists it."""
    modules = {sys.modules[handler.__module__] for handler in HANDLERS.values()}
    tables = [table for module in modules for name, table in vars(module).items() if name.endswith("HANDLERS")]
    assert sum(len(table) for table in tables) == 79


def test_an_unknown_operation_is_the_callers_mistake(lab: Lab) -> None:
    with pytest.raises(KeyError):
        lab.control("DeleteSolutionVersion")
