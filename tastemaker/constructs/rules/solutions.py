"""Rules about what is trained, how often, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.declared import all_declared, declared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.constructs.rules.declared import Declared
    from tastemaker.constructs.rules.templates import Templates


def _check_automatic(templates: Templates) -> Iterator[Violation]:
    for solution in declared(templates, "Solution"):
        if solution.is_resource:
            message = "CloudFormation has no switch for automatic training: this solution trains weekly, and is billed"
            yield Violation(solution.resource, solution.location, message)
        elif not solution.may_have("PerformAutoTraining"):
            message = "performAutoTraining is not sent, and the default is true: this solution trains weekly"
            yield Violation(solution.resource, solution.location, message)


def _trains_by_itself(solution: Declared) -> bool:
    absent = solution.is_resource or not solution.may_have("PerformAutoTraining")
    return absent or solution.literal("PerformAutoTraining") is True


def _check_twice(templates: Templates) -> Iterator[Violation]:
    if not any(_trains_by_itself(solution) for solution in declared(templates, "Solution")):
        return
    for version in declared(templates, "SolutionVersion"):
        message = "this training runs beside the automatic training of a solution of the same app: both are billed"
        yield Violation(version.resource, version.location, message)


def _check_search(templates: Templates) -> Iterator[Violation]:
    for call in all_declared(templates):
        if call.operation in {"CreateSolution", "CreateSolutionVersion"} and call.literal("PerformHPO") is True:
            message = "performHPO trains many times for one version, at every training"
            yield Violation(call.resource, call.at("PerformHPO"), message)


def _check_automl(templates: Templates) -> Iterator[Violation]:
    for solution in declared(templates, "Solution"):
        if solution.literal("PerformAutoML") is True:
            message = "performAutoML lets the service choose among recipes that it no longer offers"
            yield Violation(solution.resource, solution.at("PerformAutoML"), message)


AUTOMATIC = Rule(
    "automatic-training",
    "Automatic training is a decision: a solution says whether it wants it.",
    "Create the solution by the API with performAutoTraining=false, or acknowledge that the service trains weekly.",
    "developer guide, solution-config-auto-training; API, CreateSolution",
    Severity.ERROR,
    _check_automatic,
)
TWICE = Rule(
    "training-twice",
    "A solution is trained by the service or by a workflow, not by both.",
    "Send performAutoTraining=false, or remove the workflow's training.",
    "developer guide, solution-config-auto-training",
    Severity.ERROR,
    _check_twice,
)
SEARCH = Rule(
    "hyperparameter-search",
    "Hyperparameters are searched once and then pinned.",
    "Run the search by hand, write its hyperparameters down and leave performHPO out.",
    "developer guide, customizing-solution-config-hpo",
    Severity.WARNING,
    _check_search,
)
AUTOML = Rule(
    "automl",
    "The recipe is chosen by the user.",
    "Name a recipe.",
    "API, CreateSolution",
    Severity.WARNING,
    _check_automl,
)
