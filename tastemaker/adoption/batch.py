"""Batch jobs as their Create calls describe them, from an account or from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["inference", "segment"]


def read_batch_members(kind: Kind, job: Mapping[str, Any], *, solution: str, schedule: str | None) -> dict[str, Any]:
    """Members of `Inventory.batch`: the job's own, and what the project file says in other words."""
    themes = job.get("batchInferenceJobMode") == "THEME_GENERATION"
    inference = "themes" if themes else "inference"
    return {
        **job,
        "solution": solution,
        "kind": "segments" if kind == "segment" else inference,
        "input": _find(job, "jobInput", "s3DataSource", "path") or "",
        "schedule": schedule,
        "filter": str(job.get("filterArn", "")).rpartition("/")[2],
        "itemNameColumn": _find(job, "themeGenerationConfig", "fieldsForThemeGeneration", "itemName"),
    }


def _find(value: Any, *path: str) -> Any:
    """What stands at the path; None where something on the way is missing."""
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value
