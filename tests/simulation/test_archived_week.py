"""A week of the shop with an archive and mixed trouble."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.rehearsal.scenario import mixed_scenario
from tests.simulation.stories import SHOP, WEEK_SECONDS, play_story

if TYPE_CHECKING:
    from tastemaker.local import Local

pytestmark = pytest.mark.slow


def test_the_archive_holds_what_the_service_holds_and_nothing_else() -> None:
    project = load_project(SHOP / "tastemaker.yaml")
    endpoints = project.endpoints.model_validate({**project.endpoints.model_dump(by_alias=True), "archive": {}})
    plan = build_plan(project.model_copy(update={"endpoints": endpoints}))
    accepted: set[str] = set()
    archived: set[str] = set()

    def look(local: Local) -> None:
        for queue in local.pumps.values():
            queue.drain()
        found = local.aws.call("s3", "ListObjectsV2", {"Bucket": local.values["DataBucketName"], "Prefix": "events/"})
        for entry in found["Contents"]:
            place = {"Bucket": local.values["DataBucketName"], "Key": entry["Key"]}
            lines = local.aws.call("s3", "GetObject", place)["Body"].read().splitlines()
            archived.update(json.loads(line)["eventId"] for line in lines)
        for dataset in local.simulator.world.data.values():
            accepted.update(dataset.event_ids)

    told = play_story(mixed_scenario(7, WEEK_SECONDS), plan, look)
    assert list(told.violations) == []
    assert len(archived) > 20
    assert archived == accepted
