"""Recommendations, truth, inputs and training data of any tool, read with a finding for every wrong line.

JSON lines: `{"userId": "7", "items": ["50", "296"]}`, best first; further members are ignored. CSV: a header with
USER_ID and ITEM_ID, one pair a line. Ids are text; whole numbers in JSON are read as text.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.errors import Finding, UserFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_FINDINGS = 20
"""Per file; whoever has twenty wrong lines has one mistake."""
_LINE = 'One line reads {"userId": "7", "items": ["50", "296"]}, best item first.'
_CSV = "Write a header with USER_ID and ITEM_ID, then one pair a line."


@dataclass(frozen=True)
class UserItems:
    """One user's items and the line they stand on."""

    line: int
    items: tuple[str, ...]


@dataclass
class Problems:
    """Findings of one file."""

    path: Path
    found: list[Finding] = field(default_factory=list)

    def add(self, line: int, rule: str, message: str, hint: str = _LINE) -> None:
        self.found.append(Finding(str(self.path), line, 0, rule, message, hint))
        if len(self.found) >= MAX_FINDINGS:
            self.report()

    def report(self) -> None:
        """Raise what was found, if anything."""
        if self.found:
            raise UserFileError(self.found)


def read_lists(path: Path, *, repeats: bool = False) -> dict[str, UserItems]:
    """User to items, from JSON lines.

    Args:
        repeats: an item may occur twice in a list.

    Raises:
        UserFileError: the file cannot be read, a line is no such object, a user or an item of a list occurs twice.
    """
    problems, lists = Problems(path), dict[str, UserItems]()
    for number, text in enumerate(_lines(path), 1):
        entry = _read_entry(text, number, problems, repeats=repeats) if text.strip() else None
        if entry is None:
            continue
        user, items = entry
        if user in lists:
            message = f"User {user} already has a list on line {lists[user].line}."
            problems.add(number, "duplicate-user", message, "Write one line per user.")
        lists[user] = UserItems(number, items)
    problems.report()
    return lists


def _read_entry(text: str, number: int, problems: Problems, *, repeats: bool) -> tuple[str, tuple[str, ...]] | None:
    try:
        entry: Any = json.loads(text)
    except (ValueError, RecursionError):
        problems.add(number, "malformed-line", "The line is no JSON.")
        return None
    user, listed = (entry.get("userId"), entry.get("items")) if isinstance(entry, dict) else (None, None)
    if not _is_id(user) or not isinstance(listed, list) or not all(_is_id(item) for item in listed):
        problems.add(number, "malformed-line", "The line needs `userId`, an id, and `items`, a list of ids.")
        return None
    items = tuple(str(item) for item in listed)
    if not repeats and len(set(items)) < len(items):
        repeated = next(item for place, item in enumerate(items) if item in items[:place])
        problems.add(number, "duplicate-item", f"Item {repeated} is in the list twice.", "Recommend each item once.")
    return str(user), items


def _is_id(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""


def read_inputs(path: Path) -> dict[str, int]:
    """User to number of input events; the same item may occur again and again.

    Raises:
        UserFileError: see `read_lists`.
    """
    return {user: len(entry.items) for user, entry in read_lists(path, repeats=True).items()}


def read_truth(path: Path) -> dict[str, UserItems]:
    """What users really did: JSON lines, or CSV where the name ends in `.csv`.

    Raises:
        UserFileError: see `read_lists`; also when there is nothing in it, or a user has no item.
    """
    truth = _read_pairs(path) if path.suffix.lower() == ".csv" else read_lists(path)
    problems = Problems(path)
    if not truth:
        problems.add(0, "empty-truth", "There is no truth in this file.", _LINE)
    for entry in truth.values():
        if not entry.items:
            problems.add(entry.line, "empty-truth", "This user has no true item.", "Leave out who is not judged.")
    problems.report()
    return truth


def _read_pairs(path: Path) -> dict[str, UserItems]:
    pairs: dict[str, UserItems] = {}
    for line, row in read_rows(path, ("USER_ID", "ITEM_ID")):
        known = pairs.get(row[0], UserItems(line, ()))
        if row[1] not in known.items:
            pairs[row[0]] = UserItems(known.line, (*known.items, row[1]))
    return pairs


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line number and values of the named columns of a CSV file with a header.

    Raises:
        UserFileError: the file cannot be read, a column is missing, a line has too few values or an empty one.
    """
    problems = Problems(path)
    rows = csv.reader(_lines(path))
    try:
        header = [name.strip() for name in next(rows, [])]
        for name in (name for name in columns if name not in header):
            problems.add(1, "missing-column", f"The header has no column {name}.", _CSV)
        problems.report()
        places = [header.index(name) for name in columns]
        for row in rows:
            values = tuple(row[place] if place < len(row) else "" for place in places)
            if all(values):
                yield rows.line_num, values
            elif row:
                problems.add(rows.line_num, "malformed-line", f"The line needs {' and '.join(columns)}.", _CSV)
    except csv.Error as error:
        problems.add(rows.line_num, "malformed-line", f"The line is no CSV: {error}.", _CSV)
    problems.report()


def _lines(path: Path) -> Iterator[str]:
    """The file's lines with their ends.

    Raises:
        UserFileError: it is not there, not readable, or no UTF-8.
    """
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line in file:
                number += 1
                yield line
    except UnicodeDecodeError as error:
        raise UserFileError([Finding(str(path), number + 1, 0, "encoding", "The file is no UTF-8.", _LINE)]) from error
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        raise UserFileError([Finding(str(path), 0, 0, "unreadable-file", message, "Check the path.")]) from error
