"""`resume`: what `pause` took away is back, with the versions that served before.

Input: as of `pause`. A campaign is made of what the project declares and the version that was written down; the
capacity too where scaling owns it. One that failed to be made is made anew. A version that is gone since is told, and
its campaign comes with the next release. The mark on the dataset group goes last, when all are ACTIVE.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from tastemaker.plan.machines.creating import NOT_FOUND, Creating
from tastemaker.plan.machines.deleting import Deleting
from tastemaker.plan.machines.ledger import PAUSED, forget, read, record
from tastemaker.plan.machines.pause import (
    GROUP,
    NAME,
    each_alone,
    outcome,
    record_one,
    remember_one,
    report,
    serving_loop,
    switch_recommender,
)
from tastemaker.plan.machines.paused import LOOK, look_for_pause, take_mark_away
from tastemaker.plan.machines.polling import START_POLLING
from tastemaker.plan.machines.states import States, body, catch, choice, covered, jsonata, machine, pass_state

DEADLINE_SECONDS = 4 * 3600
_campaign_loop = partial(serving_loop, "Campaign", deadline_seconds=DEADLINE_SECONDS)
_ARGUMENTS = """$merge([$one.Create, {
    'SolutionVersionArn': $served, 'MinProvisionedTPS': $one.KeepTps ? $tps : $one.Create.MinProvisionedTPS
}])"""
_LOST = "the version that served is gone; the campaign comes with the next release"


def build_resume() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    states: States = {
        "Remember job": pass_state(Assign={"job": jsonata("$states.input")}, next_state=LOOK),
        **look_for_pause(GROUP, next_state="Not paused", paused="Resume all"),
        "Not paused": pass_state({"Status": "UNCHANGED", "Serving": []}, next_state=None),
        **each_alone("Resume", "RESUMED", _campaign(), _recommender(), next_state="Record return"),
        "Record return": record(
            GROUP,
            "RESUMED",
            {"reason": jsonata("$job.Note")},
            next_state="Take mark away",
            Output=jsonata("$states.input"),
        ),
        "Take mark away": take_mark_away(GROUP, next_state="Report", Output=jsonata("$states.input")),
        "Report": report("RESUMED"),
    }
    return machine(
        "Brings campaigns and recommenders back with what they served before the pause.",
        "Remember job",
        covered(states, "Resume step failed", GROUP),
        timeout_seconds=24 * 3600,
    )


def _campaign() -> dict[str, Any]:
    broken = Deleting("campaign", "Campaign", "$one.Arn", "Create campaign", " that failed")
    made = _campaign_loop("new campaign", "Record campaign")
    create = Creating(
        what="campaign",
        action="createCampaign",
        arguments=jsonata(_ARGUMENTS),
        next_state=made.wait,
        name=NAME,
        already_exists=made.start,
        fields={"Assign": START_POLLING},
        catches=(catch(NOT_FOUND, "Record lost version"),),
    )
    look = _campaign_loop(
        "campaign", "Record campaign", on_failure=broken.start, catches=(catch(NOT_FOUND, create.start),)
    )
    item = "$states.result.Item"
    states: States = {
        **remember_one("Remember campaign", "Read version", **broken.begin),
        "Read version": read(
            "$one.Arn",
            PAUSED,
            next_state="Was it paused",
            Assign={
                "served": jsonata(f"'' & {item}.version.S"),
                "tps": jsonata(f"$exists({item}.tps.N) ? $number({item}.tps.N) : 1"),
            },
        ),
        "Was it paused": choice([("$served = ''", "Campaign unchanged")], default=look.start),
        **look.states(),
        **broken.states(),
        **create.states(),
        **made.states(),
        **_ends("campaign", "$served"),
        **_lose_version(),
    }
    return body("Remember campaign", covered(states, "Resume of campaign failed", NAME))


def _lose_version() -> States:
    return {
        "Record lost version": record(
            "$one.Arn", "LOST", {"reason": _LOST, "candidate": jsonata("$served")}, next_state="Forget lost version"
        ),
        "Forget lost version": forget("$one.Arn", PAUSED, next_state="Version is lost"),
        "Version is lost": outcome("LOST", Cause=_LOST),
    }


def _recommender() -> dict[str, Any]:
    gone = catch(NOT_FOUND, "Forget recommender")
    look = serving_loop("Recommender", "recommender", "Is it stopped", good=("ACTIVE", "INACTIVE"), catches=(gone,))
    start = serving_loop("Recommender", "start of recommender", "Record recommender")
    states: States = {
        **remember_one("Remember recommender", "Read whether it served"),
        "Read whether it served": read(
            "$one.Arn",
            PAUSED,
            next_state="Did it serve",
            Assign={"paused": jsonata("$exists($states.result.Item)")},
        ),
        "Did it serve": choice([("$paused", look.start)], default="Recommender unchanged"),
        **look.states(),
        "Is it stopped": choice(
            [("$description.Status = 'ACTIVE'", "Record recommender")], default="Start recommender"
        ),
        "Start recommender": switch_recommender("startRecommender", next_state=start.wait),
        **start.states(),
        **_ends("recommender", "''"),
    }
    return body("Remember recommender", covered(states, "Resume of recommender failed", NAME))


def _ends(what: str, version: str) -> States:
    """Enter at `Record <what>`, or at `<What> unchanged`."""
    back = f"{what.capitalize()} is back"
    return {
        f"Record {what}": record_one("RESUMED", version, next_state=f"Forget {what}"),
        f"Forget {what}": forget("$one.Arn", PAUSED, next_state=back),
        back: outcome("RESUMED", SolutionVersionArn=jsonata(version)),
        f"{what.capitalize()} unchanged": outcome("UNCHANGED"),
    }
