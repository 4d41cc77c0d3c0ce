"""ARNs and ids, derived from the simulator's seed so that the same history gives the same names (reference §1.2)."""

from __future__ import annotations

import hashlib
import uuid
from functools import lru_cache


def digest(seed: int, *parts: object) -> bytes:
    """16 bytes that depend on the seed and the parts only."""
    text = "\x1f".join([str(seed), *(str(part) for part in parts)])
    return hashlib.blake2s(text.encode(), digest_size=16).digest()


def hex_id(seed: int, *parts: object) -> str:
    """8 hexadecimal digits, as event trackers and solution versions carry them."""
    return digest(seed, *parts).hex()[:8]


def uuid_id(seed: int, *parts: object) -> str:
    """A version 4 UUID, as trackingId and request ids look."""
    return str(uuid.UUID(bytes=digest(seed, *parts), version=4))


def recommendation_id(request_id: str, arn: str) -> str:
    """A recommendationId: the request's id, its last twelve digits replaced by ones that tell where it came from."""
    return f"RID-{request_id[:-12]}{_origin(arn)}"


def comes_from(recommendation_id: str, arn: str) -> bool:
    """Whether this campaign or recommender gave the recommendation."""
    return recommendation_id.startswith("RID-") and recommendation_id.endswith(_origin(arn))


@lru_cache(maxsize=1024)
def _origin(arn: str) -> str:
    return digest(0, "origin", arn).hex()[:12]


def number(seed: int, *parts: object) -> int:
    """A 32-bit seed for a training."""
    return int.from_bytes(digest(seed, *parts)[:4], "big")
