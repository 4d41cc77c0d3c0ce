"""Plays scenarios against a local Personalize."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from tastemaker.facts.recipes import RECIPES
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.recipes.next_best_action import NextBestActionRecipe
from tastemaker.simulator.service import Simulator
from tests.support.scenarios import SCENARIOS, operation_of
from tests.support.simulator import HOUR, START, CountingRecipe, FolderStore, Lab, interactions_csv, items_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tastemaker.simulator.recipes.base import Recipe

_TRAINING_SECONDS = 3 * HOUR
FILES = {
    "interactions.csv": interactions_csv(),
    "items.csv": items_csv(),
    "views.csv": interactions_csv().replace(",view,", ",View,").replace(",buy,", ",View,"),
    "actions.csv": "ACTION_ID,VALUE\n" + "".join(f"a{number},{number + 1}\n" for number in range(10)),
    "forgotten.csv": "USER_ID\nu00\n",
    "users.json": "".join(json.dumps({"userId": f"u{number:02}"}) + "\n" for number in range(3)),
    "items.json": "".join(json.dumps({"itemId": f"i{number:02}"}) + "\n" for number in range(3)),
}


class Stage:
    """A simulator, what was played on it, and what it answered.

    Attributes:
        known: member to its newest value in any answer, one level deep.
    """

    def __init__(self, root: Path) -> None:
        self.lab = _build_lab(root)
        self.known: dict[str, str] = {}
        self._played: set[str] = set()
        for name, text in FILES.items():
            self.lab.objects.put(f"s3://bucket/{name}", text.encode())

    def reach(self, label: str, *, busy: bool = False) -> None:
        """Play all that has to come before; `busy`: without waiting for the last of it."""
        *earlier, last = SCENARIOS[label].after or (None,)
        for before in earlier:
            self.play(str(before))
        if last is not None:
            self.play(last, wait=not busy)

    def play(self, label: str, *, wait: bool = True) -> None:
        """Reach a scenario and carry it out, once; then let everything finish."""
        if label in self._played:
            return
        self.reach(label)
        self.send(label, self.params(label))
        self._played.add(label)
        if wait:
            self.lab.wait(_TRAINING_SECONDS)

    def params(self, label: str) -> dict[str, Any]:
        """The scenario's request with all braces filled."""
        filled: dict[str, Any] = _fill(copy.deepcopy(SCENARIOS[label].params), self.known)
        return filled

    def send(self, label: str, params: dict[str, Any]) -> dict[str, Any]:
        service, operation = operation_of(label)
        answer = self.lab.simulator.call(service, operation, params)
        for members in (answer, *(value for value in answer.values() if isinstance(value, dict))):
            self.known.update({name: value for name, value in members.items() if isinstance(value, str)})
        return answer

    def play_all(self, labels: Sequence[str]) -> None:
        for label in labels:
            self.play(label)


def _build_lab(root: Path) -> Lab:
    """With every recipe, so that no operation lacks one; actions have the real one, which alone knows them."""
    clock, objects, recipe = ManualClock(START), FolderStore(root), CountingRecipe()
    recipes: dict[str, Recipe] = dict.fromkeys(RECIPES, recipe) | {"aws-next-best-action": NextBestActionRecipe()}
    return Lab(Simulator(clock=clock, objects=objects, recipes=recipes), clock, objects, recipe)


def _fill(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _fill(part, known) for name, part in value.items()}
    if isinstance(value, list):
        return [_fill(part, known) for part in value]
    if isinstance(value, str) and value.startswith("{") and value[1:-1].isalpha():
        return known[value[1:-1]]
    return value
