"""Any project, ensured and adopted, is the same again for `ensure`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tastemaker.local import Local
from tastemaker.model.project import Project
from tastemaker.plan.build import build_plan
from tests.support.adoption import adopt, find_mutations
from tests.support.project_files import project_trees
from tests.support.workflows import START

pytestmark = pytest.mark.slow

NAMES = st.fixed_dictionaries(
    {},
    optional={
        "datasetGroup": st.sampled_from(["Group_1", "other-dev"]),
        "datasets": st.just({"interactions": "clicks"}),
        "eventTracker": st.just("Tracker"),
    },
)


@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(project_trees(), NAMES)
def test_ensure_changes_nothing_of_what_was_adopted(tree: dict[str, Any], names: dict[str, Any]) -> None:
    for solution in tree["solutions"].values():
        if solution.get("eventType") is None:
            solution.pop("eventValueThreshold", None)  # which the service refuses without an event type
    project = Project.model_validate({**tree, "names": names, "eventTracker": {"name": "events"}})
    declared = build_plan(project)
    with tempfile.TemporaryDirectory() as folder, Local(declared, start_time=START) as local:
        local.execute("ensure", declared.resources)
        group = declared.resources["DatasetGroups"][0]["Create"]["Name"]
        _, plan, _ = adopt(local, group, Path(folder) / "tastemaker.yaml")
        assert find_mutations(local, plan) == []
