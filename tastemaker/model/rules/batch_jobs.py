"""A batch job names what is not declared, or asks a recipe for what it cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.limits import MAX_BATCH_RESULTS
from tastemaker.facts.recipes import RecipeType
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.rules.expressions import find_expression_problem
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.facts.recipes import RecipeFacts
    from tastemaker.model.operations import BatchJob

_EXAMPLE = "For example: rate(1 day) or cron(0 5 ? * MON *)."


def _check_references(declaration: Declaration) -> Iterator[Violation]:
    for name, job in declaration.project.batch.items():
        for key, section, wanted in (("solution", "solutions", job.solution), ("filter", "filters", job.filter)):
            if wanted is not None and not declaration.declares(section, wanted):
                hint = build_hint(wanted, declaration.names(section), section.title())
                yield Violation(("batch", name, key), f"unknown {key} `{wanted}`", hint)


def _check_kind(declaration: Declaration) -> Iterator[Violation]:
    recipes = {name: recipe for name, _, recipe in declaration.solutions()}
    for name, job in declaration.project.batch.items():
        if job.solution in recipes:
            yield from _problems(name, job, recipes[job.solution])


def _problems(name: str, job: BatchJob, recipe: RecipeFacts) -> Iterator[Violation]:
    path = ("batch", name, "kind" if job.wrote("kind") else "solution")
    segments = recipe.type is RecipeType.USER_SEGMENTATION
    if not recipe.batch:
        yield Violation(path, f"recipe `{recipe.name}` has no batch jobs", "Ask its campaign instead.")
    elif segments is not (job.kind == "segments"):
        right = "segments" if segments else "inference"
        yield Violation(path, f"recipe `{recipe.name}` makes no {job.kind}", f"Write kind: {right}.")
    elif job.kind == "themes" and recipe.name != "aws-similar-items":
        yield Violation(path, f"recipe `{recipe.name}` makes no themes", "Use a solution with aws-similar-items.")
    elif job.kind == "themes" and job.item_name_column is None:
        yield Violation(path, "themes need the column with the items' names", "Add itemNameColumn: TITLE, for example.")
    elif not segments and job.num_results is not None and job.num_results > MAX_BATCH_RESULTS:
        spot = ("batch", name, "numResults")
        yield Violation(spot, f"numResults is at most {MAX_BATCH_RESULTS} here", "Only segments may have more.")


def _check_schedule(declaration: Declaration) -> Iterator[Violation]:
    for name, job in declaration.project.batch.items():
        problem = None if job.schedule is None else find_expression_problem(job.schedule)
        if problem is not None:
            message = f"batch.{name}.schedule is no schedule expression: {problem}"
            yield Violation(("batch", name, "schedule"), message, _EXAMPLE)


REFERENCES = Rule("batch-unknown-reference", "What a batch job names is declared.", "our own", _check_references)
KIND = Rule(
    "batch-kind", "A batch job asks for what its recipe can do.", "developer guide, batch-data-upload", _check_kind
)
SCHEDULE = Rule(
    "batch-schedule",
    "A batch job's schedule is a rate, cron or at expression.",
    "EventBridge Scheduler",
    _check_schedule,
)
