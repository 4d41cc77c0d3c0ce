"""What a dataset group holds, listed; and the Maps that delete it, billable things first (reference §1.6).

Every list fits into one page of a hundred: the quotas are 30 filters, 20 solutions and 5 campaigns or recommenders.
Enter with `$groupArn` assigned; each list goes into a variable of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.plan.machines.creating import NOT_FOUND
from tastemaker.plan.machines.deleting import Deleting
from tastemaker.plan.machines.states import (
    State,
    States,
    body,
    catch,
    covered,
    for_each,
    jsonata,
    pass_state,
    personalize_task,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Listed:
    """One kind of resource in a dataset group.

    Attributes:
        what: in words.
        member: the API's name; `List<member>s` lists it.
        variable: that receives the ARNs.
        billable: whether it costs money by existing.
    """

    what: str
    member: str
    variable: str
    billable: bool = False


CAMPAIGN = Listed("campaign", "Campaign", "campaignArns", billable=True)
RECOMMENDER = Listed("recommender", "Recommender", "recommenderArns", billable=True)
SOLUTION = Listed("solution", "Solution", "solutionArns")
EVENT_TRACKER = Listed("event tracker", "EventTracker", "eventTrackerArns")
ATTRIBUTION = Listed("metric attribution", "MetricAttribution", "attributionArns")
FILTER = Listed("filter", "Filter", "filterArns")
DATASET = Listed("dataset", "Dataset", "datasetArns")

IN_GROUP = (RECOMMENDER, SOLUTION, EVENT_TRACKER, ATTRIBUTION, FILTER, DATASET)
ALL = (CAMPAIGN, *IN_GROUP)
"""In the order of deletion."""


def list_group(next_state: str, *, why: str = "", first: str | None = None) -> States:
    """List everything in the group, then the campaigns of its solutions; a group that is not there holds nothing."""
    names = [f"List {kind.what}s{why}" for kind in IN_GROUP]
    campaigns = f"List campaigns{why}"
    following = [*names[1:], campaigns]
    states: States = {}
    for kind, name, after in zip(IN_GROUP, names, following, strict=True):
        states[name] = _list(kind, after)
    states[campaigns] = for_each(
        f"${SOLUTION.variable}",
        body(f"List campaigns of solution{why}", _campaigns(why)),
        at_once=1,
        next_state=next_state,
        Assign={CAMPAIGN.variable: jsonata("[$states.result.Arns]")},
    )
    return states if first is None else {first: pass_state(next_state=names[0]), **states}


def _list(kind: Listed, next_state: str) -> State:
    """DELETE PENDING counts: it is still there."""
    return personalize_task(
        f"list{kind.member}s",
        {"DatasetGroupArn": jsonata("$groupArn"), "MaxResults": 100},
        next_state=next_state,
        catches=[catch(NOT_FOUND, next_state, Assign={kind.variable: []})],
        Assign={kind.variable: jsonata(f"[$states.result.{kind.member}s.{kind.member}Arn]")},
    )


def _campaigns(why: str) -> States:
    """Campaigns know their solution only, so each solution is asked."""
    states = {
        f"List campaigns of solution{why}": personalize_task(
            "listCampaigns",
            {"SolutionArn": jsonata("$states.input"), "MaxResults": 100},
            next_state=None,
            Output={"Arns": jsonata("[$states.result.Campaigns.CampaignArn]")},
        )
    }
    return covered(states, f"Campaigns cannot be listed{why}")


def delete_each(
    kind: Listed, items: str, *, next_state: str | None, why: str = "", at_once: int = 2, variable: str = "leaving"
) -> State:
    """A Map over the JSONata list `items` of ARNs; see `Deleting`."""
    gone = f"{kind.what.capitalize()} is gone{why}"
    loop = Deleting(kind.what, kind.member, "$arn", gone, why, variable)
    remember = f"Remember {kind.what}{why}"
    states = {
        remember: pass_state(Assign={"arn": jsonata("$states.input"), **loop.begin}, next_state=loop.start),
        **loop.states(),
        gone: pass_state(jsonata("$arn"), next_state=None),
    }
    inside = body(remember, covered(states, f"{kind.what.capitalize()} step failed{why}", "$arn"))
    return for_each(items, inside, at_once=at_once, next_state=next_state)


def chain(steps: Mapping[str, State], last: str) -> dict[str, Any]:
    """The steps one after the other, the last one followed by `last`."""
    following = [*list(steps)[1:], last]
    return {
        name: {key: value for key, value in state.items() if key not in {"End", "Next"}} | {"Next": after}
        for (name, state), after in zip(steps.items(), following, strict=True)
    }
