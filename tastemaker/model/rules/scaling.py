"""Scaling that contradicts itself, or follows a metric that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.recipes import RecipeType
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.rules.expressions import find_expression_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.scaling import Scaling
    from tastemaker.model.source import Path


def _scaled(declaration: Declaration) -> Iterator[tuple[Path, Scaling]]:
    for section, entries in (
        ("campaigns", declaration.project.campaigns),
        ("recommenders", declaration.project.recommenders),
    ):
        for name, entry in entries.items():
            if entry.scaling is not None:
                yield (section, name, "scaling"), entry.scaling


def _check_caps(declaration: Declaration) -> Iterator[Violation]:
    for path, scaling in _scaled(declaration):
        if scaling.maximum < scaling.minimum:
            message = f"maximum {scaling.maximum} is less than minimum {scaling.minimum}"
            yield Violation((*path, "maximum"), message, "Exchange the two.")
        for entry in scaling.schedule:
            if not scaling.minimum <= entry.min_provisioned_tps <= max(scaling.minimum, scaling.maximum):
                message = f"a schedule wants {entry.min_provisioned_tps}, which is outside the caps"
                hint = f"Allowed are {scaling.minimum} to {scaling.maximum}: change the entry or the caps."
                yield Violation((*path, "schedule"), message, hint)


def _check_schedule(declaration: Declaration) -> Iterator[Violation]:
    for path, scaling in _scaled(declaration):
        for entry in scaling.schedule:
            problem = find_expression_problem(entry.at)
            if problem is not None:
                hint = "For example: at(2027-11-26T06:00:00) or cron(0 6 ? * FRI *)."
                yield Violation((*path, "schedule"), f"`at` is no schedule expression: {problem}", hint)


def _check_metric(declaration: Declaration) -> Iterator[Violation]:
    for name, campaign, recipe in declaration.campaigns():
        if recipe.type is RecipeType.PERSONALIZED_ACTIONS and campaign.scaling and campaign.scaling.traffic:
            message = "Amazon Personalize counts no requests for actions, so traffic cannot be followed"
            yield Violation(("campaigns", name, "scaling", "traffic"), message, "Use schedule.", at_key=True)


CAPS = Rule("scaling-caps", "Capacity stays within its caps.", "our own", _check_caps)
SCHEDULE = Rule(
    "scaling-schedule", "Scaling schedules are rate, cron or at expressions.", "EventBridge Scheduler", _check_schedule
)
METRIC = Rule(
    "scaling-metric",
    "Traffic is followed only where it is counted.",
    "developer guide, cloudwatch-metrics",
    _check_metric,
)
