"""A simulator with a state folder and a recipe whose models can be kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.service import Simulator
from tests.support.simulator import RECIPE_NAMES, START, CountingModel, CountingRecipe, FolderStore, Lab

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.persistence import StateDirectory
    from tastemaker.simulator.recipes.base import Recipe, TrainingInput

HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"


class KeptModel(CountingModel):
    def save(self, folder: Path) -> None:
        np.save(folder / "counts.npy", self.counts)
        (folder / "ids.json").write_text(json.dumps(self.item_ids.tolist()))


class KeptRecipe(CountingRecipe):
    def train(self, data: TrainingInput) -> CountingModel:
        model = super().train(data)
        return KeptModel(model.item_ids, model.counts)

    def load(self, folder: Path) -> CountingModel:
        ids = np.array(json.loads((folder / "ids.json").read_text()), object)
        return KeptModel(ids, np.load(folder / "counts.npy", mmap_mode="r"))


def open_lab(root: Path, state: StateDirectory, *, at: float = START, recipe: Recipe | None = None) -> Lab:
    clock, objects, kept = ManualClock(at), FolderStore(root / "s3"), KeptRecipe()
    recipes: dict[str, Recipe] = dict.fromkeys(RECIPE_NAMES, recipe or kept)
    simulator = Simulator(clock=clock, objects=objects, recipes=recipes, state=state)
    return Lab(simulator, clock, objects, kept)


def items(lab: Lab, **params: Any) -> list[str]:
    answer = lab.runtime("GetRecommendations", campaignArn=HOME, userId="u01", numResults=3, **params)
    return [entry["itemId"] for entry in answer["itemList"]]
