"""Names at the top level of an expression: they ask for a context item, which Step Functions does not have.

Source: developer guide, "Transforming data with JSONata in Step Functions": data is in `$states` and in variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def find_top_level_names(node: Any) -> Iterator[str]:
    """Names that a parsed expression reads outside of any path, in their order; functions' bodies are left out."""
    match getattr(node, "type", None):
        case "name":
            yield node.value
        case "path":
            yield from find_top_level_names(node.steps[0])  # the others are looked up in what it gives
        case "function" | "partial":
            for argument in node.arguments or ():
                yield from find_top_level_names(argument)
        case "binary" | "apply" | "bind" | "unary" | "block" | "condition":
            for part in _parts(node):
                yield from find_top_level_names(part)


def _parts(node: Any) -> Iterator[Any]:
    yield from (getattr(node, name) for name in ("lhs", "rhs", "expression", "condition", "then", "_else"))
    yield from node.expressions or ()
    for pair in node.lhs_object or ():
        yield from pair
