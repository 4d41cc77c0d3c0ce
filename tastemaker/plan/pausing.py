"""Input of `pause` and of `resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tastemaker.plan.specs import Plan


def build_pausing_job(plan: Plan, note: str) -> dict[str, Any]:
    """What the project declares and the service bills by the hour; `note` goes into the ledger."""
    resources = plan.resources
    return {
        "DatasetGroupArn": resources["DatasetGroups"][0]["Arn"],
        "Campaigns": resources["Campaigns"],
        "Recommenders": resources["Recommenders"],
        "Note": note,
    }
