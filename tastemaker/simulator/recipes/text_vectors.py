"""Texts as points of a latent semantic space: TF-IDF, then a truncated singular value decomposition.

Paper: Deerwester et al., "Indexing by latent semantic analysis" (1990). Two texts are near when their words occur in
the same company, also when they share none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import FloatArray
    from tastemaker.simulator.recipes.histories import ObjectArray

    DoubleArray = npt.NDArray[np.float64]

RANK, _LEAST_RANK = 128, 8
MIN_TEXTS = 2
_MAX_TERMS = 50_000
_MARKUP = re.compile(r"<[^<>]*>|&#?\w+;")
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
"""Kana and Han: written without spaces, so pairs of characters stand for words."""
_FLAT = 1e-6
"""Directions whose singular value is below this share of the largest are noise of the arithmetic."""


@dataclass(frozen=True)
class TextSpace:
    """What turns a text into a point.

    Attributes:
        terms: sorted ascending; each one occurred in two texts at least.
        weights: inverse document frequency, shape (terms,).
        directions: shape (terms, dimensions).
    """

    terms: ObjectArray
    weights: FloatArray
    directions: FloatArray

    def embed(self, texts: Sequence[Counter[str]]) -> FloatArray:
        """Points of length 1, shape (texts, dimensions); all zeros for a text without a known term."""
        points = weigh(count_terms(texts, self.terms), self.weights) @ self.directions
        lengths = np.sqrt(np.einsum("ij,ij->i", points, points))
        scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > _FLAT)
        placed: FloatArray = (points * scale[:, None]).astype(np.float32)
        return placed


def read_terms(text: str | None, weight: int = 1) -> Counter[str]:
    """Words in lower case without markup, each counted `weight` times; none for None."""
    plain = _MARKUP.sub(" ", unicodedata.normalize("NFKC", text or "")).lower()
    return Counter({term: count * weight for term, count in Counter(_split(plain)).items()})


def _split(plain: str) -> Iterator[str]:
    yield from _WORD.findall(_UNSPACED.sub(" ", plain))
    for run in _UNSPACED.findall(plain):
        yield from (run[place : place + 2] for place in range(max(len(run) - 1, 1)))


def fit_space(texts: Sequence[Counter[str]], seed: int) -> TextSpace | None:
    """The space of a catalogue's texts; None when no two texts share a term."""
    documents: Counter[str] = Counter()
    for text in texts:
        documents.update(text.keys())
    shared = [(count, term) for term, count in documents.items() if count >= MIN_TEXTS]
    if not shared:
        return None
    kept = sorted(shared, key=lambda entry: (-entry[0], entry[1]))[:_MAX_TERMS]
    terms = np.array(sorted(term for _, term in kept), object)
    found = np.array([documents[term] for term in terms], np.float64)
    weights = np.log((1.0 + len(texts)) / found).astype(np.float32)
    directions = decompose(weigh(count_terms(texts, terms), weights), seed)
    return TextSpace(terms, weights, directions.astype(np.float32)) if directions.size else None


def count_terms(texts: Sequence[Counter[str]], terms: ObjectArray) -> sparse.csr_array:
    """Shape (texts, terms); terms that are not listed are left out."""
    codes = {term: code for code, term in enumerate(terms)}
    rows, columns, counts = [], [], []
    for row, text in enumerate(texts):
        for term, count in text.items():
            if term in codes:
                rows.append(row)
                columns.append(codes[term])
                counts.append(count)
    shape = (len(texts), terms.size)
    return sparse.csr_array((np.array(counts, np.float64), (rows, columns)), shape=shape)


def weigh(counts: sparse.csr_array, weights: FloatArray) -> sparse.csr_array:
    """TF-IDF with damped counts; rows have length 1 or are empty."""
    weighted = counts.copy()
    weighted.data = np.log1p(weighted.data) * weights[weighted.indices]
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    weighted.data *= np.repeat(scale, np.diff(weighted.indptr))
    return weighted


def decompose(matrix: sparse.csr_array, seed: int) -> DoubleArray:
    """Right singular vectors of the largest singular values, largest first, shape (columns, dimensions).

    The largest component of each vector is positive: the sign is free, and must not depend on the machine.
    """
    smaller = min(matrix.shape)
    rank = min(RANK, max(_LEAST_RANK, smaller // 8))  # with all directions of a catalogue nothing would be latent
    if smaller <= 2 * RANK:
        _, values, rows = np.linalg.svd(matrix.toarray(), full_matrices=False)
    else:
        start = np.random.default_rng(seed).standard_normal(smaller)
        _, values, rows = svds(matrix, k=rank, v0=start)
    order = np.argsort(-values, kind="stable")[:rank]
    order = order[values[order] > _FLAT * max(float(values.max()), _FLAT)]
    directions: DoubleArray = np.asarray(rows, np.float64)[order].T
    places = np.abs(directions).argmax(axis=0)
    directions *= np.sign(directions[places, np.arange(directions.shape[1])])
    return directions
