"""Short words for batch jobs: an input file, the job, its results; and a recipe for user segments."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.service import Simulator
from tests.support.simulator import HOUR, RECIPE_NAMES, ROLE, START, CountingRecipe, FolderStore, Lab

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, Recipe, Request, TrainingInput

OUT = "s3://bucket/out/"
SEGMENT_RECIPES = ("aws-item-affinity", "aws-item-attribute-affinity")


@dataclass(frozen=True)
class AffinityModel:
    """A user's affinity is the number of interactions with the items; users without any never join a segment."""

    item_ids: npt.NDArray[np.object_]
    user_ids: npt.NDArray[np.object_]
    counts: npt.NDArray[np.float32]
    gives_scores: bool = False
    metrics: Mapping[str, float] = field(default_factory=lambda: {"coverage": 0.5})

    def score(self, request: Request) -> FloatArray:
        return np.zeros(self.item_ids.size, np.float32)

    def user_affinity(self, items: IntArray) -> FloatArray:
        sums = self.counts[:, items].sum(axis=1)
        return np.where(sums > 0, sums, -np.inf).astype(np.float32)

    def save(self, folder: Path) -> None:
        raise NotImplementedError


class AffinityRecipe:
    """Counts what every user did with every item."""

    def train(self, data: TrainingInput) -> AffinityModel:
        table = data.interactions
        counts = np.zeros((table.user_ids.size, table.item_ids.size), np.float32)
        np.add.at(counts, (table.user, table.item), 1)
        return AffinityModel(table.item_ids, table.user_ids, counts)

    def load(self, folder: Path) -> AffinityModel:
        raise NotImplementedError


def build_batch_lab(root: Path) -> Lab:
    """A lab that also makes segments, and trains aws-trending-now and aws-sims."""
    clock, objects, recipe = ManualClock(START), FolderStore(root), CountingRecipe()
    recipes: dict[str, Recipe] = {
        **dict.fromkeys((*RECIPE_NAMES, "aws-trending-now", "aws-sims"), recipe),
        **dict.fromkeys(SEGMENT_RECIPES, AffinityRecipe()),
    }
    return Lab(Simulator(clock=clock, objects=objects, recipes=recipes), clock, objects, recipe)


def job_params(version: str, job: str = "mail", path: str = "s3://bucket/in/lines.json", **more: Any) -> dict[str, Any]:
    return {
        "jobName": job,
        "solutionVersionArn": version,
        "jobInput": {"s3DataSource": {"path": path}},
        "jobOutput": {"s3DataDestination": {"path": OUT}},
        "roleArn": ROLE,
        **more,
    }


def run_job(lab: Lab, operation: str, version: str, lines: list[Any], **more: Any) -> str:
    """Upload the lines, run the job to its end; gives its ARN. A string is a line as it is."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    lab.objects.put("s3://bucket/in/lines.json", "\n".join(texts).encode())
    answer = lab.control(operation, **job_params(version, **more))
    lab.wait(HOUR)
    arn: str = next(iter(answer.values()))
    return arn


def text_of(lab: Lab, location: str = OUT + "lines.json.out") -> str:
    return lab.objects.fetch(location)[0].read_text("utf-8")


def results(lab: Lab) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text_of(lab).splitlines()]


def filter_arn(lab: Lab, group: str, expression: str, name: str = "f") -> str:
    """An ACTIVE filter whose data is visible."""
    arn: str = lab.control("CreateFilter", name=name, datasetGroupArn=group, filterExpression=expression)["filterArn"]
    lab.wait(HOUR)
    return arn
