"""What `compare` compares: named recipes, solutions of the project, a file; or all that fit the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from tastemaker.cli.candidates import Candidates, gather_candidates
from tastemaker.errors import ProjectFileError
from tests.support.project_files import GOOD_PROJECT, edit, read_project

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = """\
  items:
    schema:
      ITEM_ID: string
      NAME: {type: string, itemName: true}
      TEXT: {type: string, textual: true}
    path: items.csv
eventTracker: {"""
WITH_ITEMS = edit("eventTracker: {", ITEMS)


def gather(
    folder: Path,
    *recipes: str,
    solutions: tuple[str, ...] = (),
    text: str | None = None,
    project: str = GOOD_PROJECT,
) -> Candidates:
    file = None
    if text is not None:
        file = folder / "candidates.yaml"
        file.write_text(text, encoding="utf-8")
    return gather_candidates(read_project(folder, project), recipes, solutions, file)


def findings(folder: Path, text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ProjectFileError) as caught:
        gather(folder, text=text)
    assert {finding.file.rpartition("/")[2] for finding in caught.value.findings} == {"candidates.yaml"}
    return [(finding.line, finding.rule, finding.message) for finding in caught.value.findings]


def test_all_recipes_that_fit_the_datasets_are_compared_by_default(tmp_path: Path) -> None:
    found = gather(tmp_path)
    assert list(found.declared) == [
        "user-personalization-v2", "user-personalization", "trending-now", "similar-items", "sims",
    ]  # fmt: skip
    assert found.skipped["aws-popularity-count"] == "is the baseline, popularity"
    assert found.skipped["aws-semantic-similarity"] == "needs the dataset items"
    assert "orders a list that the request brings" in found.skipped["aws-personalized-ranking-v2"]
    assert {solution.recipe for solution in found.project.solutions.values()} == {
        f"aws-{name}" for name in found.declared
    }
    assert found.project.campaigns == {}


def test_semantic_similarity_is_compared_where_items_have_a_name_and_a_text(tmp_path: Path) -> None:
    assert "semantic-similarity" in gather(tmp_path, project=WITH_ITEMS).declared
    without = WITH_ITEMS.replace("{type: string, itemName: true}", "string")
    assert gather(tmp_path, project=without).skipped["aws-semantic-similarity"].startswith("needs a column of items")


def test_named_recipes_and_solutions_are_compared_alone(tmp_path: Path) -> None:
    text = edit("similar: {recipe: aws-similar-items}", "similar: {recipe: aws-sims, eventType: buy}")
    found = gather(tmp_path, "sims", "aws-personalized-ranking", solutions=("similar",), project=text)
    assert found.declared == {
        "sims": {"recipe": "aws-sims"},
        "personalized-ranking": {"recipe": "aws-personalized-ranking"},
        "similar": {"recipe": "aws-sims", "eventType": "buy"},
    }
    assert found.skipped == {}
    assert found.project.solutions["similar"].event_type == "buy"


def test_a_file_names_settings(tmp_path: Path) -> None:
    text = "compare:\n  short: {recipe: aws-user-personalization, hyperparameters: {bptt: 2}}\n"
    found = gather(tmp_path, text=text)
    assert found.declared == {
        "short": {"recipe": "aws-user-personalization", "hyperparameters": {"bptt": 2}},
    }
    assert found.project.solutions["short"].hyperparameters == {"bptt": "2"}


def test_mistakes_in_the_file_are_found_all_at_once_where_they_stand(tmp_path: Path) -> None:
    text = (
        "compare:\n"
        "  a: {recipe: aws-user-personalisation}\n"
        "  b: {recipe: aws-user-personalization, hyperparameters: {bptt: 99}}\n"
        "  c: {recipe: aws-sims, colour: red}\n"
    )
    assert sorted(findings(tmp_path, text)) == [
        (2, "recipe-unknown", "unknown recipe `aws-user-personalisation`"),
        (3, "hyperparameter-range", "`bptt` cannot be `99`"),
        (4, "unknown-key", "unknown key `colour` in compare.c"),
    ]


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("solutions:\n  a: {recipe: aws-sims}\n", "unknown-key", "unknown key `solutions`"),
        ("compare: []\n", "wrong-type", "`compare` must be a mapping"),
        ("compare:\n  a: {recipe: aws-item-affinity}\n", "not-comparable", "does not answer a user with items"),
        ("compare:\n  a: {recipe: aws-semantic-similarity}\n", "recipe-needs-dataset", "needs the dataset `items`"),
        ("compare: {a: [}\n", "yaml-syntax", ""),
    ],
)
def test_a_file_that_names_no_candidates_is_refused(tmp_path: Path, text: str, rule: str, words: str) -> None:
    (found,) = [one for one in findings(tmp_path, text) if one[1] == rule]
    assert words in found[2]


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("aws-similar-itms", "Did you mean `aws-similar-items`?"),
        ("aws-item-affinity", "aws-item-affinity cannot be compared: it does not answer a user with items."),
        ("aws-hrnn", "it is withdrawn; take aws-user-personalization-v2."),
    ],
)
def test_recipes_that_cannot_be_compared_are_refused_with_advice(tmp_path: Path, recipe: str, message: str) -> None:
    with pytest.raises(click.UsageError, match=r"recipe|compared") as caught:
        gather(tmp_path, recipe)
    assert message in caught.value.message


def test_unknown_solutions_and_names_that_are_taken_are_refused(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="Did you mean `similar`") as unknown:
        gather(tmp_path, solutions=("simlar",))
    assert "The project has no solution 'simlar'." in unknown.value.message
    with pytest.raises(click.UsageError, match="Two candidates are called 'sims'"):
        gather(tmp_path, "sims", text="compare:\n  sims: {recipe: aws-sims}\n")
    with pytest.raises(click.UsageError, match="'popularity' is the baseline"):
        gather(tmp_path, text="compare:\n  popularity: {recipe: aws-sims}\n")
