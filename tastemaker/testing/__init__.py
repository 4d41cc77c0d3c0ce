"""The local Amazon Personalize for users' own tests; `plugin.py` has the pytest fixtures, docs/testing.md an example.

Importing this package loads nothing heavy, so that a pytest run that never asks for a fixture pays nothing.
"""

# Later here: the contract class of a recipe (tests/support/recipes.py), for those who write a recipe of their own.

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from tastemaker.testing.local_aws import LocalAws

DEFAULT_START: Final = "2026-01-01T00:00:00Z"


def local_personalize(
    *, seed: int = 0, start: float | str | datetime = DEFAULT_START, region: str = "us-east-1"
) -> AbstractContextManager[LocalAws]:
    """One AWS account for the length of a `with` block: Personalize from Tastemaker, everything else from moto.

    It may stand inside a `moto.mock_aws()` of one's own and then shares its buckets, keys and roles.

    Args:
        seed: same seed, data and calls give the same answers and identifiers.
        start: where virtual time begins: epoch seconds, ISO 8601 text with an offset, or an aware datetime.
        region: where clients are made that name none.

    Raises:
        TastemakerError: `start` is not a moment in time.
    """
    from tastemaker.testing.local_aws import open_local_aws

    return open_local_aws(seed=seed, start=start, region=region)


__all__ = ["DEFAULT_START", "local_personalize"]
