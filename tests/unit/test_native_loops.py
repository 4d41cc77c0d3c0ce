from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tastemaker.data import compiled
from tastemaker.native_loops import NativeLoop, digest_sources

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plain files")]  # compiled once

MODULE, NAME = "tastemaker.data.compiled", "copy_texts"
LATER = """
import sys
from pathlib import Path
import numpy as np
from tastemaker.native_loops import NativeLoop
texts = np.zeros(8, np.uint8)
loop = NativeLoop("tastemaker.data.compiled", "copy_texts", [Path(sys.argv[1])])
print(loop(np.frombuffer(bytearray(b"ab,cde\\n"), np.uint8), 10, np.array([3, 0]), texts))
print(texts.tobytes()[:7], "numba" in sys.modules)
"""


def copy(loop: Any) -> tuple[int, bytes]:
    texts = np.zeros(8, np.uint8)
    size = loop(np.frombuffer(bytearray(b"ab,cde\n"), np.uint8), 10, np.array([3, 0]), texts)
    return size, texts.tobytes()[:size]


def test_a_loop_gives_what_its_python_gives() -> None:
    rng = np.random.default_rng(3)
    keys = rng.integers(1, 60, 500).astype(np.uint64) << np.uint64(24)
    rows = rng.integers(0, 99, 500), rng.integers(0, 4, 500).astype(np.uint8), rng.random(500)
    least = np.array([[0.5, -np.inf], [np.nan, 0.25], [0.0, 1.0], [0.9, np.nan]])

    def count(loop: Any) -> list[Any]:
        slots, fresh, starts = np.zeros((128, 4), np.uint64), np.zeros(500, np.uint64), np.zeros(500, np.int64)
        return [loop(slots, keys, *rows, least, fresh, starts), slots.tolist(), fresh.tolist(), starts.tolist()]

    assert count(NativeLoop(MODULE, "count_keys")) == count(compiled.count_keys.py_func)  # type: ignore[attr-defined]


def test_a_later_process_runs_a_kept_loop_without_numba(tmp_path: Path) -> None:
    assert copy(NativeLoop(MODULE, NAME, [tmp_path])) == (7, b"cde\nab\n")
    done = subprocess.run([sys.executable, "-c", LATER, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["7", r"b'cde\nab\n'", "False"]


def test_code_that_was_damaged_is_made_anew(tmp_path: Path) -> None:
    copy(NativeLoop(MODULE, NAME, [tmp_path]))
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    for damaged in (whole[:-100], whole[:100] + b"?" + whole[101:], b""):
        kept.write_bytes(damaged)
        assert copy(NativeLoop(MODULE, NAME, [tmp_path])) == (7, b"cde\nab\n")
        assert kept.read_bytes()[:32] == whole[:32]
    assert list(tmp_path.iterdir()) == [kept]


def test_code_is_kept_where_that_is_allowed_or_not_at_all(tmp_path: Path) -> None:
    file, folder = tmp_path / "file", tmp_path / "new" / "folder"
    file.touch()
    assert copy(NativeLoop(MODULE, NAME, [file, folder])) == (7, b"cde\nab\n")
    assert len(list(folder.iterdir())) == 1
    assert copy(NativeLoop(MODULE, NAME, [file])) == (7, b"cde\nab\n")


def test_code_holds_for_the_constants_of_neighbours_too(tmp_path: Path) -> None:
    for folder, most in (("one", 1), ("same", 1), ("other", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "loops.py").write_text("from .constants import MOST\n")
        (tmp_path / folder / "constants.py").write_text(f"MOST = {most}\n")
    one, same, other = (digest_sources(tmp_path / folder) for folder in ("one", "same", "other"))
    assert one == same != other


def test_an_array_with_gaps_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a loop takes C-contiguous arrays only$"):
        NativeLoop(MODULE, "move_keys")(np.zeros((4, 2), np.uint64)[:, :1], np.zeros((8, 1), np.uint64))
