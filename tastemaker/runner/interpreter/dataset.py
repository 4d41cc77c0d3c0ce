"""What a Map iterates over.

Source: developer guide, "Context object data for Map states" and "ItemsPath (Map, JSONPath only)".
"""

from __future__ import annotations

from typing import Any, NamedTuple

STATE_DATA = "STATE_DATA"
"""Source of items that come from the state's input."""


class Item(NamedTuple):
    """One item.

    Attributes:
        value: what an iteration gets when nothing selects something else.
        source: STATE_DATA or the URI of the S3 object that holds it.
        key: the member's name when the items are the members of a JSON object; else None.
    """

    value: Any
    source: str = STATE_DATA
    key: str | None = None

    def context(self, index: int) -> dict[str, Any]:
        """`Map.Item` of the context object."""
        member = {} if self.key is None else {"Key": self.key}
        value = self.value if self.key is None else self.value["Value"]
        return {"Index": index, **member, "Value": value, "Source": self.source}


def items_of(value: list[Any] | dict[str, Any], source: str = STATE_DATA) -> list[Item]:
    """The elements of an array, or the members of an object as pairs of Key and Value."""
    if isinstance(value, list):
        return [Item(element, source) for element in value]
    return [Item({"Key": key, "Value": member}, source, key) for key, member in value.items()]
