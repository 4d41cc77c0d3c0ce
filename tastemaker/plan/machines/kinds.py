"""The pattern that `ensure` follows for every kind: describe; when it is not found, create and describe again; wait.

What comes after ACTIVE (compare, update in place, refuse, replace) is each kind's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tastemaker.plan.machines.creating import NOT_FOUND, Creating
from tastemaker.plan.machines.polling import DONE, START_POLLING, Polling
from tastemaker.plan.machines.states import (
    States,
    body,
    catch,
    choice,
    covered,
    jsonata,
    pass_state,
    personalize_task,
)

NAME = "$wanted.Create.Name"

DIFFERS = """$differs := function($want, $has) {
    $type($want) = 'object'
        ? $count($filter($keys($want), function($key) { $differs($lookup($want, $key), $lookup($has, $key)) })) > 0
        : $type($want) = 'array' and $type($has) = 'array'
        ? $count($want) != $count($has)
            or $count($filter($want, function($one, $at) { $differs($one, $has[$at]) })) > 0
        : $not($exists($want)) ? false
        : $exists($has) ? $string($want) != $string($has) : $string($want) != 'false'
};"""
"""JSONata function: whether something that is wanted is not so. What the project does not set is not looked at, since
the service answers with its defaults there; a switch that the answer lacks is off; lists are compared place by place.
JSONata finds nothing different from nothing, hence the two questions whether there is something."""


@dataclass(frozen=True)
class Kind:
    """A resource kind whose ARN follows from its name.

    Attributes:
        what: in words, for state names.
        member: the API's name, e.g. `DatasetGroup` in DescribeDatasetGroup, DatasetGroupArn and the output.
        section: the list in the input.
        at_once: how many run in parallel; one Create a second is all the control plane bears.
        good: statuses that need no waiting.
    """

    what: str
    member: str
    section: str
    deadline_seconds: int
    at_once: int = 2
    good: tuple[str, ...] = DONE

    @property
    def ready(self) -> str:
        return f"{self.what.capitalize()} ready"

    @property
    def wanted(self) -> str:
        return f"Want {self.what}"


def describe(kind: Kind, done: str, arn: str = "$wanted.Arn", **options: Any) -> Polling:
    """The loop until the resource is ACTIVE; not found leads to its creation unless `catches` say otherwise."""
    return Polling(
        **{
            "what": kind.what,
            "action": f"describe{kind.member}",
            "arguments": {f"{kind.member}Arn": jsonata(arn)},
            "description": f"$states.result.{kind.member}",
            "deadline_seconds": kind.deadline_seconds,
            "done": done,
            "name": NAME,
            "good": kind.good,
            "catches": (catch(NOT_FOUND, f"Create {kind.what}"),),
            **options,
        }
    )


def want(kind: Kind, next_state: str) -> States:
    """The first state of each kind."""
    return {
        kind.wanted: pass_state(Assign={"wanted": jsonata("$states.input"), **START_POLLING}, next_state=next_state)
    }


def create(kind: Kind, next_state: str, already_exists: str, **fields: Any) -> States:
    """A name that is taken is adopted: there is no client token, so it may be ours (reference §1.4)."""
    return Creating(
        what=kind.what,
        action=f"create{kind.member}",
        arguments=jsonata("$wanted.Create"),
        next_state=next_state,
        name=NAME,
        already_exists=already_exists,
        fields=fields,
    ).states()


FOUND = "$foundArn"


def find_only(kind: Kind, start: str) -> States:
    """Of what a dataset group has one at most: whichever there is belongs to us, whatever it is called.

    Assigns `foundArn` and goes on at `start`, or at the creation when there is none.
    """
    listed = f"$states.result.{kind.member}s[$not($contains(Status, 'DELETE'))]"
    find, judge = f"Find {kind.what}", f"Was {kind.what} found"
    return {
        find: personalize_task(
            f"list{kind.member}s",
            {"DatasetGroupArn": jsonata("$wanted.Create.DatasetGroupArn")},
            next_state=judge,
            Assign={"foundArn": jsonata(f"$exists({listed}) ? {listed}[0].{kind.member}Arn : ''")},
        ),
        judge: choice([(f"{FOUND} != ''", start)], default=f"Create {kind.what}"),
    }


def create_found(kind: Kind, next_state: str) -> States:
    """The creation behind `find_only`."""
    created = {"foundArn": jsonata(f"$states.result.{kind.member}Arn")}
    return create(kind, next_state, f"Find {kind.what}", Assign=created)


def ready(kind: Kind, arn: str = "$wanted.Arn") -> States:
    """The last state of each kind."""
    return {kind.ready: pass_state({"Name": jsonata(NAME), "Arn": jsonata(arn)}, next_state=None)}


def scope(kind: Kind, states: States) -> dict[str, Any]:
    """The body of the Map over the kind's section."""
    return body(kind.wanted, covered(states, f"{kind.what.capitalize()} step failed", NAME))


def asynchronous(kind: Kind, done: str | None = None, extra: States | None = None) -> dict[str, Any]:
    """Describe, create when absent, wait until ACTIVE, then `done` and the `extra` states behind it."""
    polling = describe(kind, done or kind.ready)
    return scope(
        kind,
        {
            **want(kind, polling.start),
            **polling.states(),
            **create(kind, polling.wait, polling.wait),
            **(extra or {}),
            **ready(kind),
        },
    )


def wait_for_update(what: str, kind: Kind, summary: str) -> Polling:
    """Wait for an update in place, whose status stands in a summary of its own beside the resource's."""
    return describe(
        kind,
        kind.ready,
        what=what,
        status=f"{summary}.Status",
        reason=f"{summary}.FailureReason",
        good=DONE,
        catches=(),
    )
