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
    while True:
        text = build_text({key: draft.tree[key] for key in SECTIONS if key in draft.tree}, draft.notes)
        source = parse_yaml(FILE_NAME, text)
        _, findings = check_source(source)
        if not findings:
            return text
        path = _find_path(source.locations, findings[0])
        if path is None or (path[0] in _KEPT and len(path) == 1):
            raise ProjectFileError([*draft.findings, *findings])
        _leave_out(draft, path, findings[0])


def _find_path(locations: Locations, finding: Finding) -> Path | None:
    """The deepest part that begins where the finding points, or right before."""
    spot = (finding.line, finding.column)
    spots = {path: at for table in (locations.keys, locations.values) for path, at in table.items() if at <= spot}
    return max(spots, key=lambda path: (spots[path], len(path)), default=None)


def _leave_out(draft: Draft, path: Path, finding: Finding) -> None:
    where, origin = ".".join(map(str, path)), draft.find_origin(path)
    told = replace(finding, file=where, line=0, column=0, message=f"{where} is left out: {finding.message}")
    if origin is not None:
        place = origin.find(finding.rule, told.message)
        told = replace(told, file=place.file, line=place.line, column=place.column)
    draft.tell(told)
    draft.remove(path)
