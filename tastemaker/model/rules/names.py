"""Names of AWS resources: pattern, and length with the project's name in front."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tastemaker.facts.limits import MAX_NAME_LENGTH, NAME_PATTERN
from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.source import Path

LONGEST_PROJECT = 24
"""Leaves room for `-data-<account>-<region>` in a bucket's name, the longest one derived from the project alone."""

LONGEST_ENVIRONMENT = 8
"""As long as `tastemaker.plan.build` allows; `-<environment>-` stands between project and name."""

_TAILS = {"filters": 9, "batch": 16}
"""A filter's name on AWS ends in a hyphen and eight digits of its expression's hash, a batch job's in its moment."""

_PROJECT = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def _check_project(declaration: Declaration) -> Iterator[Violation]:
    name = declaration.project.project
    if ("project",) in declaration.broken:
        return
    if _PROJECT.fullmatch(name) is None:
        hint = "Use lower-case letters, digits and single hyphens; start with a letter."
        yield Violation(("project",), f"`{name}` cannot be a project name", hint)
    elif len(name) > LONGEST_PROJECT:
        hint = f"Use at most {LONGEST_PROJECT} characters: it is the prefix of every name on AWS."
        yield Violation(("project",), f"the project name is {len(name)} characters long", hint)


def _check_names(declaration: Declaration) -> Iterator[Violation]:
    project = 0 if ("project",) in declaration.broken else len(declaration.project.project)
    room = MAX_NAME_LENGTH - min(project, LONGEST_PROJECT) - LONGEST_ENVIRONMENT - 2
    for path, name in _written(declaration):
        at_key = path[0] in _SECTIONS
        longest = MAX_NAME_LENGTH if path[0] == "datasetGroup" else room - _TAILS.get(str(path[0]), 0)
        if NAME_PATTERN.fullmatch(name) is None:
            hint = "Use letters, digits, hyphens and underscores; start with a letter or digit."
            yield Violation(path, f"`{name}` cannot be a name in Amazon Personalize", hint, at_key)
        elif len(name) > longest:
            message = f"`{name}` is {len(name)} characters long, {longest} are left beside project and environment"
            yield Violation(path, message, "Shorten it: names on AWS end at 63 characters.", at_key)


_SECTIONS = ("filters", "solutions", "campaigns", "recommenders", "batch")


def _written(declaration: Declaration) -> Iterator[tuple[Path, str]]:
    project = declaration.project
    for section in _SECTIONS:
        for name in declaration.names(section):
            yield (section, name), name
    if project.dataset_group.name is not None:
        yield ("datasetGroup", "name"), project.dataset_group.name
    if project.event_tracker is not None:
        yield ("eventTracker", "name"), project.event_tracker.name
    if project.metric_attribution is not None:
        yield ("metricAttribution", "name"), project.metric_attribution.name


PROJECT = Rule("project-name", "The project's name is kebab-case and short.", "our own", _check_project)
NAMES = Rule(
    "resource-name", "Resource names fit the service's pattern and 63 characters.", "API, shape Name", _check_names
)
