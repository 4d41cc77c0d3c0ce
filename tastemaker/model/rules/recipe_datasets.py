"""A recipe trains on a dataset that the project does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.datasets import InteractionsDataset, ItemsDataset, UsersDataset
from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYS = {dataset.dataset_type: dataset.key for dataset in (InteractionsDataset, ItemsDataset, UsersDataset)}


def _check(declaration: Declaration) -> Iterator[Violation]:
    for name, _, recipe in declaration.solutions():
        for dataset_type in recipe.needs:
            key = _KEYS.get(dataset_type)
            path = ("solutions", name, "recipe")
            if key is None:
                message = f"recipe `{recipe.name}` needs the dataset {dataset_type}, which is not supported yet"
                yield Violation(path, message, "Use another recipe for now.")
            elif not declaration.declares("datasets", key):
                message = f"recipe `{recipe.name}` needs the dataset `{key}`"
                yield Violation(path, message, f"Declare datasets.{key}, or use another recipe.")


RULE = Rule(
    "recipe-needs-dataset",
    "Every dataset that a recipe needs is declared.",
    "developer guide, working-with-predefined-recipes",
    _check,
)
