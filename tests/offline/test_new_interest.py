"""One event of a new interest, on the MovieLens example, through the APIs."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from tastemaker.simulator.recipes.counts import user_item
from tastemaker.simulator.recipes.histories import build_corpus
from tests.support.newcomers import V2, ask, build_lab, put_event
from tests.support.recipe_data import build_input
from tests.support.simulator import Lab  # noqa: TC001 - a NamedTuple looks it up

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.slow
DATA = Path("examples/movielens/data")
NEIGHBOURS, TOP = 100, 25


class Service(NamedTuple):
    lab: Lab
    tracking_id: str


@pytest.fixture(scope="module")
def ratings() -> list[tuple[str, str, int]]:
    with (DATA / "ratings.csv").open(encoding="utf-8") as file:
        return [(row["userId"], row["movieId"], int(row["timestamp"])) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, ratings: list[tuple[str, str, int]]) -> Service:
    lab = build_lab(tmp_path_factory.mktemp("movielens"))
    group = lab.group()
    lines = ["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE", *(f"{u},{i},{t},watch," for u, i, t in ratings)]
    lab.load(lab.dataset(group), "\n".join(lines) + "\n", "interactions")
    lab.campaign(lab.version(lab.solution(group, V2)))
    return Service(lab, lab.tracker(group))


@pytest.fixture(scope="module")
def neighbours(ratings: list[tuple[str, str, int]]) -> Mapping[str, set[str]]:
    """Items by cosine of their users: a measure of relatedness that the recipe does not use."""
    corpus = build_corpus(build_input(ratings))
    matrix = user_item(corpus.histories, corpus.item_ids.size)
    both = (matrix.T @ matrix).toarray()
    sizes = np.sqrt(both.diagonal() + 5)
    cosine = both / sizes / sizes[:, None]
    return {
        str(item): {str(corpus.item_ids[code]) for code in np.argsort(-cosine[row], kind="stable")[1 : NEIGHBOURS + 1]}
        for row, item in enumerate(corpus.item_ids)
        if both[row, row] >= 50
    }


def farthest(service: Service, user: str, neighbours: Mapping[str, set[str]], known: set[str]) -> str:
    """An item whose neighbours the user neither has nor gets."""
    shown = set(ask(service.lab, user, wanted=TOP)) | known
    return min(sorted(set(neighbours) - known), key=lambda item: len(neighbours[item] & shown))


@pytest.mark.parametrize("user", ["12", "139", "300", "571"])
def test_one_event_of_a_new_interest_brings_related_items_and_changes_nobody_elses_list(
    service: Service, neighbours: Mapping[str, set[str]], ratings: list[tuple[str, str, int]], user: str
) -> None:
    item = farthest(service, user, neighbours, {film for owner, film, _ in ratings if owner == user})
    others = {other: ask(service.lab, other, wanted=TOP) for other in ("1", "50", "414", "600", "nobody")}
    before = set(ask(service.lab, user, wanted=TOP))
    put_event(service.lab, service.tracking_id, item, user)
    after = set(ask(service.lab, user, wanted=TOP))
    assert len(neighbours[item] & before) == 0
    assert len(neighbours[item] & after) >= 2
    assert {other: ask(service.lab, other, wanted=TOP) for other in others} == others
