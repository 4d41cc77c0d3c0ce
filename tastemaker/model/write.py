"""A project file as text: the inverse of `load.py`, with remarks for its reader."""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.model.source import Path

WIDTH = 120
SECTION_NOTES: Mapping[str, str] = {
    "sources": "Raw files become tables for the SQL below. Paths are relative to this file.",
    "datasets": "What Amazon Personalize learns from.",
    "eventTracker": "Live events go here and change the next recommendation.",
    "solutions": "What is trained.",
    "campaigns": "What answers requests. Each campaign is billed for its minimum, asked or not: see tastemaker cost.",
    "release": "A new version serves only if it is not much worse than the one that serves now.",
}
_PLAIN = re.compile(r"[A-Za-z_][^\n]*")
_NOT_PLAIN = re.compile(r": |:$| #|\s$|[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]|\u2028|\u2029|\ufeff")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
"""Not text for one reader of YAML or another."""


def build_text(tree: Mapping[str, Any], notes: Mapping[Path, str]) -> str:
    """YAML 1.2; sections are set apart and say what they are for, small mappings stand in one line.

    Args:
        tree: mappings with text keys, lists, text, numbers, booleans and None; in the order to be written.
        notes: path of keys to a remark that stands above it, instead of what is said of a section by itself.
    """
    notes = {**{(section,): note for section, note in SECTION_NOTES.items()}, **notes}
    lines: list[str] = []
    for key, value in tree.items():
        lines += [
            *([""] if lines and (isinstance(value, dict) or (key,) in notes) else []),
            *_write(key, value, (), notes),
        ]
    return "\n".join(lines) + "\n"


def write_remark(text: str, indent: str = "") -> list[str]:
    """Lines of a comment, whatever the text holds."""
    clean = "".join(one if one.isprintable() else " " for one in text)
    return textwrap.wrap(clean, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def _write(key: str, value: Any, parents: tuple[str, ...], notes: Mapping[Path, str]) -> Iterator[str]:
    path = (*parents, key)
    indent = "  " * len(parents)
    if path in notes:
        yield from write_remark(notes[path], indent)
    head = f"{indent}{_write_scalar(key, flow=False)}:"
    if not isinstance(value, (dict, list)):
        yield f"{head} {_write_scalar(value, flow=False)}"
    elif _fits(head, value, path, notes):
        yield f"{head} {_write_flow(value)}"
    elif isinstance(value, list):
        yield head
        yield from (f"{indent}  - {_write_flow(one)}" for one in value)
    else:
        yield head
        for name, inner in value.items():
            yield from _write(name, inner, path, notes)


def _fits(head: str, value: Any, path: tuple[str, ...], notes: Mapping[Path, str]) -> bool:
    """One line holds a mapping of scalars, a single word where it is a whole section; and a list."""
    if any(noted[: len(path)] == path for noted in notes if len(noted) > len(path)):
        return False
    inside = list(value.values()) if isinstance(value, dict) else []
    nested = any(isinstance(one, dict) and one for one in inside)
    long = len(path) == 1 and (len(inside) > 1 or any(isinstance(one, str) and " " in one for one in inside))
    return not value or (not nested and not long and len(head) + 1 + len(_write_flow(value)) <= WIDTH)


def _write_flow(value: Any) -> str:
    if isinstance(value, dict):
        inside = (f"{_write_scalar(key, flow=True)}: {_write_flow(one)}" for key, one in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_write_flow(one) for one in value) + "]"
    return _write_scalar(value, flow=True)


def _write_scalar(value: Any, *, flow: bool) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    plain = _PLAIN.fullmatch(value) and not _NOT_PLAIN.search(value) and value.lower() not in _WORDS
    if plain and not (flow and re.search(r"[,\[\]{}?:]", value)):
        return value
    return "".join(_escape(one) for one in json.dumps(value, ensure_ascii=False))


def _escape(one: str) -> str:
    """What YAML wants to see only as an escape, although JSON does not mind."""
    if one.isprintable() and one not in "\u2028\u2029\ufeff":
        return one
    return f"\\u{ord(one):04x}" if ord(one) <= 0xFFFF else f"\\U{ord(one):08x}"
