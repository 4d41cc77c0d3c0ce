"""aws-semantic-similarity: items by the meaning of their names and texts, in a latent semantic space of the catalogue.

`rankingInfluence` raises similar items that are popular or fresh; a dissimilar item stays where it is. Popularity and
freshness are those of the training; an update of the catalogue brings new texts only (reference §3.4, §3.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from tastemaker.simulator.exploration import build_novelty
from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.histories import catalogue_codes
from tastemaker.simulator.metrics import DEPTH
from tastemaker.simulator.recipes.base import TrainingFailedError, top_k
from tastemaker.simulator.recipes.blas import one_blas_thread
from tastemaker.simulator.recipes.storage import load_arrays, load_json, save_arrays, save_json
from tastemaker.simulator.recipes.text_vectors import TextSpace, fit_space, read_terms

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping
    from pathlib import Path

    from tastemaker.simulator.recipes.base import (
        FloatArray,
        InteractionTable,
        MetadataTable,
        Request,
        TrainingInput,
    )
    from tastemaker.simulator.recipes.histories import ObjectArray

POPULARITY, FRESHNESS = "POPULARITY", "FRESHNESS"
HALF_LIFE_SECONDS = 30 * 86_400
JUDGED_ITEMS = 2_000
NAME_WEIGHT = 2
_PAGE = "Developer Guide, native-recipe-semantic-similarity"
FIDELITY: Final = (
    Fidelity(
        "Metrics",
        "`item_popularity`, `item_freshness`, `item_similarity`",
        Grade.APPROXIMATE,
        "Means over the first 25 related items of at most 2,000 items, 0 to 1; the spelling of the names is "
        "unconfirmed.",
        "Developer Guide, working-with-training-metrics",
    ),
    Fidelity(
        "Runtime",
        "Semantic-Similarity: `rankingInfluence`",
        Grade.APPROXIMATE,
        "Similarity times 1 + POPULARITY * popularity + FRESHNESS * freshness; popularity is the logarithm of distinct "
        "users on a scale from 0 to 1, freshness halves every 30 days.",
        _PAGE,
    ),
    Fidelity(
        "Runtime",
        "Semantic-Similarity: texts",
        Grade.APPROXIMATE,
        "No language model: words count where they occur in two items at least, and are near by their company in this "
        "catalogue. An item without such a word is answered with popular items and never recommended as similar.",
        _PAGE,
    ),
)


@dataclass(frozen=True)
class SemanticSimilarityModel:
    """Items as points.

    Attributes:
        points: length 1, or zeros without a text; shape (items, dimensions).
        popularity, freshness: 0 to 1 at the training, shape (items,).
        name_column, text_column: of the Items dataset.
    """

    item_ids: ObjectArray
    space: TextSpace
    points: FloatArray
    popularity: FloatArray
    freshness: FloatArray
    name_column: str
    text_column: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    gives_scores: bool = False

    def score(self, request: Request) -> FloatArray:
        """Similarity to `request.item`, which is not similar to itself (-inf); popular items where it has no text."""
        if request.item < 0:
            return self.popularity.copy()
        if self.points[request.item].any():
            scores = self._raised(self.similarity(request.item), request.ranking_influence)
        else:
            scores = self.popularity.copy()
        scores[request.item] = -np.inf
        return scores

    def similarity(self, item: int) -> FloatArray:
        """Cosine, -inf for items without a text; a sum in one order, whatever the number of threads."""
        cosine: FloatArray = np.einsum("ij,j->i", self.points, self.points[item])
        cosine[~self.points.any(axis=1)] = -np.inf
        return cosine

    def _raised(self, similarity: FloatArray, influence: Mapping[str, float]) -> FloatArray:
        popular, fresh = np.float32(influence.get(POPULARITY, 0.0)), np.float32(influence.get(FRESHNESS, 0.0))
        factor = 1.0 + popular * self.popularity + fresh * self.freshness
        raised: FloatArray = np.where(similarity > 0, similarity * factor, similarity).astype(np.float32)
        return raised

    def extended(self, item_ids: ObjectArray, items: MetadataTable | None) -> SemanticSimilarityModel:
        """New items and changed texts in the space that was learnt; what is new is neither popular nor fresh."""
        places = np.searchsorted(item_ids, self.item_ids)
        points = np.zeros((item_ids.size, self.points.shape[1]), np.float32)
        points[places] = self.points
        if items is not None:
            codes = catalogue_codes(items.ids, item_ids)
            points[codes] = self.space.embed(read_texts(items, self.name_column, self.text_column))
        popularity, freshness = np.zeros(item_ids.size, np.float32), np.zeros(item_ids.size, np.float32)
        popularity[places], freshness[places] = self.popularity, self.freshness
        return replace(self, item_ids=item_ids, points=points, popularity=popularity, freshness=freshness)

    def save(self, folder: Path) -> None:
        save_arrays(folder, {
            "points": self.points,
            "weights": self.space.weights,
            "directions": self.space.directions,
            "popularity": self.popularity,
            "freshness": self.freshness,
        })  # fmt: skip
        save_json(folder, {
            "item_ids": self.item_ids.tolist(),
            "terms": self.space.terms.tolist(),
            "columns": [self.name_column, self.text_column],
            "metrics": dict(self.metrics),
        })  # fmt: skip


class SemanticSimilarityRecipe:
    """Reads the `itemName` column and the textual one; interactions only say what is popular."""

    @one_blas_thread()
    def train(self, data: TrainingInput) -> SemanticSimilarityModel:
        items = _checked(data.items)
        name, text = str(items.item_name), next(iter(items.textual))
        texts = read_texts(items, name, text)
        space = fit_space(texts, data.seed)
        if space is None:
            raise TrainingFailedError(f"The columns {name} and {text} have no word that two items share.")
        table = data.interactions
        item_ids = np.unique(np.concatenate((table.item_ids.astype(object), items.ids.astype(object))))
        points = np.zeros((item_ids.size, space.directions.shape[1]), np.float32)
        points[catalogue_codes(items.ids, item_ids)] = space.embed(texts)
        popularity, freshness = measure_popularity(table, item_ids), measure_freshness(table, item_ids, items)
        model = SemanticSimilarityModel(item_ids, space, points, popularity, freshness, name, text)
        return replace(model, metrics=judge(model, data.seed))

    def load(self, folder: Path) -> SemanticSimilarityModel:
        record, arrays = load_json(folder), load_arrays(folder)
        space = TextSpace(np.array(record["terms"], object), arrays["weights"], arrays["directions"])
        return SemanticSimilarityModel(
            np.array(record["item_ids"], object),
            space,
            arrays["points"],
            arrays["popularity"],
            arrays["freshness"],
            record["columns"][0],
            record["columns"][1],
            record["metrics"],
        )


def _checked(items: MetadataTable | None) -> MetadataTable:
    if items is None:
        raise TrainingFailedError("Dataset of type ITEMS is empty")
    if items.item_name is None or items.item_name not in items.columns:
        raise TrainingFailedError("The Items dataset has no column with itemName that this solution may use.")
    if not items.textual:
        raise TrainingFailedError("The Items dataset has no textual column that this solution may use.")
    return items


def read_texts(items: MetadataTable, name: str, text: str) -> list[Counter[str]]:
    """Terms of each row; words of the name count double. A column that is not there is empty."""
    empty = np.full(items.ids.size, None, object)
    pairs = zip(items.columns.get(name, empty), items.columns.get(text, empty), strict=True)
    return [
        read_terms(title if isinstance(title, str) else None, NAME_WEIGHT)
        + (read_terms(body) if isinstance(body, str) and name != text else read_terms(None))
        for title, body in pairs
    ]


def measure_popularity(table: InteractionTable, item_ids: ObjectArray) -> FloatArray:
    """Logarithm of the distinct users of each item, on a scale from 0 to 1."""
    pairs = np.unique(table.item.astype(np.int64) * max(table.user_ids.size, 1) + table.user)
    codes = catalogue_codes(table.item_ids, item_ids)[pairs // max(table.user_ids.size, 1)]
    users = np.log1p(np.bincount(codes, minlength=item_ids.size))
    scaled: FloatArray = (users / max(float(users.max(initial=0.0)), 1.0)).astype(np.float32)
    return scaled


def measure_freshness(table: InteractionTable, item_ids: ObjectArray, items: MetadataTable) -> FloatArray:
    """1 for the newest item, half as much every 30 days; an item of unknown age counts as new (reference §2.3)."""
    born = build_novelty(table, item_ids, items).born.astype(np.float64)
    newest = float(born.max(initial=0.0))
    born[born <= 0] = newest
    fresh: FloatArray = np.exp2((born - newest) / HALF_LIFE_SECONDS).astype(np.float32)
    return fresh


def judge(model: SemanticSimilarityModel, seed: int) -> dict[str, float]:
    """Means over the first 25 related items of a seeded sample of the items that have a text."""
    asked = np.flatnonzero(model.points.any(axis=1))
    asked = np.sort(np.random.default_rng(seed).permutation(asked)[:JUDGED_ITEMS])
    found: dict[str, list[FloatArray]] = {"popularity": [], "freshness": [], "similarity": []}
    shown = np.zeros(model.item_ids.size, np.bool_)
    for item in asked.tolist():
        similarity = model.similarity(item)
        similarity[item] = -np.inf
        best = top_k(similarity, DEPTH)
        shown[best] = True
        found["popularity"].append(model.popularity[best])
        found["freshness"].append(model.freshness[best])
        found["similarity"].append(np.clip(similarity[best], 0.0, 1.0))
    metrics = {"coverage": round(float(shown.mean()), 4)}
    for name, parts in found.items():
        values = np.concatenate([*parts, np.empty(0, np.float32)])
        metrics[f"item_{name}"] = round(float(values.mean(dtype=np.float64)), 4) if values.size else 0.0
    return metrics
