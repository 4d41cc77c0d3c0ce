"""Rules about names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.declared import all_declared
from tastemaker.facts.limits import MAX_NAME_LENGTH, NAME_PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.constructs.rules.templates import Templates


def _check_names(templates: Templates) -> Iterator[Violation]:
    for found in all_declared(templates):
        name = found.literal("Name") if found.operation.startswith("Create") else None
        if not isinstance(name, str):
            continue
        if NAME_PATTERN.fullmatch(name) is None:
            message = f"{name!r} is no name: letters, digits, hyphens and underscores, a letter or digit first"
            yield Violation(found.resource, found.at("Name"), message)
        elif len(name) > MAX_NAME_LENGTH:
            message = f"the name has {len(name)} characters; {MAX_NAME_LENGTH} are allowed"
            yield Violation(found.resource, found.at("Name"), message)


def _check_jobs(templates: Templates) -> Iterator[Violation]:
    for found in all_declared(templates):
        if found.literal("JobName") is not None and not found.is_resource:
            message = f"the job name {found.literal('JobName')!r} is written out: the second run finds it taken"
            yield Violation(found.resource, found.at("JobName"), message)


NAMES = Rule(
    "resource-name", "Names have the service's pattern and length.", "Shorten it, or replace the other characters.",
    "API, shape Name", Severity.ERROR, _check_names,
)  # fmt: skip
JOBS = Rule(
    "job-name", "Jobs have names that are new at every run.", "Put the execution's name or start time into it.",
    "API, CreateDatasetImportJob", Severity.ERROR, _check_jobs,
)  # fmt: skip
