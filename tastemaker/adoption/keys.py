"""Keys of the project file for names on AWS, and the names that do not follow from the keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.facts.limits import MAX_NAME_LENGTH
from tastemaker.model.environments import ENVIRONMENT_NAME
from tastemaker.model.rules.names import LONGEST_ENVIRONMENT, LONGEST_PROJECT
from tastemaker.plan.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tastemaker.adoption.inventory import Inventory

_OWN_SCHEMA = re.compile(r"(.+)-(interactions|items|users)-[0-9a-f]{8}")
_HASH_LENGTH = 9


@dataclass(frozen=True)
class Identity:
    """What the project is called, and in which environment what was found shall be."""

    project: str
    environment: str
    dataset_group: str

    @property
    def names(self) -> Names:
        """By rule."""
        return Names(self.project, self.environment, self.dataset_group)


def find_identity(inventory: Inventory, project: str | None, environment: str | None, fallback: str) -> Identity:
    """The project's own name and environment where Tastemaker made the dataset group, else what is given.

    Args:
        project, environment: as the user wishes; None leaves it to what is found.
        fallback: project of a dataset group that something else made.
    """
    found = _find_own(inventory)
    own_project, own_environment = found if found is not None else (fallback, "dev")
    return Identity(project or own_project, environment or own_environment, inventory.group.name)


def _find_own(inventory: Inventory) -> tuple[str, str] | None:
    """Only Tastemaker names schemas by project, environment, dataset and a hash."""
    for dataset in inventory.datasets:
        match = _OWN_SCHEMA.fullmatch(dataset.schema.name)
        if match is not None and match[2] == dataset.key:
            project, _, environment = match[1].rpartition("-")
            if project and len(project) <= LONGEST_PROJECT and ENVIRONMENT_NAME.fullmatch(environment):
                return project, environment
    return None


def choose_keys(names: Iterable[str], prefix: str, tail: int = 0) -> dict[str, str]:
    """Name on AWS to key: without the project's prefix; too long ones are cut, and no two are alike.

    Args:
        prefix: `<project>-<environment>`.
        tail: characters that the rule for names puts behind the key.
    """
    keys: dict[str, str] = {}
    longest = MAX_NAME_LENGTH - LONGEST_PROJECT - LONGEST_ENVIRONMENT - 2 - tail
    for name in names:
        key = name.removeprefix(f"{prefix}-") or name
        keys[name] = _make_unique(key[:longest], set(keys.values()), longest)
    return keys


def choose_filter_keys(names: Iterable[str], prefix: str) -> dict[str, str]:
    """As above; a hash at the end of one of the project's own names is no part of the key."""
    found = list(names)
    bare = {name: _strip_hash(name, prefix) for name in found}
    keys = choose_keys(bare.values(), prefix, _HASH_LENGTH) if len(set(bare.values())) == len(found) else {}
    return {name: keys[bare[name]] for name in found} if keys else choose_keys(found, prefix, _HASH_LENGTH)


def _strip_hash(name: str, prefix: str) -> str:
    return re.sub(r"-[0-9a-f]{8}$", "", name) if name.startswith(f"{prefix}-") else name


def _make_unique(key: str, taken: set[str], longest: int) -> str:
    candidate, number = key, 2
    while candidate in taken:
        ending = f"-{number}"
        candidate, number = key[: longest - len(ending)] + ending, number + 1
    return candidate
