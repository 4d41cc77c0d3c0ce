"""A model on disk: one `.npy` per array, so that large ones are memory-mapped, and one JSON record."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from tastemaker.simulator.recipes.engine import Content, Engine, Layer
from tastemaker.simulator.recipes.queries import QueryRule
from tastemaker.simulator.recipes.trends import TrendGrid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

AnyArray = npt.NDArray[Any]


def save_arrays(folder: Path, arrays: Mapping[str, AnyArray]) -> None:
    """Each array under its name; names may hold dots."""
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)


def load_arrays(folder: Path) -> dict[str, AnyArray]:
    """All arrays of a folder by name, read-only and by memory map."""
    return {path.stem: np.load(path, mmap_mode="r", allow_pickle=False) for path in sorted(folder.glob("*.npy"))}


def save_json(folder: Path, record: Mapping[str, Any]) -> None:
    """Write the record over any earlier one."""
    (folder / "model.json").write_text(json.dumps(record), encoding="utf-8")


def load_json(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return record


def unpack_sparse(name: str, matrix: sparse.csr_array) -> dict[str, AnyArray]:
    """A CSR matrix as arrays for `save_arrays`."""
    return {
        f"{name}.data": matrix.data,
        f"{name}.indices": matrix.indices,
        f"{name}.indptr": matrix.indptr,
        f"{name}.shape": np.array(matrix.shape),
    }


def pack_sparse(name: str, arrays: Mapping[str, AnyArray]) -> sparse.csr_array:
    """The CSR matrix that `unpack_sparse` took apart."""
    rows, columns = (int(size) for size in arrays[f"{name}.shape"])
    parts = tuple(np.asarray(arrays[f"{name}.{part}"]) for part in ("data", "indices", "indptr"))
    return sparse.csr_array(parts, shape=(rows, columns))


def save_engine(folder: Path, engine: Engine, arrays: Mapping[str, AnyArray]) -> None:
    """An engine and further arrays; what else is in `model.json` is added by the caller."""
    content, trends = engine.content, engine.trends
    parts = {**unpack_sparse("table", engine.table), "moments": trends.moments, "trends": trends.features}
    parts |= unpack_sparse("vectors", content.vectors) if content is not None else {}
    save_arrays(folder, {**parts, **arrays})
    save_json(folder, {
        "items": engine.items,
        "dense_items": engine.dense_items,
        "layers": [asdict(layer) for layer in engine.layers],
        "content": [content.name, asdict(content.rule)] if content is not None else None,
        "newest": trends.newest,
        "trends": trends.names,
    })  # fmt: skip


def load_engine(folder: Path) -> tuple[Engine, dict[str, AnyArray], dict[str, Any]]:
    """The engine, all arrays and the whole record."""
    record, arrays = load_json(folder), load_arrays(folder)
    layers = tuple(_load_layer(each) for each in record["layers"])
    content = None
    if record["content"] is not None:
        name, rule = record["content"]
        content = Content(name, QueryRule(**rule), pack_sparse("vectors", arrays))
    trends = TrendGrid(arrays["moments"], arrays["trends"], tuple(record["trends"]), record["newest"])
    table = pack_sparse("table", arrays)
    return Engine(record["items"], record["dense_items"], layers, table, content, trends), arrays, record


def _load_layer(each: Mapping[str, Any]) -> Layer:
    return Layer(tuple((name, QueryRule(**rule)) for name, rule in each["signals"]), each["dense"])
