"""cfn-lint on the templates, and on each state machine with its tokens resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.linting import errors_of, machine_template, resolved_definitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk.assertions import Template

    from tests.support.templates import Templates

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("stack", ["data", "workflow", "serving"])
def test_cfn_lint_finds_no_error_in_a_template(stack: str, templates: Templates) -> None:
    assert errors_of(templates[stack]) == []


@pytest.mark.parametrize("stack", ["data", "network", "workflow", "serving", "observability"])
def test_cfn_lint_finds_no_error_in_a_template_with_every_option(stack: str, full: Mapping[str, Template]) -> None:
    assert errors_of(full[stack].to_json()) == []


@pytest.mark.parametrize("name", ["shop-dev-ensure", "shop-dev-import-data", "shop-dev-teardown"])
def test_cfn_lint_finds_no_error_in_a_resolved_state_machine(name: str, templates: Templates) -> None:
    definition = resolved_definitions(templates["workflow"])[name]
    assert errors_of(machine_template(definition)) == []


def test_cfn_lint_would_find_a_task_that_calls_nothing() -> None:
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task", "End": True}}}
    assert errors_of(machine_template(definition)) == ["E3601 'Resource' is a required property"]
