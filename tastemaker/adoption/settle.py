"""A draft to a project file that loads: what the model refuses is left out and told, with the model's own reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tastemaker.errors import ProjectFileError
from tastemaker.model.load import FILE_NAME, check_source
from tastemaker.model.source import parse_yaml
from tastemaker.model.write import build_text

if TYPE_CHECKING:
    from tastemaker.adoption.draft import Draft
    from tastemaker.errors import Finding
    from tastemaker.model.source import Locations, Path

SECTIONS = (
    "project", "datasetGroup", "datasets", "eventTracker", "filters", "solutions", "campaigns", "recommenders", "batch",
    "metricAttribution", "tags", "schedules", "names",
)  # fmt: skip
_KEPT = {"project", "datasets"}
"""Without these there is no project."""


def settle(draft: Draft) -> str:
    """The text of the project file; the draft loses what cannot be part of one.

    Raises:
        ProjectFileError: nothing is left that could be a project.
    """
    gone: list[Path] = []
    while True:
        text = build_text({key: draft.tree[key] for key in SECTIONS if key in draft.tree}, draft.notes)
        source = parse_yaml(FILE_NAME, text)
        _, findings = check_source(source)
        if not findings:
            return text
        path = _find_path(source.locations, findings[0])
        if path is None or (path[0] in _KEPT and len(path) == 1):
            raise ProjectFileError([*draft.findings, *findings])
        if not _is_consequence(path, gone):
            draft.tell(_tell(draft, path, findings[0]))
        gone.append(path)
        draft.remove(path)


def _is_consequence(path: Path, gone: list[Path]) -> bool:
    """A name of what is gone already, or something that lacks a part that was left out before."""
    return path[0] == "names" or any(part[: len(path)] == path for part in gone)


def _find_path(locations: Locations, finding: Finding) -> Path | None:
    """The deepest part that begins where the finding points, or right before."""
    spot = (finding.line, finding.column)
    spots = {path: at for table in (locations.keys, locations.values) for path, at in table.items() if at <= spot}
    return max(spots, key=lambda path: (spots[path], len(path)), default=None)


def _tell(draft: Draft, path: Path, finding: Finding) -> Finding:
    where, origin = ".".join(map(str, path)), draft.find_origin(path)
    told = replace(finding, file=where, line=0, column=0, message=f"{where} is left out: {finding.message}")
    if origin is not None:
        place = origin.find(finding.rule, told.message)
        told = replace(told, file=place.file, line=place.line, column=place.column)
    return told
