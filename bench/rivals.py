"""What a user could take instead: models of `implicit` and RecTools behind one small interface.

Collaborative models see who had which item (1, or nothing); how often and how it was rated does not count. Parameters
that are not named here are the library's defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy import sparse

from tastemaker.simulator.metrics import DEPTH
from tastemaker.simulator.recipes.evaluation import rank_new_items
from tastemaker.simulator.recipes.histories import Histories, Moments

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import FloatArray, IntArray


@dataclass(frozen=True)
class Task:
    """One case for everybody: histories to learn from, requests to answer, both in codes of one catalogue."""

    training: Histories
    moments: Moments
    items: int


class Rival(Protocol):
    """Learns from a task and answers its requests."""

    @property
    def name(self) -> str: ...

    def rank(self, task: Task) -> IntArray:
        """The 25 best new items of each request, best first, -1 fills up; shape (requests, 25)."""
        ...


def user_item(histories: Histories, items: int) -> sparse.csr_matrix:
    """1 where a user had an item; shape (users, items). `implicit` knows no sparse arrays, only matrices."""
    shape = (histories.users, items)
    ones = np.ones(histories.items.size, np.float32)
    matrix = sparse.csr_matrix((ones, (histories.rows, histories.items)), shape)
    matrix.data[:] = 1
    return matrix


def newest_events(histories: Histories, events: int) -> Histories:
    ends = histories.indptr[1:]
    return histories.slice(np.maximum(ends - events, histories.indptr[:-1]), ends)


def join_histories(first: Histories, second: Histories) -> Histories:
    return Histories(
        np.concatenate((first.indptr, second.indptr[1:] + first.indptr[-1])),
        np.concatenate((first.items, second.items)),
        np.concatenate((first.times, second.times)),
    )


@dataclass(frozen=True)
class _Factors:
    """Scores of users whose factors are solved from their history alone."""

    model: Any
    items: int
    last: int | None

    def score_batch(self, moments: Moments) -> FloatArray:
        asked = moments.histories if self.last is None else newest_events(moments.histories, self.last)
        rows = np.arange(asked.users)
        users = self.model.recalculate_user(rows, user_item(asked, self.items))
        scores: FloatArray = (users @ self.model.item_factors.T).astype(np.float32)
        return scores


@dataclass(frozen=True)
class Als:
    """Implicit-feedback matrix factorisation (Hu, Koren, Volinsky 2008), `implicit.als`.

    Attributes:
        last: only so many newest events form the query; None for all.
    """

    factors: int
    regularization: float
    alpha: float
    last: int | None = None

    @property
    def name(self) -> str:
        query = "" if self.last is None else f", last {self.last} events"
        return f"implicit ALS {self.factors}, reg {self.regularization:g}, alpha {self.alpha:g}{query}"

    def rank(self, task: Task) -> IntArray:
        from implicit.cpu.als import AlternatingLeastSquares

        model = AlternatingLeastSquares(
            factors=self.factors, regularization=self.regularization, alpha=self.alpha, random_state=1, num_threads=1
        )
        model.fit(user_item(task.training, task.items), show_progress=False)
        return rank_new_items(_Factors(model, task.items, self.last), task.moments, task.items)


@dataclass(frozen=True)
class _Rows:
    """Scores of users who were in the training."""

    users: FloatArray
    items: FloatArray

    def score_batch(self, moments: Moments) -> FloatArray:
        start = int(moments.now[0])
        scores: FloatArray = self.users[start : start + moments.histories.users] @ self.items.T
        return scores


@dataclass(frozen=True)
class Bpr:
    """Bayesian personalised ranking (Rendle et al. 2009), `implicit.bpr`.

    It cannot answer for a user whom it has not seen, so the inputs of the held-out users are added to its training;
    the others do not get that.
    """

    factors: int = 64
    iterations: int = 100

    @property
    def name(self) -> str:
        return f"implicit BPR {self.factors} (inputs in its training)"

    def rank(self, task: Task) -> IntArray:
        from implicit.cpu.bpr import BayesianPersonalizedRanking

        model = BayesianPersonalizedRanking(
            factors=self.factors, iterations=self.iterations, random_state=1, num_threads=1
        )
        joined = join_histories(task.training, task.moments.histories)
        model.fit(user_item(joined, task.items), show_progress=False)
        users = np.asarray(model.user_factors[task.training.users :], np.float32)
        # the ranker asks in blocks; the row of the first request stands in place of the time
        numbered = Moments(task.moments.histories, np.arange(users.shape[0]))
        return rank_new_items(_Rows(users, np.asarray(model.item_factors, np.float32)), numbered, task.items)


@dataclass(frozen=True)
class _Neighbours:
    similarity: sparse.csr_matrix
    items: int

    def score_batch(self, moments: Moments) -> FloatArray:
        scores: FloatArray = (user_item(moments.histories, self.items) @ self.similarity).toarray().astype(np.float32)
        return scores


@dataclass(frozen=True)
class ItemKnn:
    """Cosine of items, `implicit.nearest_neighbours`."""

    neighbours: int = 100

    @property
    def name(self) -> str:
        return f"implicit ItemKNN cosine {self.neighbours}"

    def rank(self, task: Task) -> IntArray:
        from implicit.nearest_neighbours import CosineRecommender

        model = CosineRecommender(K=self.neighbours, num_threads=1)
        model.fit(user_item(task.training, task.items), show_progress=False)
        return rank_new_items(_Neighbours(model.similarity.tocsr(), task.items), task.moments, task.items)


@dataclass(frozen=True)
class SasRec:
    """Self-attentive sequential recommendation (Kang and McAuley 2018), RecTools on CPU PyTorch.

    Softmax over the true item and 32 random ones, because over the whole catalogue an epoch takes many times as long;
    RecTools learns from the newest `length` events of a user.
    """

    epochs: int
    factors: int = 64
    blocks: int = 2
    length: int = 50

    @property
    def name(self) -> str:
        return f"RecTools SASRec {self.factors}, {self.blocks} blocks, {self.epochs} epochs"

    def rank(self, task: Task) -> IntArray:
        from bench.sequential import rank_with_sasrec

        ranked: IntArray = rank_with_sasrec(
            task.training, task.moments.histories, self.epochs, self.factors, self.blocks, self.length, DEPTH
        )
        return ranked
