"""From histories to fitted components. Counts are added up over users; each stage of a training solves from a sum.

The stages that only ask a few hundred requests (`fit_stage`) stop at a factor of each closed-form model; the last one
(`fit_engine`) makes the models themselves and prunes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.blas import run_both
from tastemaker.simulator.recipes.closed_form import factor_gram, factor_users, multiply_over, solve_ease
from tastemaker.simulator.recipes.counts import DenseCounts, count_followers, decay_weights, keep_items, user_item
from tastemaker.simulator.recipes.engine import Content, Engine, Layer
from tastemaker.simulator.recipes.factors import build_factors
from tastemaker.simulator.recipes.pruning import prune, stack_layers
from tastemaker.simulator.recipes.queries import QueryRule
from tastemaker.simulator.recipes.stage import Signal, Stage
from tastemaker.simulator.recipes.standardising import standardise
from tastemaker.simulator.recipes.trends import TrendGrid, build_trends

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import FloatArray, IntArray
    from tastemaker.simulator.recipes.closed_form import InverseGram
    from tastemaker.simulator.recipes.histories import Histories
    from tastemaker.simulator.recipes.stage import Matrix, Operator

MIN_EVENTS, MAX_DENSE_ITEMS = 5, 7000
MAX_ITEMS_AT_ONCE = 4000  # dense items up to which memory allows a training to make its fits at the same time
_FEW_USERS = 2  # users per item below which a matrix of users is the cheaper one to factor


@dataclass(frozen=True)
class Settings:
    """Constants of the components; chosen on inner hold-outs (docs/benchmarks.md).

    Attributes:
        window, decay: reach of windowed co-occurrence and its weight per step.
        whole_share: weight of whole-history co-occurrence beside the windowed one.
        taste: query of the closed-form models; `recent_taste` looks at the newest events.
        popularity_days: time constants of decayed popularity.
        served_per_row: entries of each closed-form model that are served, on average per item.
        factors: rank of the factor part; 0 for none.
    """

    window: int = 30
    decay: float = 0.93
    whole_share: float = 0.3
    windowed_ridge: float = 100.0
    whole_ridge: float = 200.0
    transition_window: int = 8
    transition_decay: float = 0.7
    taste: QueryRule = field(default=QueryRule(0.1, 0.02, 256))
    recent_taste: QueryRule = field(default=QueryRule(0.3, 0.02, 256))
    steps: QueryRule = field(default=QueryRule(0.3, 0.0, 20))
    last_step: QueryRule = field(default=QueryRule(1.0, 0.0, 20))
    content: QueryRule = field(default=QueryRule(0.1, 0.02, 60))
    popularity_days: tuple[float, ...] = (7.0, 30.0, 90.0, 365.0)
    freshness_days: tuple[float, ...] = (60.0, 365.0)
    served_per_row: int = 192
    factors: int = 0

    @property
    def cold_days(self) -> float:
        """Time constant of popularity for users without history: the second one, where there are several."""
        return self.popularity_days[min(1, len(self.popularity_days) - 1)]


SETTINGS = Settings()


def choose_dense_items(histories: Histories, items: int) -> IntArray:
    """Codes of the items with at least 5 events, or the 7,000 most frequent ones where there are more; ascending."""
    events = np.bincount(histories.items, minlength=items)
    enough = np.flatnonzero(events >= MIN_EVENTS)
    if enough.size > MAX_DENSE_ITEMS:
        enough = np.sort(enough[np.argsort(-events[enough], kind="stable")[:MAX_DENSE_ITEMS]])
    return enough.astype(np.int32)


class Counts:
    """Sums over users, and the users themselves; a training adds up at several stages."""

    def __init__(self, items: int, dense_items: IntArray, settings: Settings) -> None:
        self.items, self.dense_items, self.settings = items, dense_items, settings
        self._columns = np.full(items, -1, np.int32)
        self._columns[dense_items] = np.arange(dense_items.size)
        self.dense = DenseCounts.empty(dense_items.size)
        self.steps = sparse.csr_array((items, items), dtype=np.float32)

    def add(self, histories: Histories) -> None:
        """Count these users too; each user once."""
        settings = self.settings
        near = decay_weights(settings.window, settings.decay) * np.float32(settings.decay)
        steps = decay_weights(settings.transition_window, settings.transition_decay)
        added, _ = run_both(
            lambda: count_followers(histories, self.items, steps),
            lambda: self.dense.add(keep_items(histories, self._columns), near),
        )
        self.steps = self.steps + added

    def copy(self) -> Counts:
        """Sums of its own; nothing is shared that `add` changes."""
        other = Counts(self.items, self.dense_items, self.settings)
        other.dense, other.steps = self.dense.copy(), self.steps
        return other

    def windowed_gram(self) -> FloatArray:
        return self.dense.windowed_gram(self.settings.whole_share)

    def windowed(self, gram: FloatArray) -> InverseGram:
        """From `windowed_gram`, which is destroyed."""
        return factor_gram(gram, self.settings.windowed_ridge)

    def whole(self, histories: Histories, *, last: bool = False) -> InverseGram:
        """By way of the users where there are few of them.

        Args:
            histories: all that were added.
            last: the matrix of counts may be destroyed.
        """
        ridge, items = self.settings.whole_ridge, self.dense_items.size
        if histories.users * _FEW_USERS <= items:
            return factor_users(user_item(keep_items(histories, self._columns), items), ridge)
        return factor_gram(self.dense.whole if last else self.dense.whole.copy(), ridge)

    def factors(self) -> FloatArray | None:
        """None unless the settings ask for it."""
        return build_factors(self.dense.whole, self.settings.factors) if self.settings.factors else None

    def transitions(self, histories: Histories) -> sparse.csr_array:
        events = np.bincount(histories.items, minlength=self.items).astype(np.float32) + MIN_EVENTS
        steps = self.steps.copy()
        steps.data /= np.repeat(np.sqrt(events), np.diff(steps.indptr))
        steps.data /= np.sqrt(events)[steps.indices]
        return steps


def fit_stage(counts: Counts, histories: Histories, vectors: sparse.csr_array | None) -> Stage:
    """Solve every component as far as asking it needs.

    Args:
        histories: the users that were counted, for what depends on time.
        vectors: of the items' metadata, one row per item; None for none.
    """
    windowed, whole = run_both(lambda: counts.windowed(counts.windowed_gram()), lambda: counts.whole(histories))
    follows = counts.dense.follows
    transitions, factors = counts.transitions(histories), counts.factors()
    operators: dict[str, Operator] = {
        "windowed": lambda query, _: windowed.project(query),
        "session": lambda _, before: before @ follows,
        "windowed_ease": _ease(windowed),
        "whole": lambda query, _: whole.project(query),
        "whole_ease": _ease(whole),
        "transitions": lambda query, _: query @ transitions,
    }
    if factors is not None:
        operators["factors"] = lambda query, _: query @ factors
    if vectors is not None:
        operators["content"] = lambda query, _: (query @ vectors) @ vectors.T
    signals = tuple(signal for signal in _signals(counts.settings) if signal.steps[0] in operators)
    return Stage(counts.items, counts.dense_items, operators, signals, fit_trends(counts, histories))


def _ease(inverse: InverseGram) -> Operator:
    """EASE from the projected query: q @ (-P / diag(P)) without its diagonal, which is q - q @ P / diag(P)."""
    diagonal = inverse.diagonal()

    def ease(query: sparse.csr_array, before: Matrix) -> FloatArray:
        scores: FloatArray = query.toarray() - before / diagonal
        return scores

    return ease


def _signals(settings: Settings) -> tuple[Signal, ...]:
    """In the order of `Engine.names`."""
    return (
        Signal("session", settings.taste, True, ("windowed", "session")),
        Signal("transitions", settings.steps, False, ("transitions",)),
        Signal("windowed_ease", settings.taste, True, ("windowed", "windowed_ease")),
        Signal("whole_ease", settings.taste, True, ("whole", "whole_ease")),
        Signal("factors", settings.taste, True, ("factors",)),
        Signal("recent_session", settings.recent_taste, True, ("windowed", "session")),
        Signal("last_transition", settings.last_step, False, ("transitions",)),
        Signal("content", settings.content, False, ("content",)),
    )


def _layers(settings: Settings) -> tuple[Layer, ...]:
    layers = (
        Layer((("session", settings.taste), ("recent_session", settings.recent_taste)), dense=True),
        Layer((("transitions", settings.steps), ("last_transition", settings.last_step)), dense=False),
        Layer((("windowed_ease", settings.taste),), dense=True),
        Layer((("whole_ease", settings.taste),), dense=True),
    )
    return (*layers, Layer((("factors", settings.taste),), dense=True)) if settings.factors else layers


def fit_engine(counts: Counts, histories: Histories, vectors: sparse.csr_array | None) -> Engine:
    """Solve every component and prune what is served.

    Args:
        counts: of all users; used up.
        histories, vectors: as for `fit_stage`.
    """
    settings, gram = counts.settings, counts.windowed_gram()

    def pruned(matrix: FloatArray) -> sparse.csr_array:
        return prune(matrix, counts.dense_items, counts.items, settings.served_per_row)

    def solve_rest() -> tuple[list[sparse.csr_array], sparse.csr_array, TrendGrid]:
        factors = counts.factors()
        layers = [pruned(factors)] if factors is not None else []
        del factors
        whole = pruned(solve_ease(counts.whole(histories, last=True).inverse()))
        return [whole, *layers], counts.transitions(histories), fit_trends(counts, histories)

    inverse, (rest, transitions, trends) = run_both(lambda: counts.windowed(gram).inverse(), solve_rest)
    session = multiply_over(inverse, counts.dense.follows)
    layers = run_both(lambda: pruned(session), lambda: pruned(solve_ease(inverse)))
    table = stack_layers([layers[0], transitions, layers[1], *rest])
    content = Content("content", settings.content, vectors) if vectors is not None else None
    return Engine(counts.items, counts.dense_items.size, _layers(settings), table, content, trends)


def fit_trends(counts: Counts, histories: Histories) -> TrendGrid:
    """Standardised popularity and freshness of all items at all moments."""
    settings = counts.settings
    trends = build_trends(histories, counts.items, settings.popularity_days, settings.freshness_days)
    for layer in trends.features:
        standardise(layer)
    return trends
