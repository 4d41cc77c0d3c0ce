"""A shop whose raw log Athena prepares; on a laptop two small files stand for it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tastemaker.local import Local
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tests.support.project_files import write_csv
from tests.support.workflows import START, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEWEST = int(START) - 60
"""Of the raw log."""

PROJECT = """\
project: shop
sources: {log: log.csv, articles: articles.csv}
datasets:
  interactions:
    schema: {USER_ID: string, ITEM_ID: string, TIMESTAMP: long, EVENT_TYPE: string}
    sql: interactions.sql
  items:
    schema: {ITEM_ID: string, TITLE: {type: string, textual: true}}
    sql: items.sql
prepare:
  athena:
    bucket: acme-raw
    windowHours: 48
    tables:
      log: {prefix: log/, format: csv, columns: {Who: string, what: string, seen: string}}
      articles: {prefix: articles/, format: csv, columns: {id: string, title: string}}
solutions:
  popular: {recipe: aws-popularity-count}
campaigns:
  popular: {solution: popular}
schedules: {full: cron(0 3 ? * SUN *), incremental: cron(0 5 * * ? *)}
"""
INTERACTIONS = """SELECT Who AS USER_ID, what AS ITEM_ID, CAST(seen AS BIGINT) AS TIMESTAMP, 'view' AS EVENT_TYPE
FROM log WHERE CAST(seen AS BIGINT) >= $since AND CAST(seen AS BIGINT) < $until;
"""
ITEMS = "SELECT id AS ITEM_ID, max(title) AS TITLE FROM articles GROUP BY ITEM_ID"


def write_athena_shop(folder: Path, project: str = PROJECT) -> Path:
    """The project file, its SQL and its raw data: a view a minute until NEWEST, 1,200 in all, of ten articles."""
    log = [f"u{at % 40},i{at % 10},{NEWEST - 60 * at}" for at in range(1_200)]
    write_csv(folder / "log.csv", "Who,what,seen", log)
    write_csv(folder / "articles.csv", "id,title", [f'i{at},"a ""fine"" one, no. {at}"' for at in range(10)])
    (folder / "interactions.sql").write_text(INTERACTIONS)
    (folder / "items.sql").write_text(ITEMS)
    file = folder / "tastemaker.yaml"
    file.write_text(project)
    return file


@contextmanager
def ensured_athena_shop(folder: Path, project: str = PROJECT) -> Iterator[Shop]:
    """Ensured; nothing is prepared or imported."""
    plan = build_plan(load_project(write_athena_shop(folder, project)))
    with Local(plan, start_time=START) as local:
        shop = Shop(local, folder)
        shop.run("ensure", plan.resources)
        yield shop
