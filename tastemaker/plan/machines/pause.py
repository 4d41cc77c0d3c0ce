"""`pause`: stop the bill: delete campaigns and stop recommenders; datasets, solution versions and trackers stay.

Input: `{"DatasetGroupArn", "Campaigns", "Recommenders": entries of `Plan.resources`, "Note": for the ledger}`.

The dataset group is marked first, so that nothing else brings a campaign back meanwhile (`paused.py`). What served is
written down before it goes, so a pause that was interrupted is simply started again, and `resume` brings back what was
there and nothing else. One that fails keeps no other from being paused.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.creating import NOT_FOUND
from tastemaker.plan.machines.deleting import Deleting
from tastemaker.plan.machines.ledger import PAUSED, keep, record
from tastemaker.plan.machines.paused import LOOK, look_for_pause, set_mark
from tastemaker.plan.machines.polling import DONE, FAILED, START_POLLING, Polling
from tastemaker.plan.machines.serving import BUSY
from tastemaker.plan.machines.states import (
    State,
    States,
    body,
    catch,
    choice,
    covered,
    fail,
    for_each,
    isolated,
    jsonata,
    machine,
    parallel,
    pass_state,
    personalize_task,
)

DEADLINE_SECONDS = 6 * 3600
GROUP = "$job.DatasetGroupArn"
NAME = "$one.Create.Name"


def build_pause() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    states: States = {
        "Remember job": pass_state(Assign={"job": jsonata("$states.input")}, next_state=LOOK),
        **look_for_pause(GROUP, next_state="Mark as paused", paused="Pause all"),
        "Mark as paused": set_mark(GROUP, next_state="Record pause"),
        "Record pause": record(GROUP, "PAUSED", {"reason": jsonata("$job.Note")}, next_state="Pause all"),
        **each_alone("Pause", "PAUSED", _campaign(), _recommender(), next_state="Report"),
        "Report": report("PAUSED"),
    }
    return machine(
        "Deletes campaigns and stops recommenders, and remembers what they served.",
        "Remember job",
        covered(states, "Pause step failed", GROUP),
        timeout_seconds=24 * 3600,
    )


def report(status: str) -> State:
    """The last state: each campaign and recommender with what became of it."""
    return pass_state({"Status": status, "Serving": jsonata("$states.input")}, next_state=None)


def each_alone(
    verb: str, done: str, campaign: dict[str, Any], recommender: dict[str, Any], *, next_state: str
) -> States:
    """Enter at `<verb> all`: every campaign and recommender by itself; failures are told when all have been tried.

    Args:
        verb: `Pause` or `Resume`.
        done: in words of the cause.
        campaign, recommender: bodies of the two Maps; an entry of `Plan.resources` is their input.
        next_state: gets the list of outcomes as input.
    """
    branches = []
    for what, inside in (("campaign", campaign), ("recommender", recommender)):
        lost = {"Name": jsonata("$states.input.Item.Create.Name"), "Action": "FAILED"}
        one = isolated(f"{verb} {what}", inside, f"Cannot {verb.lower()} {what}", lost)
        every = for_each(f"$job.{what.capitalize()}s", one, at_once=2, next_state=None)
        branches.append(body(f"{verb} {what}s", covered({f"{verb} {what}s": every}, f"{verb} of {what}s failed")))
    whole, judge, bad = f"{verb} all", f"Are all {done.lower()}", f"Not all {done.lower()}"
    failures = "[$states.input[Action = 'FAILED']]"
    return {
        whole: parallel(
            branches, next_state=judge, Output=jsonata("[$append($states.result[0], $states.result[1])]")
        ),
        judge: choice([(f"$count({failures}) > 0", bad)], default=next_state),
        bad: fail(
            f"Tastemaker.{verb}Failed", f"$join({failures}.(Name & ': ' & Cause), '; ') & '; run it again when mended'"
        ),
    }  # fmt: skip


def remember_one(first: str, next_state: str, **variables: Any) -> States:
    """The first state of each body."""
    return {
        first: pass_state(Assign={"one": jsonata("$states.input"), **START_POLLING, **variables}, next_state=next_state)
    }


def outcome(action: str, **members: str) -> State:
    """The last state of each body."""
    return pass_state({"Name": jsonata(NAME), "Action": action, **members}, next_state=None)


def serving_loop(
    member: str, what: str, done: str, *, deadline_seconds: int = DEADLINE_SECONDS, **options: Any
) -> Polling:
    """The loop until the one is at rest; `member` is the API's name, `Campaign` or `Recommender`."""
    return Polling(
        what=what,
        action=f"describe{member}",
        arguments={f"{member}Arn": jsonata("$one.Arn")},
        description=f"$states.result.{member}",
        deadline_seconds=deadline_seconds,
        done=done,
        name=NAME,
        **options,
    )


