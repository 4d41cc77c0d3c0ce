"""Tags: the project sets its own on everything, so only those that everything carries can be the project's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tastemaker.adoption.inventory import Place
    from tastemaker.errors import Finding


def find_shared(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Keys in order."""
    sets = [set(one.items()) for one in tags]
    return dict(sorted(set.intersection(*sets))) if sets else {}


def tell_others(place: Place, what: str, own: Mapping[str, str], shared: Mapping[str, str]) -> Iterator[Finding]:
    """What one resource carries beyond the shared ones."""
    rest = [key for key, value in own.items() if shared.get(key) != value]
    if rest:
        message = f"tags of {what} that others lack are left out: {', '.join(sorted(rest))}"
        hint = "They stay where they are; the project's tags are set on everything."
        yield place.find("not-carried-over", message, hint)
