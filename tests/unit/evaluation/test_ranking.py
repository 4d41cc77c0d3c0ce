"""What a model is asked for the requests of a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.evaluation.protocols import Case
from tastemaker.evaluation.ranking import rank
from tastemaker.simulator.recipes.evaluation import split_documented
from tastemaker.simulator.recipes.histories import Histories, Moments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tastemaker.simulator.recipes.base import FloatArray, IntArray, Request
    from tastemaker.simulator.recipes.histories import ObjectArray

ITEMS = np.array([f"i{code}" for code in range(6)], object)


@dataclass(frozen=True)
class Knowing:
    """Recommends to user u3 item i3 first: it knows users by their ids."""

    item_ids: ObjectArray
    metrics: Mapping[str, float]
    gives_scores: bool = True

    def values_of(self, requests: Sequence[Request]) -> tuple[IntArray, ...]:
        return tuple(np.array([int(str(request.user_id)[1:])], np.int32) for request in requests)

    def score_batch(self, moments: Moments) -> FloatArray:
        scores = np.zeros((moments.histories.users, self.item_ids.size), np.float32)
        for row, values in enumerate(moments.values or ()):
            scores[row, values] = 1
        return scores

    def score(self, request: Request) -> FloatArray:
        raise NotImplementedError

    def save(self, folder: Path) -> None:
        raise NotImplementedError


def test_what_a_model_knows_of_users_counts() -> None:
    histories = Histories(np.array([0, 2, 4]), np.array([0, 1, 0, 2], np.int32), np.arange(4, dtype=np.int64))
    split = split_documented(histories, ITEMS.size)
    case = Case("fold-01", np.ones(0, np.bool_), np.array(["u5", "u3"], object), split, np.arange(2))
    lists = rank(Knowing(ITEMS, {}), case, ITEMS, repeats=False)
    assert lists[:, 0].tolist() == [5, 3]
