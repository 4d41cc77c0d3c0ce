from __future__ import annotations

from pathlib import Path

import pytest

from tastemaker.facts.recipes import RECIPES as FACTS
from tastemaker.simulator.fidelity import Fidelity, Grade
from tastemaker.simulator.fidelity.page import build_page
from tastemaker.simulator.fidelity.recipes import recipe_records, used_names
from tastemaker.simulator.fidelity.rules import FIDELITY
from tastemaker.simulator.operations import HANDLERS, UNSUPPORTED

pytestmark = pytest.mark.xdist_group("fidelity page")  # built once

PAGE = Path("docs/fidelity.md")


@pytest.fixture(scope="module")
def page() -> str:
    return build_page()


def test_the_page_is_up_to_date(page: str) -> None:
    assert PAGE.read_text(encoding="utf-8") == page, (
        "docs/fidelity.md is stale; run: python -m tastemaker.simulator.fidelity > docs/fidelity.md"
    )


@pytest.mark.parametrize("operation", [name for _, name in (*HANDLERS, *UNSUPPORTED)])
def test_every_operation_has_its_line(page: str, operation: str) -> None:
    line = next(line for line in page.splitlines() if line.startswith(f"| {operation} |"))
    if operation in {name for _, name in UNSUPPORTED}:
        assert "| absent |" in line


def test_every_recipe_has_its_line_in_the_order_of_the_guide() -> None:
    assert [record.subject for record in recipe_records()] == list(FACTS)


def test_hyperparameters_with_and_without_effect_are_told_apart() -> None:
    notes = {record.subject: record.note for record in recipe_records()}
    assert "Hyperparameters: `popularity_discount_factor`, `min_cointeraction_count`, `min_user" in notes["aws-sims"]
    assert notes["aws-popularity-count"].endswith("It has no hyperparameters.")


def test_a_hyperparameter_counts_as_used_where_a_module_below_reads_it() -> None:
    assert "min_cointeraction_count" in used_names("tastemaker.simulator.recipes.registry")
    assert "min_cointeraction_count" not in used_names("tastemaker.simulator.recipes.popularity_count")


def test_no_rule_is_stated_twice() -> None:
    subjects = [(record.area, record.subject) for record in FIDELITY]
    assert len(set(subjects)) == len(subjects)


def test_every_rule_names_its_source_and_fits_a_table() -> None:
    assert [record for record in FIDELITY if not record.source or "|" in record.note + record.subject] == []


def test_a_record_has_one_of_three_grades() -> None:
    record = Fidelity("Area", "subject", Grade.EXACT, "note", "source")
    assert f"{record.grade}" == "exact"
    assert [str(grade) for grade in Grade] == ["exact", "approximate", "absent"]


def test_refusals_inside_operations_are_listed(page: str) -> None:
    assert "\n- CreateSolution with performAutoML\n" in page
