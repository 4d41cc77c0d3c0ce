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
_WHOLE = 2
"""Length of the path of one solution, campaign, filter …"""


def settle(draft: Draft) -> str:
    """The text of the project file; the draft loses what cannot be part of one.

    Raises:
        ProjectFileError: nothing is left that could be a project.
    """
    reasons: dict[Path, Finding] = {}
    while True:
        text = build_text({key: draft.tree[key] for key in SECTIONS if key in draft.tree}, draft.notes)
        source = parse_yaml(FILE_NAME, text)
        _, findings = check_source(source)
        if not findings:
            draft.tell(*(_tell(path, reason) for path, reason in reasons.items()))
            return text
        path = _find_path(source.locations, findings[0])
        if path is None or (path[0] in _KEPT and len(path) == 1):
            raise ProjectFileError([*draft.findings, *reasons.values(), *findings])
        reason, gone = _locate(draft, path, findings[0]), draft.remove(path)
        _remember(reasons, path[:_WHOLE] if len(gone) <= _WHOLE else path, reason)


def _remember(reasons: dict[Path, Finding], path: Path, finding: Finding) -> None:
    """What lacks a part that was left out goes for the part's reason; so does the name of what is gone, untold."""
    inside = [part for part in reasons if part[: len(path)] == path]
    if path[0] != "names":
        reasons[path] = reasons[inside[0]] if inside else finding
    for part in inside:
        if part != path:
            del reasons[part]


def _find_path(locations: Locations, finding: Finding) -> Path | None:
    """The deepest part that begins where the finding points, or right before."""
    spot = (finding.line, finding.column)
    spots = {path: at for table in (locations.keys, locations.values) for path, at in table.items() if at <= spot}
    return max(spots, key=lambda path: (spots[path], len(path)), default=None)


def _locate(draft: Draft, path: Path, finding: Finding) -> Finding:
    """The finding where the part comes from, instead of in a project file that nobody has seen yet."""
    origin = draft.find_origin(path)
    if origin is None:
        return replace(finding, file=".".join(map(str, path)), line=0, column=0)
    place = origin.find(finding.rule, finding.message)
    return replace(finding, file=place.file, line=place.line, column=place.column)


def _tell(path: Path, reason: Finding) -> Finding:
    return replace(reason, message=f"{'.'.join(map(str, path))} is left out: {reason.message}")
