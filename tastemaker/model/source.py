"""YAML text to plain values, remembering where every key and value stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tastemaker.errors import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list indexes from the root of the file, as written: `("campaigns", "for-you", "solution")`."""

Spot: TypeAlias = tuple[int, int]
"""Line and column, both 1-based."""

DEEPEST = 50
"""A project file needs six levels; composing is recursive and must not depend on Python's limit."""

_TAG = "tag:yaml.org,2002:"
_CONVERTED = {_TAG + name for name in ("int", "float", "bool", "null")}
_TEXT = {_TAG + name for name in ("str", "timestamp", "value", "merge")}


@dataclass(frozen=True)
class Locations:
    """Where keys and values stand in one file."""

    keys: Mapping[Path, Spot] = field(default_factory=dict)
    values: Mapping[Path, Spot] = field(default_factory=dict)

    def find_key(self, path: Path) -> Spot:
        """Where the last key of the path stands; the nearest parent that exists; else the file's first character."""
        return next((self.keys[part] for part in _prefixes(path) if part in self.keys), (1, 1))

    def find(self, path: Path) -> Spot:
        """Where a scalar value stands, or the key of a mapping or list; else the same of the nearest parent."""
        for part in _prefixes(path):
            spot = self.values.get(part) or self.keys.get(part)
            if spot is not None:
                return spot
        return (1, 1)


@dataclass(frozen=True)
class Source:
    """One YAML file as written.

    Attributes:
        file: path as the user gave it.
        tree: mappings with text keys, lists and scalars; {} when the file is no mapping.
        findings: syntax errors, duplicate keys, keys that are no text, unknown tags.
    """

    file: str
    tree: dict[str, Any]
    locations: Locations
    findings: tuple[Finding, ...]


def parse_yaml(file: str, text: str) -> Source:
    """Read YAML 1.2. Never raises for what the text holds; of duplicate keys the first one counts."""
    try:
        deep = _find_too_deep(text)
        node = YAML(typ="safe", pure=True).compose(text) if deep is None else None
    except YAMLError as error:
        return Source(file, {}, Locations(), (_syntax_finding(file, error),))
    if deep is not None:
        message = f"the file is nested more than {DEEPEST} levels deep"
        return Source(
            file, {}, Locations(), (Finding(file, *deep, "yaml-syntax", message, "Look for a stray bracket."),)
        )
    reader = _Reader(file)
    if node is None:
        reader.note((1, 1), "empty-file", "the file declares nothing", "Start with `project: my-project`.")
    elif not isinstance(node, MappingNode):
        reader.note(_spot(node), "wrong-type", "the file must be a mapping (key: value)", "Start with `project: …`.")
    tree = reader.read(node, ()) if isinstance(node, MappingNode) else {}
    return Source(file, tree, Locations(reader.keys, reader.values), tuple(reader.findings))


def _find_too_deep(text: str) -> Spot | None:
    """Where the first mapping or list beyond DEEPEST begins; reading events needs no recursion."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                return event.start_mark.line + 1, event.start_mark.column + 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
    return None


class _Reader:
    """Walks a node tree once; collects values, places and findings."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.keys: dict[Path, Spot] = {}
        self.values: dict[Path, Spot] = {}
        self.findings: list[Finding] = []
        self._open: list[int] = []
        self._constructor = YAML(typ="safe", pure=True).constructor

    def note(self, spot: Spot, rule: str, message: str, hint: str) -> None:
        self.findings.append(Finding(self.file, *spot, rule, message, hint))

    def read(self, node: Node, path: Path) -> Any:
        if id(node) in self._open:
            self.note(_spot(node), "yaml-syntax", "an alias refers to a node that holds it", "Write the value out.")
            return None
        self._open.append(id(node))
        try:
            if isinstance(node, MappingNode):
                return self._mapping(node, path)
            if isinstance(node, SequenceNode):
                return [self.read(part, (*path, index)) for index, part in enumerate(node.value)]
            return self._scalar(node, path)
        finally:
            self._open.pop()

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, spot = key_node.value, _spot(key_node)
            if not isinstance(key_node, ScalarNode):
                self.note(spot, "wrong-type", "a key must be text", "Use a single word as the key.")
            elif key in found:
                line = self.keys[(*path, key)][0]
                self.note(spot, "duplicate-key", f"key `{key}` is already set in line {line}", "Keep one of the two.")
            else:
                self.keys[(*path, key)] = spot
                found[key] = self.read(value_node, (*path, key))
        return found

    def _scalar(self, node: Node, path: Path) -> Any:
        self.values[path] = _spot(node)
        tag = str(node.tag)
        if tag in _CONVERTED:
            try:
                return self._constructor.construct_object(node)
            except (ValueError, KeyError):
                self.note(_spot(node), "wrong-type", f"`{node.value}` is no {tag.removeprefix(_TAG)}", "Drop the tag.")
        elif tag not in _TEXT:
            self.note(_spot(node), "yaml-tag", f"unknown YAML tag `{node.tag}`", "Write plain YAML without tags.")
        return node.value


def _prefixes(path: Path) -> list[Path]:
    return [path[:length] for length in range(len(path), 0, -1)]


def _spot(node: Node) -> Spot:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _syntax_finding(file: str, error: YAMLError) -> Finding:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Finding(file, 1, 1, "yaml-syntax", "the file holds characters that YAML does not allow")
    text = ", ".join(part for part in (error.context, error.problem) if part)
    mark = error.problem_mark
    return Finding(file, mark.line + 1, mark.column + 1, "yaml-syntax", text, "Check indentation, quotes and brackets.")
