"""Who meets which variant: pure functions of names, salts and ids, so that nothing has to be remembered."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def assigned_variant(variants: Sequence[Mapping[str, Any]], salt: str, unit: str) -> Mapping[str, Any]:
    """The variant of a user or session: always the same, independent of the order of the variants.

    Each variant draws a number from an exponential distribution with its weight as rate, the smallest wins; so the
    shares are those of the weights. A variant that is added or gets more weight takes over just the units that it
    needs; all others stay where they are.
    Source: Efraimidis and Spirakis 2006, weighted sampling, over rendezvous hashing (Thaler and Ravishankar 1998).

    Args:
        variants: each with `name` and `weight`.
        unit: the id of the user or session; any text.
    """
    return min(variants, key=lambda variant: _draw([salt, variant["name"], unit]) / variant["weight"])


def unit_key(salt: str, experiment: str, unit: str) -> str:
    """What stands for a user or session in the records of one experiment; the id cannot be read from it."""
    return hashlib.sha256(_text(["unit", experiment, salt, unit])).hexdigest()


def team_draft(
    lists: Mapping[str, Sequence[dict[str, Any]]], count: int, salt: str, request_id: str
) -> list[dict[str, Any]]:
    """One list of two: in each round both teams pick their best item that is left, who picks first is a coin's choice.

    The same request gives the same list. Each item carries the `variant` that picked it.
    Source: Radlinski, Kurup and Joachims 2008, How does clickthrough data reflect retrieval quality?, algorithm 2.

    Args:
        lists: team to its items, best first; each item has an `itemId`.
        count: how many items at most.
    """
    left = {team: iter(items) for team, items in lists.items()}
    mixed: dict[str, dict[str, Any]] = {}
    rounds = max((len(items) for items in lists.values()), default=0)
    for number in range(rounds):
        for team in sorted(lists, key=lambda team: _hash([salt, request_id, number, team])):
            item = next((one for one in left[team] if one["itemId"] not in mixed), None)
            if item is not None:
                mixed[item["itemId"]] = {**item, "variant": team}
    return list(mixed.values())[:count]


def _draw(parts: list[Any]) -> float:
    """A number of the exponential distribution with rate 1, from 53 bits of the hash."""
    uniform = ((_hash(parts) >> 11) + 0.5) / 2**53
    return -math.log(uniform)


def _hash(parts: list[Any]) -> int:
    return int.from_bytes(hashlib.sha256(_text(parts)).digest()[:8], "big")


def _text(parts: list[Any]) -> bytes:
    """JSON keeps the parts apart, and ASCII takes any text."""
    return json.dumps(parts, separators=(",", ":")).encode()
