"""The one way in which a filter is wrong."""

from __future__ import annotations


class FilterError(Exception):
    """The service would answer InvalidInputException.

    Attributes:
        position: 1-based character of the expression; 0 where no single place is to blame. It is part of the text.
    """

    def __init__(self, message: str, position: int = 0) -> None:
        self.position = position
        super().__init__(f"At character {position}: {message}" if position else message)