def record_one(decision: str, version: str, *, next_state: str) -> State:
    """What became of the one, for the ledger; `version` is JSONata."""
    texts = {"reason": jsonata("$job.Note"), "candidate": jsonata(version), "serving": jsonata(version)}
    return record("$one.Arn", decision, texts, next_state=next_state)


def switch_recommender(action: str, *, next_state: str) -> State:
    """`startRecommender` or `stopRecommender`; an update under way is waited for."""
    state = personalize_task(
        action, {"RecommenderArn": jsonata("$one.Arn")}, next_state=next_state, Assign=START_POLLING
    )
    return {**state, "Retry": [*state["Retry"], BUSY]}


def _campaign() -> dict[str, Any]:
    """An update under way keeps the campaign from being deleted for some minutes; the loop asks again."""
    loop = Deleting("campaign", "Campaign", "$one.Arn", "Campaign is gone")
    described = "$states.result.Campaign"
    states: States = {
        **remember_one("Remember campaign", "Describe campaign", **loop.begin),
        "Describe campaign": personalize_task(
            "describeCampaign",
            {"CampaignArn": jsonata("$one.Arn")},
            next_state="Does it serve",
            catches=[catch(NOT_FOUND, "No campaign")],
            Assign={
                "served": jsonata(f"{described}.Status = 'CREATE FAILED' ? '' : '' & {described}.SolutionVersionArn"),
                "tps": jsonata(f"$string({described}.MinProvisionedTPS)"),
            },
        ),
        "Does it serve": choice([("$served = ''", loop.start)], default="Remember version"),
        "Remember version": keep(
            "$one.Arn",
            PAUSED,
            {"version": {"S": jsonata("$served")}, "tps": {"N": jsonata("$tps")}},
            next_state="Record campaign",
        ),
        "Record campaign": record_one("PAUSED", "$served", next_state=loop.start),
        **loop.states(),
        "Campaign is gone": outcome("PAUSED", SolutionVersionArn=jsonata("$served")),
        "No campaign": outcome("UNCHANGED"),
    }
    return body("Remember campaign", covered(states, "Pause of campaign failed", NAME))


def _recommender() -> dict[str, Any]:
    """One that somebody had stopped before is not written down, so it stays stopped when serving is resumed."""
    still = "Recommender stands still"
    look = serving_loop(
        "Recommender",
        "recommender",
        "Does it answer",
        good=("ACTIVE", "INACTIVE"),
        on_failure=still,
        catches=(catch(NOT_FOUND, still),),
    )
    stop = serving_loop(
        "Recommender", "stop of recommender", "Recommender stopped", good=("INACTIVE",), failed=(*FAILED, *DONE)
    )
    states: States = {
        **remember_one("Remember recommender", look.start),
        **look.states(),
        "Does it answer": choice([("$description.Status = 'INACTIVE'", still)], default="Remember that it served"),
        "Remember that it served": keep("$one.Arn", PAUSED, {"version": {"S": ""}}, next_state="Record recommender"),
        "Record recommender": record_one("PAUSED", "''", next_state="Stop recommender"),
        "Stop recommender": switch_recommender("stopRecommender", next_state=stop.wait),
        **stop.states(),
        "Recommender stopped": outcome("PAUSED"),
        still: outcome("UNCHANGED"),
    }
    return body("Remember recommender", covered(states, "Pause of recommender failed", NAME))
