"""A solution would be trained by the service and by the project's schedules: two bills."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_RATE = re.compile(r"rate\(([1-9]\d*) days?\)")
_LONGEST_DAYS = 30


def _check_both(declaration: Declaration) -> Iterator[Violation]:
    schedules = declaration.project.schedules
    if schedules is None or schedules.full is None:
        return
    for name, solution in declaration.project.solutions.items():
        if not solution.wrote("perform_auto_training") or solution.perform_auto_training is False:
            continue
        message = f"solution `{name}` is trained by schedules.full and, billed again, by automatic training"
        hint = "Set performAutoTraining: false or leave it out; or remove schedules.full."
        yield Violation(("solutions", name, "performAutoTraining"), message, hint)


def _check_rate(declaration: Declaration) -> Iterator[Violation]:
    for name, solution in declaration.project.solutions.items():
        if solution.auto_training_config is None:
            continue
        expression = solution.auto_training_config.scheduling_expression
        match = _RATE.fullmatch(expression)
        if match is None or int(match[1]) > _LONGEST_DAYS:
            path = ("solutions", name, "autoTrainingConfig", "schedulingExpression")
            yield Violation(
                path, f"automatic training cannot run at `{expression}`", "Write rate(1 day) to rate(30 days)."
            )


BOTH = Rule(
    "training-twice",
    "Either the schedules or the service train a solution.",
    "developer guide, solution-config-auto-training",
    _check_both,
    silenceable=True,
)
RATE = Rule(
    "auto-training-rate",
    "Automatic training runs every 1 to 30 days.",
    "developer guide, solution-config-auto-training",
    _check_rate,
)
