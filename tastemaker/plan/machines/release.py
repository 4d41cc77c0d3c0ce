"""`release`: put a solution version behind a campaign, through a gate, with a canary and a way back.

Input: `{"Key": the campaign's name in the project, "Campaign": {CreateCampaign without the version}, "CampaignArn",
"KeepTps": whether scaling owns minProvisionedTPS, "SolutionVersionArn": an ARN or "PREVIOUS", "Metrics": of that
version, read when absent, "Gate": {"Minimum": {metric: floor}, "Metric", "MaximumDrop"}, "Policy": "hold" | "promote" |
"force", "Canary": see `canary.py`, "Again": whether a version that was judged before is judged anew, "Note": for the
ledger, "DatasetGroupArn"}`.

The serving version is never given up for one that the gate refuses: the absolute floors, then the relative drop against
what serves now; a metric that is missing holds. Policy `promote` writes the gate's doubts down and goes on to the
canary, `force` skips the canary too. UpdateCampaign keeps the old version serving until the new one is ready (reference
§1.5); when the update or the canary fails, the previous version is put back. Every decision is written to the ledger
table. A version that was released before, or that the canary refused, does not come back by itself: after a roll back
the next maintenance must not undo it. A campaign that follows the latest version by itself stops doing so with its
first release. While serving is paused nothing is released.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.canary import ask, judge_answers
from tastemaker.plan.machines.creating import Creating
from tastemaker.plan.machines.gate import DROP, FLOORS
from tastemaker.plan.machines.ledger import record
from tastemaker.plan.machines.paused import LOOK, REASON, look_for_pause
from tastemaker.plan.machines.polling import START_POLLING, Polling
from tastemaker.plan.machines.serving import FOLLOWS, LOOK_STATUS, PROMOTED_STATUS, read_decisions, update_campaign
from tastemaker.plan.machines.states import (
    State,
    States,
    catch,
    choice,
    covered,
    fail,
    jsonata,
    machine,
    pass_state,
    personalize_task,
)

DEADLINE_SECONDS = 4 * 3600

_NO_MODEL = ["Personalize.ResourceNotFoundException", "Personalize.ResourceInUseException"]


def build_release() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    states = {
        "Remember job": pass_state(
            Assign={
                "job": jsonata("$states.input"),
                "absent": False,
                "serving": "",
                "description": {},
                "metrics": {},
                "servingMetrics": {},
                "reasons": [],
                "tps": jsonata("$states.input.Campaign.MinProvisionedTPS"),
                "servingAnswers": [],
                "answers": [],
                "refusal": "the canary failed",
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
        covered(states, "Release step failed", "$job.Campaign.Name"),
        timeout_seconds=4 * DEADLINE_SECONDS,
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


_NOTHING_TO_CHANGE = (
    f"$candidate = $serving and $description.MinProvisionedTPS = $tps and $job.Policy != 'force' and $not({FOLLOWS})"
)
_FOUND = "found serving: who released it ended before the ledger was told"


def _look() -> States:
    """What serves now, once no earlier update is under way; a campaign in CREATE FAILED serves nothing."""
    absent = catch(_NO_MODEL[:1], "Read decisions", Assign={"absent": True})
    loop = _campaign_loop("campaign", "Compare versions", "Read decisions", catches=(absent,), status=LOOK_STATUS)
    return {
        **loop.states(),
        "Compare versions": pass_state(
            Assign={
                "serving": jsonata("$description.SolutionVersionArn"),
                "tps": jsonata("$job.KeepTps ? $description.MinProvisionedTPS : $job.Campaign.MinProvisionedTPS"),
            },
            next_state="Read decisions",
        ),
        "Read decisions": read_decisions(next_state="Is there anything to decide"),
        "Is there anything to decide": choice(
            [
                ("$candidate = ''", "No earlier version"),
                (f"{_NOTHING_TO_CHANGE} and $judged", "Already serving"),
                (_NOTHING_TO_CHANGE, "Record what serves"),
                ("$candidate = $serving", "Update campaign"),
                ("$judged and $job.Policy = 'hold' and $not($job.Again = true)", "Judged before"),
                ("$exists($job.Metrics)", "Take metrics"),
            ],
            default="Get metrics of candidate",
        ),
        "Record what serves": _decide("RELEASED", _FOUND, next_state="Already serving"),
        "Already serving": pass_state(_outcome("UNCHANGED"), next_state=None),
        "Judged before": pass_state(
            _outcome("UNCHANGED") | {"Reasons": ["this version was released or refused before"]}, next_state=None
        ),
        "No earlier version": fail(
            "Tastemaker.NoEarlierVersion",
            "'the ledger knows no version that campaign ' & $job.Campaign.Name & ' served before ' & $serving & "
            "'; name one: --to SOLUTION_VERSION_ARN'",
        ),
    }


def _gate() -> States:
    reasons = f"[$append({FLOORS}, {DROP})]"
    metrics = {"Assign": {"metrics": jsonata("$states.result.Metrics")}}
    return {
        "Take metrics": pass_state(
            Assign={"metrics": jsonata("$job.Metrics")}, next_state="Does a version serve already"
        ),
        "Get metrics of candidate": personalize_task(
            "getSolutionMetrics",
            {"SolutionVersionArn": jsonata("$candidate")},
            next_state="Does a version serve already",
            **metrics,
        ),
        "Does a version serve already": choice([("$serving != ''", "Get serving metrics")], default="Judge candidate"),
        "Get serving metrics": personalize_task(
            "getSolutionMetrics",
            {"SolutionVersionArn": jsonata("$serving")},
            next_state="Judge candidate",
            Assign={"servingMetrics": jsonata("$states.result.Metrics")},
            catches=[catch(_NO_MODEL, "Judge candidate")],
        ),
        "Judge candidate": pass_state(Assign={"reasons": jsonata(reasons)}, next_state=LOOK),
        **look_for_pause("$job.DatasetGroupArn", next_state="Is it good enough", paused="Paused"),
        "Paused": pass_state(_outcome("PAUSED") | {"Reasons": [jsonata(REASON)]}, next_state=None),
        "Is it good enough": choice(
            [
                ("$count($reasons) > 0 and $job.Policy = 'hold'", "Record hold"),
                ("$absent", "Create campaign"),
                ("$serving != '' and $job.Policy != 'force'", "Ask serving version"),
            ],
            default="Update campaign",
        ),
        "Record hold": _decide("HELD", jsonata("$join($reasons, '; ')"), next_state="Held"),
        "Held": pass_state(_outcome("HELD") | {"Reasons": jsonata("$reasons")}, next_state=None),
    }


def _promote() -> States:
    """Create or update; `latestCampaignUpdate`, where there is one, tells how the update went."""
    loop = _campaign_loop(
        "release",
        "Is there a canary",
        "Record failed update",
        status=PROMOTED_STATUS,
        on_deadline="Record late release",
    )
    said = "($exists($description.LatestCampaignUpdate) ? $description.LatestCampaignUpdate : $description)"
    reason = f"$exists({said}.FailureReason) ? {said}.FailureReason : 'the service gave no reason'"
    return {
        **_create(loop),
        "Update campaign": update_campaign("$candidate", next_state=loop.wait, Assign=START_POLLING),
        **loop.states(),
        "Record failed update": _decide("FAILED", jsonata(reason), next_state="Update failed"),
        "Update failed": fail(
            "Tastemaker.ReleaseFailed",
            f"'campaign ' & $job.Campaign.Name & ' could not take ' & $candidate & ': ' & ({reason}) & "
            "($serving = '' ? '' : '; ' & $serving & ' keeps serving')",
        ),
        "Record late release": _decide(
            "LATE",
            f"the update was still under way after {DEADLINE_SECONDS} s and may yet serve",
            next_state="Release late",
        ),
        "Release late": fail(
            "Tastemaker.ReleaseLate",
            f"'campaign ' & $job.Campaign.Name & ' is still taking ' & $candidate & ' after {DEADLINE_SECONDS} s; the "
            "ledger says LATE; look at it in the Personalize console and run again'",
        ),
        "Record release": _decide("RELEASED", jsonata(_WHY), next_state="Released"),
        "Released": pass_state(_outcome("RELEASED") | {"SolutionVersionArn": jsonata("$candidate")}, next_state=None),
    }


_WHY = """($exists($job.Note) ? $job.Note & ': ' : '') & (
    $job.Policy = 'force' ? 'forced, without canary'
    : $count($reasons) > 0 ? 'promoted although ' & $join($reasons, '; ')
    : 'the gate and the canary passed'
)"""


def _create(loop: Polling) -> States:
    return Creating(
        what="campaign",
        action="createCampaign",
        arguments=jsonata("$merge([$job.Campaign, {'SolutionVersionArn': $candidate}])"),
        next_state=loop.wait,
        name="$job.Campaign.Name",
        already_exists=loop.start,
        fields={"Assign": START_POLLING},
    ).states()


def _canary() -> States:
    """Real requests; for a user that nobody is they are answered too: an unknown id is never an error (§5.4)."""
    way_back = catch(["States.ALL"], "Is there a way back", Assign={"refusal": jsonata("$states.errorOutput.Cause")})
    unanswered = catch(["States.ALL"], "Update campaign")
    return {
        "Ask serving version": ask(
            "before", next_state="Update campaign", Assign={"servingAnswers": jsonata("$states.result")},
            Catch=[unanswered],
        ),
        "Is there a canary": choice(
            [("$job.Policy = 'force' or $count($job.Canary.Requests) = 0", "Record release")],
            default="Ask released version",
        ),
        "Ask released version": ask(
            "after", next_state="Judge canary", Assign={"answers": jsonata("$states.result")}, Catch=[way_back]
        ),
        "Judge canary": pass_state(Assign={"complaints": jsonata(judge_answers())}, next_state="Is the canary alive"),
        "Is the canary alive": choice(
            [
                {
                    "Condition": jsonata("$count($complaints) > 0"),
                    "Next": "Is there a way back",
                    "Assign": {"refusal": jsonata("$join($complaints, '; ')")},
                }
            ],
            default="Record release",
        ),
    }  # fmt: skip


def _roll_back() -> States:
    loop = _campaign_loop(
        "way back", "Record way back", "Record way back", status=PROMOTED_STATUS.replace("$candidate", "$serving")
    )
    return {
        "Is there a way back": choice([("$serving != ''", "Put back previous version")], default="Record way back"),
        "Put back previous version": update_campaign("$serving", next_state=loop.wait, Assign=START_POLLING),
        **loop.states(),
        "Record way back": _decide("ROLLED_BACK", jsonata("$refusal"), next_state="Canary failed"),
        "Canary failed": fail(
            "Tastemaker.CanaryFailed",
            "'campaign ' & $job.Campaign.Name & ' did not serve ' & $candidate & ' well: ' & $refusal & "
            "($serving = '' ? '; no earlier version to go back to' : '; back to ' & $serving)",
        ),
    }


def _outcome(decision: str) -> dict[str, Any]:
    return {
        "CampaignName": jsonata("$job.Campaign.Name"),
        "CampaignArn": jsonata("$job.CampaignArn"),
        "Decision": decision,
    }


def _decide(decision: str, reason: str, *, next_state: str) -> State:
    """One row per decision."""
    texts = {
        "reason": reason,
        "candidate": jsonata("$candidate"),
        "serving": jsonata("$serving"),
        "metrics": jsonata("$string($metrics)"),
    }
    return record("$job.CampaignArn", decision, texts, next_state=next_state)
