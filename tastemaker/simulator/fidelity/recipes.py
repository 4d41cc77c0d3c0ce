"""Which recipes are trained, and which of their hyperparameters change anything: read from the code itself."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tastemaker.facts.recipes import RECIPES as FACTS
from tastemaker.simulator.control.solution_config import parameter_names
from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.recipes.registry import RECIPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.facts.recipes import RecipeFacts

_PACKAGE = "tastemaker.simulator.recipes"
_FEATURIZATION = "tastemaker.simulator.featurization"
"""Acts on the data before any recipe does."""


def recipe_records() -> Iterator[Fidelity]:
    """All recipes in the order of the guide. No trained one is exact: the service's algorithms are not published."""
    for name, facts in FACTS.items():
        grade, note = _judge(facts)
        yield Fidelity("Recipes", name, grade, note, f"Developer Guide, native-recipe-{name.removeprefix('aws-')}")


def _judge(facts: RecipeFacts) -> tuple[Grade, str]:
    if facts.withdrawn:
        return Grade.EXACT, "Withdrawn: new solutions are refused."
    if facts.name not in RECIPES:
        return Grade.ABSENT, "CreateSolution refuses it by name."
    return Grade.APPROXIMATE, f"{_about(facts.name)} {_hyperparameters(facts)}"


def _about(name: str) -> str:
    """First line of the module's docstring, without the names of the recipes."""
    text = inspect.getdoc(sys.modules[type(RECIPES[name]).__module__]) or ""
    line = text.partition("\n")[0].partition(": ")[2].strip()
    return f"{line[:1].upper()}{line[1:].removesuffix('.')}." if line else "Trained."


def _hyperparameters(facts: RecipeFacts) -> str:
    names = parameter_names(facts)
    if not names:
        return "It has no hyperparameters."
    read = used_names(type(RECIPES[facts.name]).__module__) | used_names(_FEATURIZATION)
    active, idle = [n for n in names if n in read], [n for n in names if n not in read]
    parts = [f"{_listed(active)} {'has' if len(active) == 1 else 'have'} an effect"] if active else []
    if idle:
        parts.append(f"{_listed(idle)} {'is' if len(idle) == 1 else 'are'} checked and stored, without effect")
    return "Hyperparameters: " + "; ".join(parts) + "."


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


@cache
def used_names(module: str) -> frozenset[str]:
    """Strings that stand in the code of a recipe's module and of those that it builds upon; comments do not count."""
    found: set[str] = set()
    todo, known = [module], {module}
    while todo:
        tree = parse_module(todo.pop())
        found |= {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        for node in ast.walk(tree):
            name = node.module if isinstance(node, ast.ImportFrom) else None
            if name is not None and name.startswith(_PACKAGE + ".") and name not in known:
                known.add(name)
                todo.append(name)
    return frozenset(found)


@cache
def parse_module(name: str) -> ast.Module:
    """The syntax tree of a module of this package."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name)
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
