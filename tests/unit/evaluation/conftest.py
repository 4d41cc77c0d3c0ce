from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.simulator import Lab, build_lab

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return build_lab(tmp_path / "bucket")
