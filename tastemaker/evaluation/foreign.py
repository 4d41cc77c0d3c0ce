"""Judging lists that came from any tool: the same judgement as for our own models, from files alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.errors import Finding, UserFileError
from tastemaker.evaluation.files import Problems, read_inputs, read_lists, read_rows, read_truth
from tastemaker.evaluation.judging import Asked, Catalogue, judge
from tastemaker.evaluation.report import build_report
from tastemaker.simulator.metrics import DEPTH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tastemaker.evaluation.files import UserItems
    from tastemaker.simulator.recipes.base import IntArray, LongArray


@dataclass(frozen=True)
class Files:
    """What to judge, and by what.

    Attributes:
        training: CSV of the interactions that the tool was trained on.
        inputs: JSON lines of what each judged user had before; None takes the length from `training`.
        items: CSV with ITEM_ID of the whole catalogue; None for the items of `training` alone.
    """

    recommendations: Path
    truth: Path
    training: Path
    inputs: Path | None = None
    items: Path | None = None


@dataclass(frozen=True)
class Contents:
    """The files' content; `user_events` and `item_events` count what was trained on."""

    lists: Mapping[str, UserItems]
    truth: Mapping[str, UserItems]
    user_events: Mapping[str, int]
    item_events: Mapping[str, int]
    extra_items: frozenset[str]


def judge_files(files: Files, seed: int) -> dict[str, Any]:
    """The report of a file of recommendations; a judged user without a list has an empty one.

    Lists are judged as they are: what a user had before stays in, and is a miss where the truth holds new items only.

    Raises:
        UserFileError: every finding of the first group of files that has any.
    """
    contents = _read(files)
    user_ids, codes = sorted(contents.truth), _number_items(contents)
    judged = judge(_rank(contents, user_ids, codes), _ask(contents, user_ids, codes), _catalogue(contents, codes))
    shown = set(chain.from_iterable(entry.items[:DEPTH] for entry in contents.lists.values()))
    return {
        "users_without_list": sum(user not in contents.lists for user in user_ids),
        "items_outside_catalogue": len(shown - contents.item_events.keys() - contents.extra_items),
        **build_report(judged, seed),
    }


def _read(files: Files) -> Contents:
    findings: list[Finding] = []
    found: dict[Path, dict[str, UserItems]] = {}
    for path, read in ((files.recommendations, read_lists), (files.truth, read_truth)):
        try:
            found[path] = read(path)
        except UserFileError as error:
            findings += error.findings
    if findings:
        raise UserFileError(findings)
    lists, truth = found[files.recommendations], found[files.truth]
    _check_users(files.recommendations, lists, truth)
    users, items = dict[str, int](), Counter[str]()
    for _, (user, item) in read_rows(files.training, ("USER_ID", "ITEM_ID")):
        users[user] = users.get(user, 0) + 1
        items[item] += 1
    if files.inputs is not None:
        users |= read_inputs(files.inputs)
    extra = frozenset() if files.items is None else frozenset(row[0] for _, row in read_rows(files.items, ("ITEM_ID",)))
    return Contents(lists, truth, users, items, extra)


def _check_users(path: Path, lists: Mapping[str, UserItems], truth: Mapping[str, UserItems]) -> None:
    problems = Problems(path)
    for user, entry in lists.items():
        if user not in truth:
            hint = "Recommend to users of the truth only."
            problems.add(entry.line, "unknown-user", f"The truth does not know user {user}.", hint)
    problems.report()


def _number_items(contents: Contents) -> dict[str, int]:
    """Code of every item that any file names, in the order of ids."""
    named = chain.from_iterable(entry.items for entry in (*contents.lists.values(), *contents.truth.values()))
    return {item: code for code, item in enumerate(sorted({*named, *contents.item_events, *contents.extra_items}))}


def _rank(contents: Contents, user_ids: list[str], codes: Mapping[str, int]) -> IntArray:
    ranked = np.full((len(user_ids), DEPTH), -1, np.int32)
    for row, user in enumerate(user_ids):
        if user in contents.lists:
            items = contents.lists[user].items[:DEPTH]
            ranked[row, : len(items)] = [codes[item] for item in items]
    return ranked


def _ask(contents: Contents, user_ids: list[str], codes: Mapping[str, int]) -> Asked:
    truths = [contents.truth[user].items for user in user_ids]
    lengths: LongArray = np.array([contents.user_events.get(user, 0) for user in user_ids], np.int64)
    rows = np.repeat(np.arange(len(user_ids)), [len(items) for items in truths])
    return Asked(lengths, rows, np.array([codes[item] for items in truths for item in items], np.int32))


def _catalogue(contents: Contents, codes: Mapping[str, int]) -> Catalogue:
    events = np.array([contents.item_events.get(item, 0) for item in codes], np.int64)
    return Catalogue(events, np.array([count > 0 or item in contents.extra_items for item, count in
                                       zip(codes, events, strict=True)], np.bool_))  # fmt: skip
