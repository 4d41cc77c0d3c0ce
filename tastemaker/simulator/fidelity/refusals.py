"""What the simulator refuses by name, read from its own source, so that the list cannot fall behind."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tastemaker.simulator.fidelity.recipes import parse_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_REFUSAL = "UnsupportedBySimulatorError"
_GENERAL = frozenset({"tastemaker.simulator.service"})
"""Modules that refuse whole operations: the page has those elsewhere."""


def find_refusals(modules: Iterable[str]) -> list[str]:
    """What follows "Not simulated:" in each refusal, sorted; variable parts are `…`."""
    found = {text for module in modules if module not in _GENERAL for text in _in_module(parse_module(module))}
    return sorted(found)


def _in_module(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _REFUSAL and node.args:
            yield _text(node.args[0])


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return "…"
