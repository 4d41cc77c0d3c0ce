"""A case as files, so that any other tool can learn from exactly it and be judged by `evaluate --recommendations`."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tastemaker.evaluation.protocols import Case
    from tastemaker.simulator.recipes.base import IntArray, InteractionTable
    from tastemaker.simulator.recipes.histories import ObjectArray


def write_case(
    folder: Path, table: InteractionTable, case: Case, catalogue: ObjectArray, item_ids: ObjectArray
) -> None:
    """Write train.csv, inputs.jsonl, truth.jsonl and, with an Items dataset, items.csv; overwrite what is there.

    inputs.jsonl has each user's events oldest first, with repeats, their times, and the moment of asking; truth.jsonl
    has distinct items.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_training(folder / "train.csv", table, case)
    histories, now = case.split.moments.histories, case.split.moments.now
    inputs = (
        {
            "userId": user,
            "items": catalogue[histories.items[start:end]].tolist(),
            "timestamps": histories.times[start:end].tolist(),
            "now": int(moment),
        }
        for user, start, end, moment in zip(
            case.user_ids, histories.indptr[:-1], histories.indptr[1:], now, strict=True
        )
    )
    _write_lines(folder / "inputs.jsonl", inputs)
    ends = np.cumsum(np.bincount(case.split.truth_rows, minlength=case.user_ids.size))[:-1]
    truths = np.split(catalogue[case.split.truth_items], ends)
    truth = ({"userId": user, "items": items.tolist()} for user, items in zip(case.user_ids, truths, strict=True))
    _write_lines(folder / "truth.jsonl", truth)
    if item_ids.size:
        _write_rows(folder / "items.csv", ("ITEM_ID",), ((item,) for item in item_ids))


def write_lists(path: Path, case: Case, ranked: IntArray, catalogue: ObjectArray) -> None:
    """One line of recommendations per request."""
    rows = (
        {"userId": user, "items": catalogue[row[row >= 0]].tolist()}
        for user, row in zip(case.user_ids, ranked, strict=True)
    )
    _write_lines(path, rows)


def _write_training(path: Path, table: InteractionTable, case: Case) -> None:
    columns = {
        "USER_ID": table.user_ids[table.user[case.kept]],
        "ITEM_ID": table.item_ids[table.item[case.kept]],
        "TIMESTAMP": table.timestamp[case.kept],
    }
    if table.event_types:
        names = np.array([*table.event_types, ""], object)
        columns["EVENT_TYPE"] = names[table.event_type[case.kept]]
    if not np.isnan(table.event_value).all():
        values = table.event_value[case.kept]
        columns["EVENT_VALUE"] = np.where(np.isnan(values), "", values.astype(str))
    _write_rows(path, tuple(columns), zip(*columns.values(), strict=True))


def _write_rows(path: Path, header: tuple[str, ...], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_lines(path: Path, rows: Iterable[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
