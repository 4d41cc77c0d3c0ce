"""`release`: put a solution version behind a campaign, through a gate, with a canary and a way back.

Input: `{"Key": the campaign's name in the project, "Campaign": {CreateCampaign without the version}, "CampaignArn",
"SolutionVersionArn", "Metrics", "Gate": {"Minimum": {metric: floor}, "Metric", "MaximumDrop"},
"Canary": {"Operation", "Arguments"}}`.

The serving version is never given up for one that the gate refuses: the absolute floors, then the relative drop against
what serves now; a metric that is missing holds. UpdateCampaign keeps the old version serving until the new one is
ready (reference §1.5); when the update or the canary fails, the previous version is put back. Every decision is written
to the ledger table.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.polling import START_POLLING, Polling
from tastemaker.plan.machines.states import (
    State,
    States,
    catch,
    choice,
    fail,
    jsonata,
    machine,
    pass_state,
    personalize_task,
    sdk_task,
)
from tastemaker.plan.specs import LEDGER_PARTITION_KEY, LEDGER_SORT_KEY
from tastemaker.plan.tokens import LEDGER_TABLE

DEADLINE_SECONDS = 4 * 3600

_NO_MODEL = ["Personalize.ResourceNotFoundException", "Personalize.ResourceInUseException"]

_FLOORS = """[$each($job.Gate.Minimum, function($floor, $metric) {
    $exists($lookup($job.Metrics, $metric))
        ? ($lookup($job.Metrics, $metric) < $floor
            ? $metric & ' ' & $lookup($job.Metrics, $metric) & ' is below the floor ' & $floor)
        : $metric & ' is missing'
})]"""
_DROP = """($serving = '' or $not($exists($job.Gate.MaximumDrop)) ? [] : (
    $new := $lookup($job.Metrics, $job.Gate.Metric);
    $old := $lookup($servingMetrics, $job.Gate.Metric);
    $exists($new) and $exists($old)
        ? ($new < $old * (1 - $job.Gate.MaximumDrop)
            ? [$job.Gate.Metric & ' fell from ' & $old & ' to ' & $new] : [])
        : [$job.Gate.Metric & ' is missing for the candidate or the serving version']
))"""


def build_release() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    states = {
        "Remember job": pass_state(
            Assign={
                "job": jsonata("$states.input"),
                "absent": False,
                "serving": "",
                "servingMetrics": {},
                **START_POLLING,
            },
            next_state="Describe campaign",
        ),
        **_look(),
        **_gate(),
        **_promote(),
        **_canary(),
        **_roll_back(),
    }
    return machine(
        "Releases a solution version to a campaign through a gate, with a canary and a way back.",
        "Remember job",
        states,
        timeout_seconds=3 * DEADLINE_SECONDS,
    )


def _campaign_loop(what: str, done: str, on_failure: str, **options: Any) -> Polling:
    return Polling(
        what=what,
        action="describeCampaign",
        arguments={"CampaignArn": jsonata("$job.CampaignArn")},
        description="$states.result.Campaign",
        deadline_seconds=DEADLINE_SECONDS,
        done=done,
        name="$job.Campaign.Name",
        on_failure=on_failure,
        **options,
    )


def _look() -> States:
    """What serves now; a campaign in CREATE FAILED serves nothing and may be updated."""
    absent = catch(_NO_MODEL[:1], "Judge candidate", Assign={"absent": True})
    loop = _campaign_loop("campaign", "Compare versions", "Judge candidate", catches=(absent,))
    unchanged = (
        "$description.SolutionVersionArn = $job.SolutionVersionArn and "
        "$description.MinProvisionedTPS = $job.Campaign.MinProvisionedTPS"
    )
    return {
        **loop.states(),
        "Compare versions": choice(
            [
                (unchanged, "Already serving"),
                ("$description.SolutionVersionArn = $job.SolutionVersionArn", "Update campaign"),
            ],
            default="Get serving metrics",
            Assign={"serving": jsonata("$description.SolutionVersionArn")},
        ),
        "Already serving": pass_state(_outcome("UNCHANGED"), next_state=None),
        "Get serving metrics": personalize_task(
            "getSolutionMetrics",
            {"SolutionVersionArn": jsonata("$description.SolutionVersionArn")},
            next_state="Judge candidate",
            Assign={"servingMetrics": jsonata("$states.result.Metrics")},
            catches=[catch(_NO_MODEL, "Judge candidate")],
        ),
    }


def _gate() -> States:
    return {
        "Judge candidate": pass_state(
            Assign={"reasons": jsonata(f"[$append({_FLOORS}, {_DROP})]")}, next_state="Is it good enough"
        ),
        "Is it good enough": choice(
            [("$count($reasons) > 0", "Record hold"), ("$absent", "Create campaign")],
            default="Update campaign",
        ),
        "Record hold": _ledger("HELD", jsonata("$join($reasons, '; ')"), next_state="Held"),
        "Held": pass_state(_outcome("HELD") | {"Reasons": jsonata("$reasons")}, next_state=None),
    }


def _promote() -> States:
    """Create or update; `latestCampaignUpdate`, where there is one, tells how the update went."""
    loop = _campaign_loop(
        "release",
        "Which canary",
        "Record failed update",
        status="($exists($description.LatestCampaignUpdate) ? $description.LatestCampaignUpdate : $description).Status",
    )
    version = {"SolutionVersionArn": jsonata("$job.SolutionVersionArn")}
    config = "$exists($job.Campaign.CampaignConfig) ? {'CampaignConfig': $job.Campaign.CampaignConfig} : {}"
    return {
        "Create campaign": personalize_task(
            "createCampaign",
            jsonata("$merge([$job.Campaign, {'SolutionVersionArn': $job.SolutionVersionArn}])"),
            next_state=loop.wait,
            Assign=START_POLLING,
        ),
        "Update campaign": personalize_task(
            "updateCampaign",
            jsonata(
                "$merge([{'CampaignArn': $job.CampaignArn, 'SolutionVersionArn': $job.SolutionVersionArn, "
                f"'MinProvisionedTPS': $job.Campaign.MinProvisionedTPS}}, {config}])"
            ),
            next_state=loop.wait,
            Assign=START_POLLING,
        ),
        **loop.states(),
        "Record failed update": _ledger(
            "FAILED", "the campaign could not take the version", next_state="Update failed"
        ),
        "Update failed": fail(
            "Tastemaker.ReleaseFailed",
            "'campaign ' & $job.Campaign.Name & ' could not take ' & $job.SolutionVersionArn & "
            "($serving = '' ? '' : '; ' & $serving & ' keeps serving')",
        ),
        "Record release": _ledger("RELEASED", "the gate and the canary passed", next_state="Released"),
        "Released": pass_state(_outcome("RELEASED") | version, next_state=None),
    }


def _canary() -> States:
    """One real request, for a user that nobody is: an unknown user or item is never an error (reference §5.4)."""
    way_back = [catch(["States.ALL"], "Is there a way back")]
    return {
        "Which canary": choice(
            [("$job.Canary.Operation = 'GetPersonalizedRanking'", "Canary ranking")],
            default="Canary recommendations",
        ),
        "Canary recommendations": sdk_task(
            "personalizeruntime",
            "getRecommendations",
            jsonata("$job.Canary.Arguments"),
            next_state="Judge canary",
            catches=way_back,
            Assign={"canaryCount": jsonata("$count($states.result.ItemList)")},
        ),
        "Canary ranking": sdk_task(
            "personalizeruntime",
            "getPersonalizedRanking",
            jsonata("$job.Canary.Arguments"),
            next_state="Judge canary",
            catches=way_back,
            Assign={"canaryCount": jsonata("$count($states.result.PersonalizedRanking)")},
        ),
        "Judge canary": choice([("$canaryCount > 0", "Record release")], default="Is there a way back"),
    }


def _roll_back() -> States:
    loop = _campaign_loop(
        "way back",
        "Record way back",
        "Record way back",
        status="$description.LatestCampaignUpdate.Status",
    )
    return {
        "Is there a way back": choice([("$serving != ''", "Put back previous version")], default="Record way back"),
        "Put back previous version": personalize_task(
            "updateCampaign",
            {"CampaignArn": jsonata("$job.CampaignArn"), "SolutionVersionArn": jsonata("$serving")},
            next_state=loop.wait,
            Assign=START_POLLING,
        ),
        **loop.states(),
        "Record way back": _ledger("ROLLED_BACK", "the canary failed", next_state="Canary failed"),
        "Canary failed": fail(
            "Tastemaker.CanaryFailed",
            "'campaign ' & $job.Campaign.Name & ' gave the canary no items from ' & $job.SolutionVersionArn & "
            "($serving = '' ? '; no earlier version to go back to' : '; back to ' & $serving)",
        ),
    }


def _outcome(decision: str) -> dict[str, Any]:
    return {
        "CampaignName": jsonata("$job.Campaign.Name"),
        "CampaignArn": jsonata("$job.CampaignArn"),
        "Decision": decision,
    }


def _ledger(decision: str, reason: str, *, next_state: str) -> State:
    """One row per decision."""
    text = {
        LEDGER_PARTITION_KEY: jsonata("$job.CampaignArn"),
        LEDGER_SORT_KEY: jsonata("$states.context.State.EnteredTime & ' ' & $states.context.Execution.Name"),
        "decision": decision,
        "reason": reason,
        "candidate": jsonata("$job.SolutionVersionArn"),
        "serving": jsonata("$serving"),
        "metrics": jsonata("$string($job.Metrics)"),
    }
    item = {name: {"S": value} for name, value in text.items()}
    return sdk_task("dynamodb", "putItem", {"TableName": LEDGER_TABLE, "Item": item}, next_state=next_state)
