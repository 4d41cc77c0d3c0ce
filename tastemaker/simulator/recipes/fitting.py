"""From histories to fitted components. Counts are added up once; each stage of a training solves from the sum."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from tastemaker.simulator.recipes.closed_form import invert_gram, solve_ease
from tastemaker.simulator.recipes.counts import DenseCounts, count_followers, decay_weights, keep_items
from tastemaker.simulator.recipes.engine import Engine, LinearSignal, Matrix, standardise
from tastemaker.simulator.recipes.factors import build_factors
from tastemaker.simulator.recipes.queries import QueryRule
from tastemaker.simulator.recipes.trends import TrendGrid, build_trends

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import FloatArray, IntArray
    from tastemaker.simulator.recipes.histories import Histories

MIN_EVENTS, MAX_DENSE_ITEMS = 5, 7000


@dataclass(frozen=True)
class Settings:
    """Constants of the components; chosen on inner hold-outs (docs/benchmarks.md).

    Attributes:
        window, decay: reach of windowed co-occurrence and its weight per step.
        whole_share: weight of whole-history co-occurrence beside the windowed one.
        popularity_days: time constants of decayed popularity.
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
    session: QueryRule = field(default=QueryRule(0.1, 0.0, 256))
    recent_session: QueryRule = field(default=QueryRule(0.3, 0.0, 256))
    steps: QueryRule = field(default=QueryRule(0.3, 0.0, 20))
    last_step: QueryRule = field(default=QueryRule(1.0, 0.0, 20))
    content: QueryRule = field(default=QueryRule(0.1, 0.02, 60))
    popularity_days: tuple[float, ...] = (7.0, 30.0, 90.0, 365.0)
    freshness_days: tuple[float, ...] = (60.0, 365.0)
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


class Fitter:
    """Adds users stage by stage and fits an engine on all users added so far."""

    def __init__(
        self, items: int, dense_items: IntArray, vectors: sparse.csr_array | None, settings: Settings = SETTINGS
    ) -> None:
        self._items, self._dense_items, self._vectors, self._settings = items, dense_items, vectors, settings
        self._columns = np.full(items, -1, np.int32)
        self._columns[dense_items] = np.arange(dense_items.size)
        self._counts = DenseCounts.empty(dense_items.size)
        self._steps = sparse.csr_array((items, items), dtype=np.float32)

    def add(self, histories: Histories) -> None:
        """Count these users too; each user once."""
        settings = self._settings
        near = decay_weights(settings.window, settings.decay) * np.float32(settings.decay)
        self._counts.add(keep_items(histories, self._columns), near)
        steps = decay_weights(settings.transition_window, settings.transition_decay)
        self._steps = self._steps + count_followers(histories, self._items, steps)

    def fit(self, histories: Histories) -> Engine:
        """Solve every component.

        Args:
            histories: all users added so far, for what depends on time.
        """
        trends = self._trends(histories)
        matrices = self._matrices(histories)
        signals = tuple(signal for signal in _signals(self._settings) if signal.matrices[0] in matrices)
        return Engine(self._items, self._dense_items, matrices, signals, trends, newest=int(histories.times.max()))

    def _matrices(self, histories: Histories) -> dict[str, Matrix]:
        windowed = self._windowed_inverse()
        matrices: dict[str, Matrix] = {"session": windowed @ self._counts.follows}
        matrices["windowed_ease"] = solve_ease(windowed)
        matrices["whole_ease"] = solve_ease(invert_gram(self._counts.whole.copy(), self._settings.whole_ridge))
        matrices["transitions"] = self._transitions(histories)
        if self._vectors is not None:
            matrices |= {"vectors": self._vectors, "vectors_transposed": sparse.csr_array(self._vectors.T)}
        if self._settings.factors:
            matrices["factors"] = build_factors(self._counts.whole, self._settings.factors)
        return matrices

    def _windowed_inverse(self) -> FloatArray:
        counts, settings = self._counts, self._settings
        gram = counts.whole * np.float32(settings.whole_share)
        gram += counts.follows
        gram += counts.follows.T
        gram[np.diag_indices_from(gram)] += counts.events
        return invert_gram(gram, settings.windowed_ridge)

    def _transitions(self, histories: Histories) -> sparse.csr_array:
        events = np.bincount(histories.items, minlength=self._items).astype(np.float32) + MIN_EVENTS
        steps = self._steps.copy()
        steps.data /= np.repeat(np.sqrt(events), np.diff(steps.indptr))
        steps.data /= np.sqrt(events)[steps.indices]
        return steps

    def _trends(self, histories: Histories) -> TrendGrid:
        settings = self._settings
        trends = build_trends(histories, self._items, settings.popularity_days, settings.freshness_days)
        for layer in trends.features:
            standardise(layer)
        return trends


def _signals(settings: Settings) -> tuple[LinearSignal, ...]:
    return (
        LinearSignal("session", settings.session, True, ("session",)),
        LinearSignal("recent_session", settings.recent_session, True, ("session",)),
        LinearSignal("windowed_ease", settings.taste, True, ("windowed_ease",)),
        LinearSignal("recent_windowed_ease", settings.recent_taste, True, ("windowed_ease",)),
        LinearSignal("whole_ease", settings.taste, True, ("whole_ease",)),
        LinearSignal("transitions", settings.steps, False, ("transitions",)),
        LinearSignal("last_transition", settings.last_step, False, ("transitions",)),
        LinearSignal("content", settings.content, False, ("vectors", "vectors_transposed")),
        LinearSignal("factors", settings.taste, True, ("factors",)),
    )
