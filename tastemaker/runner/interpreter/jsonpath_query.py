"""JSONPath as Step Functions reads it: definite paths give one value or nothing, indefinite ones a list.

Source: States Language, "Paths"; developer guide, "Using JSONPath paths". The service evaluates with the Java library
Jayway JsonPath, from which comes what the specification leaves open: a path is definite when it has only names and
single indices; only an indefinite one may find nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jsonpath import JSONPathEnvironment
from jsonpath.exceptions import JSONPathError

if TYPE_CHECKING:
    from jsonpath import CompoundJSONPath, JSONPath

MISSING = object()
"""What a definite path gives that leads nowhere."""

_ROOT = re.compile(r"\$\$|\$(?P<variable>[A-Za-z_]\w*)|\$")
_STEP = re.compile(
    r"\.(?P<name>[^\W\d][\w-]*)|\[(?P<index>-?\d+)\]|\['(?P<quoted>[^'\\]*)'\]|\[\"(?P<double>[^\"\\]*)\"\]"
)
_LENGTH = ".length()"
_ENVIRONMENT = JSONPathEnvironment()


class PathSyntaxError(ValueError):
    """A text that should be a path is none.

    Attributes:
        field: the member that holds it; empty where nobody knows yet.
        place: where in the state the service finds it, e.g. `/Parameters`; empty for the state itself.
    """

    def __init__(self, message: str, field: str = "", place: str = "") -> None:
        super().__init__(message)
        self.field, self.place = field, place


@dataclass(frozen=True, slots=True)
class Path:
    """One compiled path.

    Attributes:
        text: as it stands in the definition.
        variable: name of the variable that `$` stands for; None for `$` and `$$`.
        is_context: whether it starts at the context object, `$$`.
        steps: members and indices of a plain reference path, which needs no library; None for all others.
        query: the compiled path from `$` on.
        takes_length: whether it ended in `.length()`.
    """

    text: str
    variable: str | None
    is_context: bool
    steps: tuple[str | int, ...] | None
    query: JSONPath | CompoundJSONPath | None
    takes_length: bool = False

    def select(self, value: Any) -> Any:
        """What the path finds below `value`; MISSING when a definite path leads nowhere.

        Raises:
            JSONPathError: the filter cannot be evaluated on this value.
        """
        found = self._select(value)
        if self.takes_length:
            return len(found) if isinstance(found, list) else MISSING
        return found

    def _select(self, value: Any) -> Any:
        if self.steps is not None:
            return _walk(self.steps, value)
        if self.query is None:
            return value
        found = self.query.findall(value) if isinstance(value, dict | list) else []
        if not is_definite(self.query):
            return found
        return found[0] if found else MISSING


def is_definite(query: JSONPath | CompoundJSONPath) -> bool:
    """Whether a path has only names and single indices."""
    singular = getattr(query, "singular_query", None)
    return bool(singular is not None and singular())


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Path:
    """A path from its text.

    Raises:
        PathSyntaxError: says what is wrong.
    """
    root = _ROOT.match(text)
    if root is None:
        raise PathSyntaxError(f"'{text}' is not a path: it must begin with $")
    rest = text[root.end() :]
    takes_length = rest.endswith(_LENGTH)
    rest = rest.removesuffix(_LENGTH)
    steps = _steps(rest)
    try:
        query = None if steps is not None else _ENVIRONMENT.compile(f"${rest}")
    except JSONPathError as error:
        raise PathSyntaxError(f"'{text}' is not a path: {str(error).splitlines()[0]}") from error
    return Path(text, root["variable"], root[0] == "$$", steps, query, takes_length)


def compile_reference(text: str) -> Path:
    """A reference path, as ResultPath needs it: from `$`, names and indices only.

    Raises:
        PathSyntaxError: it is not one.
    """
    path = compile_path(text)
    if path.steps is None or path.variable or path.is_context or path.takes_length:
        raise PathSyntaxError(f"'{text}' is not a reference path: it may have names and indices only, from $")
    return path


def _steps(rest: str) -> tuple[str | int, ...] | None:
    """Steps of a plain path; None when it has more than names and indices."""
    steps: list[str | int] = []
    position = 0
    while position < len(rest):
        step = _STEP.match(rest, position)
        if step is None:
            return None
        if step["index"] is not None:
            steps.append(int(step["index"]))
        else:
            steps.append(next(name for name in (step["name"], step["quoted"], step["double"]) if name is not None))
        position = step.end()
    return tuple(steps)


def _walk(steps: tuple[str | int, ...], value: Any) -> Any:
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return MISSING
        elif not isinstance(value, list) or not -len(value) <= step < len(value):
            return MISSING
        value = value[step]
    return value


def place(path: Path, target: Any, value: Any) -> Any:
    """A copy of `target` with `value` where the reference path points; missing objects on the way are made.

    Raises:
        LookupError: the way leads through what cannot hold a member: the service's States.ResultPathMatchFailure.
    """
    assert path.steps is not None  # noqa: S101 - compile_reference checked it
    return _placed(path.steps, target, value)


def _placed(steps: tuple[str | int, ...], target: Any, value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        if not isinstance(target, dict):
            raise LookupError(step)  # noqa: TRY004 - the way leads nowhere, as below
        return {**target, step: _placed(rest, target.get(step, {}), value)}
    if not isinstance(target, list) or not -len(target) <= step < len(target):
        raise LookupError(str(step))
    copied = list(target)
    copied[step] = _placed(rest, target[step], value)
    return copied
