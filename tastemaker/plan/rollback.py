"""Input of `release` that goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.plan.maintenance import build_release_job

if TYPE_CHECKING:
    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names

PREVIOUS = "PREVIOUS"
"""The machine finds out in the ledger what served before."""


def build_rollback(
    project: Project, names: Names, campaign: str, version_arn: str | None, reason: str
) -> dict[str, Any]:
    """A version that served before is not held back by a gate that others have passed since; the canary still judges.

    Args:
        project, names: of the plan.
        campaign: key in `campaigns`; KeyError when there is none.
        version_arn: what to go back to; None for what served before.
        reason: goes into the ledger.
    """
    return {
        **build_release_job(project, names, campaign),
        "SolutionVersionArn": PREVIOUS if version_arn is None else version_arn,
        "Policy": "promote",
        "Again": True,
        "Note": reason,
    }
