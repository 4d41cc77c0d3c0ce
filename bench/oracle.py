"""Our judgement against RecTools' and ranx' own on random lists: the largest difference of any user and metric.

python -m bench.oracle
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tastemaker.evaluation.judging import Asked, Catalogue, Judged, judge
from tastemaker.simulator.metrics import CUTS, DEPTH

USERS, ITEMS = 500, 200


def random_lists(seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Full lists of 25 places, and one to forty true items for each user."""
    rng = np.random.default_rng(seed)
    ranked = np.stack([rng.permutation(ITEMS)[:DEPTH] for _ in range(USERS)]).astype(np.int32)
    return ranked, [rng.choice(ITEMS, rng.integers(1, 41), replace=False) for _ in range(USERS)]


def judge_ours(ranked: np.ndarray, truth: list[np.ndarray]) -> Judged:
    rows = np.repeat(np.arange(USERS), [items.size for items in truth])
    asked = Asked(np.ones(USERS, np.int64), rows, np.concatenate(truth).astype(np.int32))
    return judge(ranked, asked, Catalogue(np.ones(ITEMS, np.int64), np.ones(ITEMS, np.bool_)))


def judge_rectools(ranked: np.ndarray, truth: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Our names to RecTools' values per user."""
    from rectools.metrics import MRR, NDCG, HitRate, Precision, Recall

    users, places = np.indices(ranked.shape)
    shown = pd.DataFrame({"user_id": users.ravel(), "item_id": ranked.ravel(), "rank": places.ravel() + 1})
    rows = np.repeat(np.arange(USERS), [items.size for items in truth])
    happened = pd.DataFrame({"user_id": rows, "item_id": np.concatenate(truth)})
    metrics = {f"mean_reciprocal_rank_at_{DEPTH}": MRR(k=DEPTH)}
    for k in CUTS:
        metrics |= {
            f"normalized_discounted_cumulative_gain_at_{k}": NDCG(k=k, divide_by_achievable=True),
            f"precision_at_{k}": Precision(k=k),
            f"recall_at_{k}": Recall(k=k),
            f"hit_rate_at_{k}": HitRate(k=k),
        }
    found = {name: metric.calc_per_user(shown, happened) for name, metric in metrics.items()}
    return {name: values.reindex(range(USERS)).to_numpy() for name, values in found.items()}


def judge_ranx(ranked: np.ndarray, truth: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Our names to ranx' values per user."""
    from ranx import Qrels, Run, evaluate

    qrels = Qrels({f"{user:03}": {str(item): 1 for item in items} for user, items in enumerate(truth)})
    run = Run(
        {f"{user:03}": {str(i): 1.0 / place for place, i in enumerate(row, 1)} for user, row in enumerate(ranked)}
    )
    names = {f"mean_reciprocal_rank_at_{DEPTH}": f"mrr@{DEPTH}"}
    for k in CUTS:
        names |= {
            f"normalized_discounted_cumulative_gain_at_{k}": f"ndcg@{k}",
            f"precision_at_{k}": f"precision@{k}",
            f"recall_at_{k}": f"recall@{k}",
            f"hit_rate_at_{k}": f"hit_rate@{k}",
        }
    found = evaluate(qrels, run, list(names.values()), return_mean=False)
    return {ours: np.asarray(found[theirs]) for ours, theirs in names.items()}


def main() -> None:
    ranked, truth = random_lists(seed=1)
    ours = judge_ours(ranked, truth).per_user
    for library, theirs in {"RecTools": judge_rectools(ranked, truth), "ranx": judge_ranx(ranked, truth)}.items():
        for name, values in theirs.items():
            print(f"{library:<8}  {name}: {np.abs(values - ours[name]).max():.1e}")  # noqa: T201


if __name__ == "__main__":
    main()
