"""Did you mean …?"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def find_close_match(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like this one, upper and lower case alike; None when none is near."""
    by_lower = {other.lower(): other for other in known}
    close = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def build_hint(word: str, known: Iterable[str], what: str) -> str:
    """`Did you mean …?` where something is near; else all that is known, in the given order."""
    known = list(known)
    close = find_close_match(word, known)
    if close is not None:
        return f"Did you mean `{close}`?"
    return f"{what}: {', '.join(known)}." if known else f"{what}: none is declared."
