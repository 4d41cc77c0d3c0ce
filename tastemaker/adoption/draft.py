"""A project file in the making: its tree, remarks for the reader, and where each part comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tastemaker.adoption.inventory import Place
    from tastemaker.errors import Finding
    from tastemaker.model.source import Path


@dataclass
class Draft:
    """Collects while an inventory is translated.

    Attributes:
        tree: by the project file's own words.
        notes: path in the tree to a remark that stands above it.
        origins: path in the tree to what it was made of.
    """

    tree: dict[str, Any] = field(default_factory=dict)
    notes: dict[Path, str] = field(default_factory=dict)
    origins: dict[Path, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def put(self, path: tuple[str, ...], value: Any, origin: Place | None = None, note: str = "") -> None:
        """Set one value; parents are made on the way."""
        node = self.tree
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = value
        if origin is not None:
            self.origins[path] = origin
        if note:
            self.notes[path] = note

    def remove(self, path: Path) -> Path:
        """Take a part out, and what then holds nothing; gives the outermost part that went."""
        node: Any = self.tree
        for part in path[:-1]:
            node = node[part]
        del node[path[-1]]
        return path if node or len(path) == 1 else self.remove(path[:-1])

    def find_origin(self, path: Path) -> Place | None:
        """Of the part itself or of the nearest one around it."""
        prefixes = (path[:length] for length in range(len(path), 0, -1))
        return next((self.origins[part] for part in prefixes if part in self.origins), None)

    def tell(self, *findings: Finding) -> None:
        self.findings.extend(findings)
