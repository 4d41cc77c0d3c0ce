"""A recommender needs a domain dataset group with its use case's data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.domain_fields import DOMAIN_FIELDS
from tastemaker.facts.use_cases import USE_CASES, find_use_case
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYS = {"INTERACTIONS": "interactions", "ITEMS": "items", "USERS": "users"}


def _check_use_case(declaration: Declaration) -> Iterator[Violation]:
    domain = declaration.project.dataset_group.domain
    for name, recommender in declaration.project.recommenders.items():
        path, case = ("recommenders", name, "recipe"), find_use_case(recommender.recipe)
        if case is None:
            hint = build_hint(recommender.recipe, USE_CASES, "Use cases")
            yield Violation(path, f"unknown use case `{recommender.recipe}`", hint)
            continue
        if case.domain != domain and not declaration.broken & {("datasetGroup",), ("datasetGroup", "domain")}:
            message = f"use case `{case.name}` belongs to domain {case.domain}"
            yield Violation(path, message, f"Write datasetGroup: {{domain: {case.domain}}}; a group has one domain.")
        for kind in case.needs:
            if not declaration.declares("datasets", _KEYS[kind]):
                message = f"use case `{case.name}` needs the dataset `{_KEYS[kind]}`"
                yield Violation(path, message, f"Declare datasets.{_KEYS[kind]}.")


def _check_columns(declaration: Declaration) -> Iterator[Violation]:
    domain = declaration.project.dataset_group.domain
    for dataset in declaration.project.datasets.declared():
        for field in DOMAIN_FIELDS.get((domain or "", dataset.dataset_type), ()):
            path = ("datasets", dataset.key, "schema")
            if field.required and not declaration.declares(*path, field.name):
                message = f"domain {domain} wants the column {field.name} in {dataset.key}"
                kind = f"{{type: {field.type}, categorical: true}}" if field.categorical else field.type
                yield Violation(path, message, f"Add `{field.name}: {kind}`.")


USE_CASE = Rule(
    "recommender-use-case",
    "A recommender's use case fits the domain of the dataset group and its datasets.",
    "developer guide, ECOMMERCE-use-cases and VIDEO_ON_DEMAND-use-cases",
    _check_use_case,
)
COLUMNS = Rule(
    "domain-required-column",
    "Datasets of a domain have the columns that the domain wants.",
    "developer guide, ECOMMERCE-datasets and VIDEO-datasets",
    _check_columns,
)
