from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How something stands to the real service.

    Exact: as documented, in everything that the documentation says. Approximate: the documentation is silent or
    internal, and the simulator chose. Absent: refused by name, never passed over.
    """

    EXACT = "exact"
    APPROXIMATE = "approximate"
    ABSENT = "absent"


@dataclass(frozen=True, order=True)
class Fidelity:
    """One statement.

    Attributes:
        area: heading on the page, e.g. `Filters`.
        subject: an operation, a recipe or a rule in a few words.
        source: where the real behaviour is documented, or that it is not.
    """

    area: str
    subject: str
    grade: Grade
    note: str
    source: str
