"""`ensure`: tags, and what the dataset group holds that the project no longer declares.

What is left over is reported, billable things first, and deleted only with the project's consent; datasets are never
deleted that way, since nobody can collect events twice. A filter whose expression was edited is another matter: its
successor is ACTIVE, so it goes by itself, half an hour later, when no function asks for it any more.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.creating import NOT_FOUND
from tastemaker.plan.machines.inventory import (
    ALL,
    ATTRIBUTION,
    CAMPAIGN,
    DATASET,
    EVENT_TRACKER,
    FILTER,
    RECOMMENDER,
    SOLUTION,
    chain,
    delete_each,
    list_group,
)
from tastemaker.plan.machines.states import (
    States,
    body,
    catch,
    choice,
    covered,
    for_each,
    jsonata,
    pass_state,
    personalize_task,
)

FILTER_GRACE_SECONDS = 1_800
"""Functions that still name the old filter are deployed after `ensure` was started."""

_TAGGED = "$append($resources.Tagged, $trackers.{'Arn': Arn, 'Set': $resources.TrackerTags.Set, 'Remove': $resources.TrackerTags.Remove})"  # noqa: E501


def tags(next_state: str) -> States:
    """Set what is missing or different, take away what the project sets to null, leave all others."""
    return {
        "Are there tags": choice([("$count($resources.Tagged) > 0", "Ensure tags")], default=next_state),
        "Ensure tags": for_each(_TAGGED, _tag_one(), at_once=2, next_state=next_state),
    }


def _tag_one() -> dict[str, Any]:
    missing = (
        "[$filter($tagged.Set, function($tag) { $not($exists($states.result.Tags[TagKey = $tag.TagKey and "
        "TagValue = $tag.TagValue])) })]"
    )
    unwanted = "[$filter($tagged.Remove, function($key) { $exists($states.result.Tags[TagKey = $key]) })]"
    arn = {"ResourceArn": jsonata("$tagged.Arn")}
    states = {
        "Remember tags": pass_state(Assign={"tagged": jsonata("$states.input")}, next_state="List tags"),
        "List tags": personalize_task(
            "listTagsForResource",
            arn,
            next_state="Are tags missing",
            catches=[catch(NOT_FOUND, "Tags are right")],
            Assign={"missing": jsonata(missing), "unwanted": jsonata(unwanted)},
        ),
        "Are tags missing": choice([("$count($missing) > 0", "Tag")], default="Are tags unwanted"),
        "Tag": personalize_task("tagResource", {**arn, "Tags": jsonata("$missing")}, next_state="Are tags unwanted"),
        "Are tags unwanted": choice([("$count($unwanted) > 0", "Untag")], default="Tags are right"),
        "Untag": personalize_task(
            "untagResource", {**arn, "TagKeys": jsonata("$unwanted")}, next_state="Tags are right"
        ),
        "Tags are right": {"Type": "Succeed"},
    }
    return body("Remember tags", covered(states, "Tag step failed", "$tagged.Arn"))


def undeclared(next_state: str) -> States:
    """Enter at `Take stock`; assigns `leftovers`, a list of `{"Kind", "Arn", "Billable"}`."""
    declared = "$resources.Declared"
    left = ", ".join(
        f"$map($left(${kind.variable}), function($arn) {{ {{'Kind': '{kind.what}', 'Arn': $arn, "
        f"'Billable': {str(kind.billable).lower()}}} }})"
        for kind in ALL
    )
    helpers = f"""
        $known := $append({declared}, [$append($trackers, $attributions).Arn]);
        $families := [$resources.Filters.Family];
        $is_old := function($arn) {{
            $count($filter($families, function($family) {{ $contains($arn, $family) }})) > 0
        }};
        $left := function($arns) {{ [$filter($arns, function($arn) {{ $not($arn in $known) }})] }};
        $old := [$filter($left($filterArns), $is_old)];"""
    return {
        "Take stock": pass_state(
            Assign={"groupArn": jsonata("$resources.DatasetGroups[0].Arn")}, next_state="List recommenders"
        ),
        **list_group("Compare with project"),
        "Compare with project": pass_state(
            Assign={
                "superseded": jsonata(f"( {helpers} $old )"),
                "leftovers": jsonata(f"( {helpers} [$filter([{left}], function($one) {{ $not($one.Arn in $old) }})] )"),
                "graceSeconds": 0,
            },
            next_state="Are filters superseded",
        ),
        **_superseded(),
        "May leftovers go": choice(
            [("$resources.RemoveUndeclared and $count($leftovers) > 0", "Delete undeclared campaigns")],
            default=next_state,
        ),
        **_removal(next_state),
    }


def _superseded() -> States:
    return {
        "Are filters superseded": choice(
            [
                ("$count($superseded) = 0", "May leftovers go"),
                (f"$graceSeconds >= {FILTER_GRACE_SECONDS}", "Delete superseded filters"),
            ],
            default="Wait for callers",
        ),
        "Wait for callers": {
            "Type": "Wait",
            "Seconds": FILTER_GRACE_SECONDS,
            "Assign": {"graceSeconds": jsonata(f"$graceSeconds + {FILTER_GRACE_SECONDS}")},
            "Next": "Are filters superseded",
        },
        "Delete superseded filters": delete_each(
            FILTER, "$superseded", next_state="May leftovers go", why=" that is superseded"
        ),
    }


def _removal(next_state: str) -> States:
    """In the order that the service asks for (reference §1.6)."""
    steps = {
        f"Delete undeclared {kind.what}s": delete_each(
            kind, f"[$leftovers[Kind = '{kind.what}'].Arn]", next_state=None, why=" undeclared"
        )
        for kind in (CAMPAIGN, RECOMMENDER, SOLUTION, EVENT_TRACKER, ATTRIBUTION, FILTER)
    }
    removed = f"[$leftovers.$merge([$, {{'Removed': Kind != '{DATASET.what}'}}])]"
    last = "Remember removal"
    return {
        **chain(steps, last),
        last: pass_state(Assign={"leftovers": jsonata(removed)}, next_state=next_state),
    }
