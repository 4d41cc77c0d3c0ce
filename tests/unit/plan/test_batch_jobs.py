from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.plan.batch_jobs import build_batch_job
from tastemaker.plan.build import build_names
from tests.support.project_files import edit, read_project

if TYPE_CHECKING:
    from pathlib import Path

BATCH = "batch: {mail: {solution: similar, input: a.json, numResults: 5}}\n"


def test_a_job_carries_the_projects_tags(tmp_path: Path) -> None:
    text = edit("schedules:", f"{BATCH}tags: {{team: shop, old: null}}\nschedules:")
    project = read_project(tmp_path, text)
    job = build_batch_job(project, build_names(project, "dev"), "mail")
    assert job["Options"] == {"Tags": [{"TagKey": "team", "TagValue": "shop"}], "NumResults": 5}


def test_without_tags_a_job_sends_none(tmp_path: Path) -> None:
    project = read_project(tmp_path, edit("schedules:", f"{BATCH}schedules:"))
    assert build_batch_job(project, build_names(project, "dev"), "mail")["Options"] == {"NumResults": 5}
