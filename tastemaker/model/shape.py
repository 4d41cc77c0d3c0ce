"""From a tree of plain values to a Project: keys and types, all mistakes at once.

What does not fit is cut out and the rest is read again, so that the rules see as much of the project as can be read.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from tastemaker.errors import Finding
from tastemaker.model.project import Project
from tastemaker.model.suggest import build_hint, find_close_match

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

    from tastemaker.model.source import Path, Source

NOT_YET: Mapping[Path, str] = {
    ("datasets", "actions"): "Actions datasets",
    ("datasets", "actionInteractions"): "Action interactions datasets",
}
"""Keys that a later version will know; better told apart from a typing mistake."""

MOVED: Mapping[Path, str] = {
    ("deploy", "monitoring", "monthlyBudgetUsd"): "Write `budget`, at the top of the file or of the environment.",
}
"""Keys of earlier versions, wherever they stand, and what is written now."""

_STAND_INS: Mapping[str, Any] = {"project": "project", "datasets": {}}
"""What required keys of the root are read as while their own value is wrong."""

_EXPECTED = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "tuple_type": "a list",
}
_LIMITS = {
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} character",
    "too_short": "must have at least {min_length} entry",
    "too_long": "must have at most {max_length} entries",
}
_KINDS = ((bool, "true/false"), (int, "a number"), (float, "a number"), (str, "text"), (list, "a list"))


@dataclass(frozen=True)
class Shape:
    """The part of the file that could be read.

    Attributes:
        project: without the broken parts.
        broken: paths that were cut out, or whose key was probably meant.
        findings: one for each part that was cut out.
    """

    project: Project
    broken: frozenset[Path]
    findings: tuple[Finding, ...]


def build_shape(source: Source) -> Shape:
    """Read the tree; `findings` is empty exactly when all of it fits."""
    tree = copy.deepcopy(source.tree)
    findings: list[Finding] = []
    broken: set[Path] = set()
    first = True
    while True:
        try:
            project = Project.model_validate(tree)
        except ValidationError as error:
            details = error.errors(include_url=False)
        else:
            return Shape(project, frozenset(broken), tuple(findings))
        if first:  # later rounds only meet the holes that the first one cut
            findings = [_build_finding(source, detail) for detail in details]
            first = False
        for detail in details:
            broken.update(_cut_out(tree, _read_path(source.tree, detail), detail))


def _read_path(tree: object, detail: ErrorDetails) -> Path:
    """The error's place as written: pydantic's own additions (`[key]`, expanded short forms) are left out."""
    path: list[str | int] = []
    for part in detail["loc"]:
        exists = part in tree if isinstance(tree, dict) else isinstance(tree, list) and isinstance(part, int)
        if not exists:
            return (*path, part) if detail["type"] == "missing" else tuple(path)
        path.append(part)
        tree = tree[part]  # type: ignore[index]  # `exists` has told that it is a dict or a list
    return tuple(path)


def _cut_out(tree: dict[str, Any], path: Path, detail: ErrorDetails) -> set[Path]:
    """Remove the smallest part that makes the rest readable; a list goes as a whole."""
    path = path[:-1] if detail["type"] == "missing" and len(path) > 1 else path
    path = path[: next((at for at, part in enumerate(path) if isinstance(part, int)), len(path))]
    if len(path) == 1 and path[0] in _STAND_INS:
        tree[str(path[0])] = copy.deepcopy(_STAND_INS[str(path[0])])
        return {path}
    parent: Any = tree
    for part in path[:-1]:
        parent = parent.get(part) if isinstance(parent, dict) else None
    if isinstance(parent, dict):
        parent.pop(path[-1], None)
    return {path, *_meant(path, detail)}


def _meant(path: Path, detail: ErrorDetails) -> set[Path]:
    if detail["type"] != "extra_forbidden":
        return set()
    close = find_close_match(str(path[-1]), _known_keys(path[:-1]))
    return set() if close is None else {(*path[:-1], close)}


def _build_finding(source: Source, detail: ErrorDetails) -> Finding:
    path = _read_path(source.tree, detail)
    at_key = detail["type"] in {"extra_forbidden", "missing"} or (detail["loc"] and detail["loc"][-1] == "[key]")
    spot = source.locations.find_key(path) if at_key else source.locations.find(path)
    rule, message, hint = _word(path, detail)
    return Finding(source.file, *spot, rule, message, hint)


def _word(path: Path, detail: ErrorDetails) -> tuple[str, str, str]:
    """Rule, message and hint."""
    kind, where = detail["type"], show_path(path)
    if kind == "extra_forbidden":
        return _word_unknown_key(path)
    if kind == "missing":
        parent = show_path(path[:-1]) or "the file"
        return "missing-key", f"`{path[-1]}` is missing in {parent}", f"Add `{path[-1]}: …`."
    if kind == "literal_error":
        known = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return _word_choice(where, detail, known)
    expected = _EXPECTED.get(kind)
    if expected is not None:
        found = _show_value(detail["input"])
        return "wrong-type", f"{where} must be {expected}, not {found}", _type_hint(kind, detail["input"])
    limit = _LIMITS.get(kind, detail["msg"].lower()).format(**detail.get("ctx", {}))
    return "wrong-value", f"{where} {limit}, not {_show_value(detail['input'])}", "Change the value."


def _word_choice(where: str, detail: ErrorDetails, known: list[str]) -> tuple[str, str, str]:
    found = detail["input"]
    subject = f"unknown key in {where.rpartition('.')[0]}" if detail["loc"][-1] == "[key]" else f"{where} cannot be"
    return "wrong-value", f"{subject} {_show_value(found)}", build_hint(str(found), known, "Possible")


def _word_unknown_key(path: Path) -> tuple[str, str, str]:
    if path in NOT_YET:
        return "not-yet", f"{NOT_YET[path]} are not supported yet", "Remove this dataset for now."
    where = f" in {show_path(path[:-1])}" if len(path) > 1 else ""
    if path[-3:] in MOVED:
        return "moved-key", f"`{path[-1]}`{where} has moved", MOVED[path[-3:]]
    hint = build_hint(str(path[-1]), _known_keys(path[:-1]), "Known here")
    return "unknown-key", f"unknown key `{path[-1]}`{where}", hint


def _type_hint(kind: str, value: object) -> str:
    if kind == "bool_type" and isinstance(value, str) and value.lower() in {"yes", "no", "on", "off", "true", "false"}:
        return f"In YAML 1.2 write {'true' if value.lower() in {'yes', 'on', 'true'} else 'false'}, without quotes."
    if kind == "string_type" and isinstance(value, (bool, int, float)):
        return "Put it in quotes."
    return ""


def _show_value(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "a mapping"
    name = next((name for kind, name in _KINDS if isinstance(value, kind)), type(value).__name__)
    return name if isinstance(value, list) else f"`{str(value).lower() if isinstance(value, bool) else value}` ({name})"


def show_path(path: Path) -> str:
    """`campaigns.for-you.solution`."""
    return ".".join(str(part) for part in path)


def _known_keys(path: Path) -> list[str]:
    """The keys that a mapping at this path may have, in the model's order; [] where any name is allowed."""
    kind: Any = Project
    for part in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = next((f.annotation for f in kind.model_fields.values() if f.alias == part), None)
        else:
            kind = get_args(kind)[-1] if get_args(kind) else None
        kind = _strip_optional(kind)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return []
    return [str(found.alias) for found in kind.model_fields.values()]


def _strip_optional(kind: Any) -> Any:
    if get_origin(kind) is not None and type(None) in get_args(kind):
        return next(part for part in get_args(kind) if part is not type(None))
    if not isinstance(kind, type) and type(None) in get_args(kind):  # X | None
        return next(part for part in get_args(kind) if part is not type(None))
    return kind
