"""Ours and what a user could take instead, trained and judged in one run on the same splits.

    python -m bench.peers movielens documented --data FOLDER --folds 10 --sasrec-folds 3
    python -m bench.peers retail global --data FOLDER --json results.json

FOLDER holds `ml-latest-small/` (GroupLens) and `online-retail-II/` (UCI); docs/benchmarks.md says how to install the
peers.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from bench.rivals import Als, Bpr, ItemKnn, Rival, SasRec, Task
from tastemaker.evaluation.judging import Judged, join_judged, judge
from tastemaker.evaluation.protocols import PROTOCOLS, Case, Protocol, build_cases, join_catalogue
from tastemaker.evaluation.ranking import ask, describe_catalogue, rank
from tastemaker.evaluation.report import HEADLINE, build_difference, build_report
from tastemaker.simulator.recipes.base import TrainingInput
from tastemaker.simulator.recipes.histories import Histories
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tastemaker.simulator.recipes.popularity_count import PopularityCountRecipe
from tastemaker.simulator.training import take_rows
from tests.support.recipe_data import read_interactions, read_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.simulator.recipes.base import IntArray, Recipe

OURS = "aws-user-personalization-v2"
COLUMNS = {
    HEADLINE: "nDCG@10",
    "mean_reciprocal_rank_at_25": "MRR@25",
    "recall_at_25": "recall@25",
    "coverage": "coverage",
    "popularity_percentile_at_10": "popularity percentile",
}
SASREC_EPOCHS = {"movielens": 40, "retail": 15}


def load_data(name: str, folder: Path) -> TrainingInput:
    """Interactions and items of one of the two public data sets."""
    if name == "movielens":
        table = read_interactions(folder / "ml-latest-small/ratings.csv", "userId", "movieId", "timestamp")
        items = read_items(folder / "ml-latest-small/movies.csv", "movieId", categorical=["genres"])
    else:
        table = read_interactions(folder / "online-retail-II/interactions.csv.gz", "USER_ID", "ITEM_ID", "TIMESTAMP")
        items = read_items(folder / "online-retail-II/items.csv", "ITEM_ID", textual=["DESCRIPTION"])
    return TrainingInput(table, items, None, {}, 1)


def build_rivals(name: str) -> list[Rival]:
    """ALS in several settings, the same with a short query, BPR, neighbours, SASRec."""
    settings = [(64, 0.05, 1.0), (64, 1.0, 10.0), (128, 10.0, 1.0), (32, 1.0, 1.0)]
    als: list[Rival] = [Als(*setting, last) for last in (None, 20) for setting in settings]
    return [*als, Bpr(), ItemKnn(), SasRec(SASREC_EPOCHS[name])]


class Board:
    """Judgements by model, and the seconds they took; a line to stderr for each."""

    def __init__(self, data: TrainingInput, protocol: Protocol) -> None:
        self.data, self.protocol = data, protocol
        self.item_ids = data.items.ids if data.items is not None else np.empty(0, object)
        self.catalogue = join_catalogue(data.interactions, self.item_ids)
        self.judged: dict[str, list[Judged]] = {}
        self.seconds: dict[str, list[float]] = {}

    def cases(self) -> Iterator[Case]:
        return build_cases(self.data.interactions, self.catalogue, self.protocol)

    def run_recipe(self, name: str, recipe: Recipe, case: Case) -> None:
        """One of our own, trained as the local Personalize trains it."""
        kept = take_rows(self.data.interactions, case.kept)
        training = TrainingInput(kept, self.data.items, None, {}, self.data.seed)
        self._run(name, case, lambda: rank(recipe.train(training), case, self.catalogue, repeats=False))

    def run_rival(self, rival: Rival, case: Case) -> None:
        task = Task(self._training(case), case.split.moments, self.catalogue.size)
        self._run(rival.name, case, lambda: rival.rank(task))

    def _training(self, case: Case) -> Histories:
        """The kept rows as histories, in the order that build_cases judges by."""
        table = take_rows(self.data.interactions, case.kept)
        noise = np.random.default_rng((self.protocol.seed, 2)).random(table.user.size)
        order = np.lexsort((noise, table.timestamp, table.user))
        codes = np.searchsorted(self.catalogue, table.item_ids).astype(np.int32)
        indptr = np.concatenate(([0], np.cumsum(np.bincount(table.user))))
        return Histories(indptr, codes[table.item[order]], table.timestamp[order])

    def _run(self, name: str, case: Case, answer: Any) -> None:
        began = time.process_time()
        with threadpool_limits(limits=1, user_api="blas"):
            ranked: IntArray = answer()
        seconds = time.process_time() - began
        table = self.data.interactions
        judged = judge(ranked, ask(case), describe_catalogue(table, case, self.catalogue, self.item_ids))
        self.judged.setdefault(name, []).append(judged)
        self.seconds.setdefault(name, []).append(seconds)
        figure = judged.per_user[HEADLINE].mean()
        print(f"{case.name}  {name}: nDCG@10 {figure:.4f}, {seconds:.1f} s of CPU", file=sys.stderr)  # noqa: T201

    def report(self) -> dict[str, Any]:
        """Model to figures; the difference is paired over the users whom both judged."""
        found = {}
        for name, parts in self.judged.items():
            joined = join_judged(parts)
            ours = join_judged(self.judged[OURS][: len(parts)])
            found[name] = {
                **build_report(joined, self.protocol.seed),
                "cases": len(parts),
                "ours_minus_this": build_difference(ours, joined, self.protocol.seed)[HEADLINE],
                "cpu_seconds": round(float(np.median(self.seconds[name])), 1),
            }
        return found


def run(board: Board, rivals: list[Rival], sasrec_folds: int) -> Iterator[None]:
    """Every model on every case, then SASRec, the slowest by far, on the first few; pauses after each case."""
    for case in board.cases():
        board.run_recipe("aws-popularity-count", PopularityCountRecipe(), case)
        board.run_recipe(OURS, PersonalizationRecipe(), case)
        for rival in rivals:
            if not isinstance(rival, SasRec):
                board.run_rival(rival, case)
        yield
    for case in itertools.islice(board.cases(), sasrec_folds):
        for rival in rivals:
            if isinstance(rival, SasRec):
                board.run_rival(rival, case)
        yield


def as_markdown(report: dict[str, Any]) -> str:
    """A table for docs/benchmarks.md."""
    titles = ["model", "cases", "users", *COLUMNS.values(), "ours minus this, nDCG@10", "CPU s"]
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    for name, found in report.items():
        figures = [_figure(found["metrics"][metric]) for metric in COLUMNS]
        difference = "" if name == OURS else _figure(found["ours_minus_this"])
        cells = [
            name,
            str(found["cases"]),
            f"{found['users']:,}",
            *figures,
            difference,
            f"{found['cpu_seconds']:.1f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _figure(figure: dict[str, float]) -> str:
    interval = f" [{figure['low']:.4f}, {figure['high']:.4f}]" if "low" in figure else ""
    return f"{figure['value']:.4f}{interval}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(SASREC_EPOCHS))
    parser.add_argument("protocol", choices=PROTOCOLS)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--sasrec-folds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    board = Board(load_data(given.name, given.data), Protocol(given.protocol, given.folds, seed=given.seed))
    for _ in run(board, build_rivals(given.name), given.sasrec_folds):
        if given.json is not None:  # what is there so far survives a run that is stopped
            given.json.write_text(json.dumps(board.report(), indent=2) + "\n", encoding="utf-8")
    print(as_markdown(board.report()))  # noqa: T201


if __name__ == "__main__":
    main()
