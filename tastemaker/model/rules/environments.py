"""Environments: their names, what they refer to, and every other rule once more for each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tastemaker.model.environments import ENVIRONMENT_NAME
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def check_environments(rule: Rule, declaration: Declaration, found: Sequence[Violation]) -> Iterator[Violation]:
    """What the rule finds in an environment and not in the project itself, at the environment's place."""
    for name in declaration.project.environments:
        merged = replace(declaration, project=declaration.project.in_environment(name))
        for violation in rule.check(merged):
            if violation not in found:
                message = f"in environment {name}: {violation.message}"
                yield replace(violation, path=("environments", name, *violation.path), message=message)


def _check_names(declaration: Declaration) -> Iterator[Violation]:
    for name in declaration.names("environments"):
        if ENVIRONMENT_NAME.fullmatch(name) is None:
            message = f"`{name}` cannot be an environment"
            hint = "Use 1 to 8 lower-case letters and digits, a letter first: it is part of every name on AWS."
            yield Violation(("environments", name), message, hint, at_key=True)


def _check_capacity(declaration: Declaration) -> Iterator[Violation]:
    for name, environment in declaration.project.environments.items():
        for section, keys in (
            ("campaigns", list(environment.campaigns)),
            ("recommenders", list(environment.recommenders)),
        ):
            known = declaration.names(section)
            for key in (key for key in keys if key not in known):
                message = f"the project has no `{key}` in {section}"
                hint = build_hint(key, known, "Declared")
                yield Violation(("environments", name, section, key), message, hint, at_key=True)


NAMES = Rule("environment-name", "Environments have short names.", "our own", _check_names)
CAPACITY = Rule(
    "environment-capacity", "Environments set the capacity of what the project declares.", "our own", _check_capacity
)
