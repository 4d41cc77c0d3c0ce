"""What a rule about templates is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tastemaker.constructs.rules.templates import Resource, Templates


class Severity(StrEnum):
    """An error ends the synthesis; a warning is reported."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Violation:
    """One place where a rule is broken.

    Attributes:
        location: inside the resource, e.g. `Properties.MinProvisionedTPS`.
    """

    resource: Resource
    location: str
    message: str


@dataclass(frozen=True)
class Rule:
    """One thing that must hold over all templates of an app.

    Attributes:
        id: stable, kebab-case; acknowledged as `Personalize::<id>`.
        summary: one sentence for docs/rules.md.
        hint: what to do.
        source: AWS page.
    """

    id: str
    summary: str
    hint: str
    source: str
    severity: Severity
    check: Callable[[Templates], Iterable[Violation]]
