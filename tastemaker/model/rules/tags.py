"""Tags that the service refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.limits import MAX_TAGS
from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_KEY, LONGEST_VALUE = 128, 256


def _check(declaration: Declaration) -> Iterator[Violation]:
    tags = declaration.project.tags
    if len(tags) > MAX_TAGS:
        yield Violation(("tags",), f"{len(tags)} tags; a resource takes {MAX_TAGS}", "Remove some.")
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            yield Violation(("tags", key), f"`{key}` begins with aws:, which AWS keeps for itself", "Rename it.", True)
        elif not 1 <= len(key) <= LONGEST_KEY or len(value or "") > LONGEST_VALUE:
            message = f"a tag has at most {LONGEST_KEY} characters in its key and {LONGEST_VALUE} in its value"
            yield Violation(("tags", key), message, "Shorten it.", True)


RULE = Rule("tag", "Tags fit the service's limits.", "API, shapes TagKey and TagValue", _check)
