"""SASRec of RecTools: tables in, codes out."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import IntArray
    from tastemaker.simulator.recipes.histories import Histories


def _frame(histories: Histories, first_user: int) -> pd.DataFrame:
    """RecTools orders by time; the place in the history, in nanoseconds, keeps the order of simultaneous events."""
    places = np.arange(histories.items.size) - histories.indptr[histories.rows]
    moments = pd.to_datetime(histories.times * 1_000_000_000 + places)
    return pd.DataFrame({
        "user_id": histories.rows + first_user, "item_id": histories.items, "weight": 1.0, "datetime": moments,
    })  # fmt: skip


def _trainer(epochs: int) -> Any:
    from pytorch_lightning import Trainer

    return Trainer(
        max_epochs=epochs, min_epochs=epochs, accelerator="cpu", devices=1, deterministic=True, logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip


def rank_with_sasrec(
    training: Histories, asking: Histories, epochs: int, factors: int, blocks: int, length: int, depth: int
) -> IntArray:
    """Best new items of every asking user, -1 fills up; nobody of them takes part in the training."""
    import torch
    from pytorch_lightning import seed_everything
    from rectools.dataset import Dataset
    from rectools.models import SASRecModel

    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    torch.use_deterministic_algorithms(mode=True)
    torch.set_num_threads(1)
    seed_everything(1, workers=False, verbose=False)
    model = SASRecModel(
        n_factors=factors, n_blocks=blocks, n_heads=2, session_max_len=length, loss="sampled_softmax", n_negatives=32,
        lr=0.001, batch_size=64, epochs=epochs, verbose=0, deterministic=True,
        get_trainer_func=lambda: _trainer(epochs),
    )  # fmt: skip
    model.fit(Dataset.construct(_frame(training, 0)))
    requests = Dataset.construct(_frame(asking, training.users))
    users = np.arange(asking.users) + training.users
    found = model.recommend(users, requests, k=depth, filter_viewed=True, on_unsupported_targets="ignore")
    ranked = np.full((asking.users, depth), -1, np.int32)
    ranked[found["user_id"].to_numpy() - training.users, found["rank"].to_numpy() - 1] = found["item_id"].to_numpy()
    return ranked
