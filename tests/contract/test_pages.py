"""Every list is complete and free of repeats, whatever the page size."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.errors import AwsError
from tastemaker.simulator.operations import HANDLERS
from tastemaker.simulator.shapes import service_model
from tests.support.scenarios import SCENARIOS
from tests.support.shape_samples import all_operations
from tests.support.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

LISTS = [
    name
    for service, name in all_operations()
    if (service, name) in HANDLERS and "nextToken" in service_model(service).operation_model(name).input_shape.members
]
MORE = 4
OTHERS = {
    "ListDatasets": ("CreateDataset/items", "CreateDataset/users"),
    "ListEventTrackers": ("CreateEventTracker/second",),
}
"""Where a second resource needs more than another name."""
ALONE = {"ListMetricAttributions": "one metric attribution in a dataset group"}


@pytest.mark.parametrize("operation", LISTS)
def test_pages_of_any_size_together_are_the_whole_list(tmp_path: Path, operation: str) -> None:
    stage = Stage(tmp_path)
    _fill(stage, operation)
    params = {} if operation in OTHERS else stage.params(operation)
    pages = _walk(stage, operation, params, 100)
    whole = pages[0]
    assert len(pages) == 1
    assert len(whole) > 1 or operation in ALONE
    for size in range(1, len(whole) + 2):
        pages = _walk(stage, operation, params, size)
        assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)
        assert 1 <= len(pages[-1]) <= size
        assert [entry for page in pages for entry in page] == whole
    assert [entry for entry in whole if whole.count(entry) > 1] == []


def _fill(stage: Stage, operation: str) -> None:
    """What the list lists, several times where another name is enough."""
    stage.reach(operation)
    stage.play_all(OTHERS.get(operation, ()))
    for label in SCENARIOS[operation].after[-1:]:
        params = stage.params(label)
        name = "jobName" if "jobName" in params else "name"
        if operation not in OTHERS and name in params:
            _repeat(stage, label, params, name)


def _repeat(stage: Stage, label: str, params: dict[str, Any], name: str) -> None:
    parents = dict(stage.known)
    for number in range(MORE):
        with suppress(AwsError):  # where there may be fewer, fewer are enough
            stage.send(label, {**params, name: f"{params[name]}-{number}"})
    stage.known.update(parents)


def _walk(stage: Stage, operation: str, params: dict[str, Any], size: int) -> list[list[Any]]:
    pages = []
    token: dict[str, Any] = {}
    while True:
        answer = stage.lab.control(operation, **params, maxResults=size, **token)
        pages.append(next(value for value in answer.values() if isinstance(value, list)))
        if "nextToken" not in answer:
            return pages
        token = {"nextToken": answer["nextToken"]}
