"""Removes whole users from the datasets of a group, by the rules of data deletion jobs (reference §2.7)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.errors import AwsError
from tastemaker.facts import limits
from tastemaker.simulator.batch import DENIED
from tastemaker.simulator.objects import is_denied
from tastemaker.simulator.records import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tastemaker.simulator.objects import ObjectStore
    from tastemaker.simulator.records import DataDeletionJob
    from tastemaker.simulator.tables import BulkTable, Tables
    from tastemaker.simulator.world import World

_COLUMN = "USER_ID"


class DeletionFailedError(Exception):
    """The job ends in FAILED; `args[0]` is its failureReason."""


@dataclass(frozen=True)
class Deletion:
    """What a job will do.

    Attributes:
        tables: imported table with records of the users to what is left of it.
    """

    group_arn: str
    users: frozenset[str]
    tables: Mapping[BulkTable, BulkTable]


def plan_deletion(world: World, job: DataDeletionJob) -> Deletion:
    """Read the users and build the tables without them; nothing changes yet.

    Raises:
        DeletionFailedError: with the job's failureReason.
    """
    group_arn = job.dataset_group_arn
    users = read_users(world.objects_for(job.role_arn, group_arn), job.data_source["dataLocation"])
    ids = sorted(users)
    tables = {}
    for dataset in _datasets(world, group_arn):
        data = world.data[dataset.arn]
        for table in {table for kept in (data.tables, *(old for _, old in data.generations)) for table in kept}:
            left = _without(world.tables, table, ids)
            if left.rows < table.rows:
                tables[table] = left
    return Deletion(group_arn, users, tables)


def carry_out(world: World, deletion: Deletion) -> int:
    """Remove the users; gives the number of removed records, imported and streamed.

    Trained solution versions go on serving with what they learned, but know the users' histories no more: a deleted
    user is answered like a new one. A training or an import that is under way keeps the users, as in the service.
    """
    removed = 0
    for dataset in _datasets(world, deletion.group_arn):
        removed += world.data[dataset.arn].erase_users(deletion.users, deletion.tables)
    for arn, version in list(world.trained.items()):
        if version.dataset_group_arn == deletion.group_arn:
            world.trained[arn] = version.forget(deletion.users)
    return removed


def _datasets(world: World, group_arn: str) -> list[Dataset]:
    """The group's datasets that know users."""
    return world.store.select(
        Dataset,
        lambda dataset: (
            dataset.dataset_group_arn == group_arn and world.data[dataset.arn].schema.find(_COLUMN) is not None
        ),
    )


def _without(tables: Tables, table: BulkTable, ids: list[str]) -> BulkTable:
    query = f"SELECT * FROM {table.name} WHERE {_COLUMN} NOT IN (SELECT unnest(?::VARCHAR[])) ORDER BY rowid"  # noqa: S608 - own names
    return tables.create(table.columns, query, [ids], table.size_bytes)


def read_users(objects: ObjectStore, location: str) -> frozenset[str]:
    """The users that the CSV files at a location list, those of sub-folders included.

    Raises:
        DeletionFailedError: with the job's failureReason; the texts of imports where they fit, otherwise ours.
    """
    try:
        files = objects.fetch_tree(location)
    except AwsError as error:
        raise DeletionFailedError(DENIED if is_denied(error) else "Invalid Data location.") from error
    if not files:
        raise DeletionFailedError("Invalid Data location.")
    size_bytes, most = sum(path.stat().st_size for path in files), limits.MAX_DATA_DELETION_BYTES
    if size_bytes > most:
        raise DeletionFailedError(f"Input data has {size_bytes} bytes; the most for a data deletion job is {most}.")
    return frozenset(user_id for path in files for user_id in _read(path))


def _read(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, escapechar="\\", doublequote=False)
            header = next(reader, [])
            if _COLUMN not in header:
                raise DeletionFailedError(f"Input CSV is missing the following columns: [{_COLUMN}]")
            if len(header) > 1:
                raise DeletionFailedError(f"Input CSV must have {_COLUMN} as its single column.")
            yield from (row[0] for row in reader if row and row[0])
    except UnicodeDecodeError as error:
        raise DeletionFailedError("Input CSV must be encoded in UTF-8.") from error
    except csv.Error as error:
        raise DeletionFailedError(f"Input CSV cannot be read: {error}") from error
