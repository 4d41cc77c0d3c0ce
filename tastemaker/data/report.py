"""What checking the datasets of a project gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tastemaker.data.figures import Figures
    from tastemaker.errors import Finding


@dataclass(frozen=True)
class DatasetReport:
    """Figures of one dataset; 0 and None where the file could not be read that far.

    Attributes:
        users, items: distinct ids in this dataset.
        event_types: distinct values of EVENT_TYPE.
        first_timestamp, last_timestamp: epoch seconds, of TIMESTAMP or CREATION_TIMESTAMP.
    """

    dataset_type: str
    path: Path
    size_bytes: int = 0
    rows: int = 0
    users: int = 0
    items: int = 0
    event_types: int = 0
    first_timestamp: int | None = None
    last_timestamp: int | None = None


@dataclass(frozen=True)
class DataReport:
    """All datasets.

    Attributes:
        findings: sorted by file and line, without those that the project silences; without any error among them
            Amazon Personalize would take the data.
        datasets: dataset type to figures, in the order interactions, items, users.
        silenced: findings that the project file silences, with its reason.
        figures: for plots; None unless they were asked for.
    """

    findings: tuple[Finding, ...]
    datasets: Mapping[str, DatasetReport]
    silenced: tuple[Finding, ...] = ()
    figures: Figures | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "warning")
