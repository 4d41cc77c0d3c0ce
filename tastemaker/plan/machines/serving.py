"""What a campaign serves, served and will serve: its status in one word, its history in the ledger, its update."""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.states import State, jsonata, personalize_task, sdk_task
from tastemaker.plan.specs import LEDGER_PARTITION_KEY, LEDGER_SORT_KEY
from tastemaker.plan.tokens import LEDGER_TABLE

_UPDATE = "$description.LatestCampaignUpdate"
_UNDER_WAY = f"{_UPDATE}.Status in ['CREATE PENDING', 'CREATE IN_PROGRESS']"

LOOK_STATUS = f"({_UNDER_WAY} ? {_UPDATE}.Status : $description.Status)"
"""An update under way is waited for; a failed one left the campaign ACTIVE with what served before (reference §1.5)."""

PROMOTED_STATUS = f"""(
    $exists({_UPDATE}) and {_UPDATE}.Status != 'ACTIVE' ? {_UPDATE}.Status
    : $description.Status = 'ACTIVE' and $description.SolutionVersionArn != $candidate ? 'CREATE PENDING'
    : $description.Status
)"""
"""ACTIVE only once the wanted version serves."""

BUSY = {
    "ErrorEquals": ["Personalize.ResourceInUseException"],
    "IntervalSeconds": 60,
    "MaxAttempts": 20,
    "BackoffRate": 1.5,
    "MaxDelaySeconds": 300,
    "JitterStrategy": "FULL",
}
"""Somebody else updates the campaign at this moment."""

_RELEASED = "[$states.result.Items[decision.S = 'RELEASED'].candidate.S]"
_PREVIOUS = f"""(
    $released := {_RELEASED};
    $places := $filter([0..$count($released) - 1], function($place) {{ $released[$place] = $serving }});
    $first := $exists($places) ? $max($places) : -1;
    $earlier := $filter($released, function($version, $place) {{ $place > $first and $version != $serving }});
    $exists($earlier) ? $earlier[0] : ''
)"""
"""Newest first, so the greatest place is where the serving version was released first: what stands behind it is older.
Rolling back twice goes back two versions instead of forth again."""

_CANDIDATE = f"$job.SolutionVersionArn = 'PREVIOUS' ? {_PREVIOUS} : $job.SolutionVersionArn"


FOLLOWS = "($description.CampaignConfig.SyncWithLatestSolutionVersion = true)"
"""Whether the campaign takes every new version by itself, past the gate (reference §1.5)."""


def read_decisions(*, next_state: str) -> State:
    """The newest hundred rows of the campaign; assigns `candidate` ('' for none) and `judged`."""
    arguments: dict[str, Any] = {
        "TableName": LEDGER_TABLE,
        "KeyConditionExpression": f"{LEDGER_PARTITION_KEY} = :campaign AND {LEDGER_SORT_KEY} < :rows",
        "ExpressionAttributeValues": {
            ":campaign": {"S": jsonata("$job.CampaignArn")},
            ":rows": {"S": "A"},  # moments begin with a digit, rows that are overwritten with a letter
        },
        "ScanIndexForward": False,
        "Limit": 100,
    }
    decided = "$states.result.Items[candidate.S = $job.SolutionVersionArn].decision.S"
    return sdk_task(
        "dynamodb",
        "query",
        arguments,
        next_state=next_state,
        Assign={
            "candidate": jsonata(_CANDIDATE),
            "judged": jsonata(f"'RELEASED' in [{decided}] or 'ROLLED_BACK' in [{decided}]"),
        },
    )


def update_campaign(version: str, *, next_state: str, **fields: Any) -> State:
    """`version` is JSONata; capacity and configuration are those of the plan, or of scaling when it owns them.

    A campaign that follows the latest version stops doing so: naming a version and switching that off go together.
    """
    config = (
        f"{FOLLOWS} ? {{'CampaignConfig': $merge([$description.CampaignConfig, $job.Campaign.CampaignConfig, "
        "{'SyncWithLatestSolutionVersion': false}])} "
        ": $exists($job.Campaign.CampaignConfig) ? {'CampaignConfig': $job.Campaign.CampaignConfig} : {}"
    )
    state = personalize_task(
        "updateCampaign",
        jsonata(
            f"$merge([{{'CampaignArn': $job.CampaignArn, 'SolutionVersionArn': {version}, "
            f"'MinProvisionedTPS': $tps}}, {config}])"
        ),
        next_state=next_state,
        **fields,
    )
    return {**state, "Retry": [*state["Retry"], BUSY]}
