"""What a rule is, and what it may look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.facts.recipes import RecipeFacts, find_recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tastemaker.model.project import Project
    from tastemaker.model.solutions import Campaign, Solution
    from tastemaker.model.source import Path, Source


@dataclass(frozen=True)
class Violation:
    """One place where a rule is broken.

    Attributes:
        path: what the finding points at; where it is not written, its nearest parent.
        at_key: point at the key, not at its value.
        offset: characters behind the value's first one.
    """

    path: Path
    message: str
    hint: str = ""
    at_key: bool = False
    offset: int = 0


@dataclass(frozen=True)
class Rule:
    """One thing that must hold across the project file.

    Attributes:
        id: stable, kebab-case.
        summary: one sentence for the reference documentation.
        source: AWS page, section of the reference or decision.
        silenceable: a plan can be built all the same; the project may silence the rule and say why.
    """

    id: str
    summary: str
    source: str
    check: Callable[[Declaration], Iterable[Violation]]
    silenceable: bool = False


@dataclass(frozen=True)
class Declaration:
    """A project file under check: what could be read, and all that was written.

    Attributes:
        project: without the parts that could not be read.
        broken: paths of those parts. A rule stays silent about what depends on them.
    """

    project: Project
    source: Source
    broken: frozenset[Path]

    def declares(self, *path: str) -> bool:
        """Whether the file holds this key; true also when that part of the file could not be read."""
        node: Any = self.source.tree
        for length, part in enumerate(path, start=1):
            if path[:length] in self.broken:
                return True
            if not isinstance(node, dict) or part not in node:
                return False
            node = node[part]
        return True

    def names(self, *path: str) -> list[str]:
        """The keys written at this path, readable or not."""
        node: Any = self.source.tree
        for part in path:
            node = node.get(part) if isinstance(node, dict) else None
        return list(node) if isinstance(node, dict) else []

    def solutions(self) -> Iterator[tuple[str, Solution, RecipeFacts]]:
        """Solutions with a recipe that exists, in the file's order."""
        for name, solution in self.project.solutions.items():
            recipe = find_recipe(solution.recipe)
            if recipe is not None:
                yield name, solution, recipe

    def campaigns(self) -> Iterator[tuple[str, Campaign, RecipeFacts]]:
        """Campaigns whose solution and recipe are known, in the file's order."""
        recipes = {name: recipe for name, _, recipe in self.solutions()}
        for name, campaign in self.project.campaigns.items():
            if campaign.solution in recipes:
                yield name, campaign, recipes[campaign.solution]
