"""Whether serving is paused: a tag on the dataset group, which `pause` sets first and `resume` takes away last.

A tag is seen by whoever looks at the dataset group, in the console too, and goes with it. Machines that would train,
release or run batch jobs look for it first.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.creating import NOT_FOUND
from tastemaker.plan.machines.states import State, States, catch, choice, jsonata, personalize_task
from tastemaker.plan.specs import PAUSED_TAG

LOOK = "Look for pause"
REASON = "'serving is paused since ' & $pausedSince & '; tastemaker resume brings it back'"
"""JSONata, behind `look_for_pause`."""

_GOES_ON = {"Output": jsonata("$states.input")}


def look_for_pause(group: str, *, next_state: str, paused: str) -> States:
    """Enter at `LOOK`; the state input travels through unchanged.

    Args:
        group: JSONata for the dataset group's ARN; one that is not there is not paused.
        next_state: when serving is not paused.
        paused: the other way.
    """
    since = jsonata(f"'' & $states.result.Tags[TagKey = '{PAUSED_TAG}'].TagValue")
    return {
        LOOK: personalize_task(
            "listTagsForResource",
            {"ResourceArn": jsonata(group)},
            next_state="Is serving paused",
            catches=[catch(NOT_FOUND, next_state, **_GOES_ON)],
            Assign={"pausedSince": since},
            **_GOES_ON,
        ),
        "Is serving paused": choice([("$pausedSince != ''", paused)], default=next_state),
    }


def set_mark(group: str, *, next_state: str) -> State:
    """The tag's value is the moment, to the second."""
    tag = {"TagKey": PAUSED_TAG, "TagValue": jsonata("$substring($states.context.State.EnteredTime, 0, 19) & 'Z'")}
    return personalize_task("tagResource", _on(group) | {"Tags": [tag]}, next_state=next_state)


def take_mark_away(group: str, *, next_state: str, **fields: Any) -> State:
    return personalize_task("untagResource", _on(group) | {"TagKeys": [PAUSED_TAG]}, next_state=next_state, **fields)


def _on(group: str) -> dict[str, Any]:
    return {"ResourceArn": jsonata(group)}
