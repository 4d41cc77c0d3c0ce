"""`teardown`: delete everything in the dataset group, in the order that the service asks for, and prove it.

Input: `Plan.resources`; `Teardown` in it is the project's consent, without which nothing is touched. What is gone
already is passed over, so a teardown that was interrupted is simply started again. Trainings under way are stopped
first, since a solution cannot be deleted meanwhile (reference §1.6). At the end campaigns and recommenders of the whole
account are listed: when one of this project is left, it goes on billing, and the execution fails and names it.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.creating import NOT_FOUND
from tastemaker.plan.machines.deleting import Deleting
from tastemaker.plan.machines.inventory import ALL, SOLUTION, chain, delete_each, list_group
from tastemaker.plan.machines.states import (
    State,
    States,
    body,
    catch,
    choice,
    covered,
    fail,
    for_each,
    jsonata,
    machine,
    pass_state,
    personalize_task,
    sdk_task,
)

_IN_USE = ["Personalize.ResourceInUseException"]
_GROUP = "dataset group"


def build_teardown() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    group = Deleting(_GROUP, "DatasetGroup", "$groupArn", "Delete schemas", variable="groupLeaving")
    deletions = {f"Delete all {kind.what}s": delete_each(kind, f"${kind.variable}", next_state=None) for kind in ALL}
    states: States = {
        "Remember resources": pass_state(
            Assign={
                "resources": jsonata("$states.input"),
                "groupArn": jsonata("$states.input.DatasetGroups[0].Arn"),
                **group.begin,
            },
            next_state="Is there consent",
        ),
        "Is there consent": choice([("$resources.Teardown = true", "List recommenders")], default="No consent"),
        "No consent": fail(
            "Tastemaker.NoConsent",
            "'nothing was deleted: ' & $groupArn & ' and all data in it would be lost. Set consent.teardown: true in "
            "the project file and deploy, or start this machine with Teardown: true'",
        ),
        **list_group("Stop trainings"),
        "Stop trainings": for_each(f"${SOLUTION.variable}", _stop(), at_once=2, next_state=next(iter(deletions))),
        **chain(deletions, group.start),
        **group.states(),
        "Delete schemas": for_each("[$resources.Schemas.Arn]", _schema(), at_once=1, next_state="Forget tracking ids"),
        "Forget tracking ids": for_each(
            "[$resources.EventTrackers.TrackingIdParameter]", _parameter(), at_once=1, next_state="List campaigns left"
        ),
        **_prove(),
    }
    return machine(
        "Deletes everything in the dataset group and proves that nothing billable is left.",
        "Remember resources",
        covered(states, "Teardown failed", "$groupArn"),
        timeout_seconds=2 * 24 * 3600,
    )


def _stop() -> dict[str, Any]:
    latest = "$states.result.Solution.LatestSolutionVersion"
    states = {
        "Look for training": personalize_task(
            "describeSolution",
            {"SolutionArn": jsonata("$states.input")},
            next_state="Is a training under way",
            catches=[catch(NOT_FOUND, "No training")],
            Output=jsonata(f"$exists({latest}) ? {latest} : {{'Status': 'NONE'}}"),
        ),
        "Is a training under way": choice(
            [("$states.input.Status in ['CREATE PENDING', 'CREATE IN_PROGRESS']", "Stop training")],
            default="No training",
        ),
        "Stop training": personalize_task(
            "stopSolutionVersionCreation",
            {"SolutionVersionArn": jsonata("$states.input.SolutionVersionArn")},
            next_state="No training",
            catches=[catch([*_IN_USE, *NOT_FOUND, "Personalize.InvalidInputException"], "No training")],
        ),
        "No training": {"Type": "Succeed"},
    }
    return body("Look for training", covered(states, "Training cannot be stopped"))


def _schema() -> dict[str, Any]:
    """Another project's dataset may use the very same schema; it costs nothing and stays."""
    states = {
        "Delete schema": personalize_task(
            "deleteSchema",
            {"SchemaArn": jsonata("$states.input")},
            next_state="Schema is gone",
            catches=[catch([*NOT_FOUND, *_IN_USE], "Schema is gone")],
        ),
        "Schema is gone": {"Type": "Succeed"},
    }
    return body("Delete schema", covered(states, "Schema cannot be deleted", "$states.input"))


def _parameter() -> dict[str, Any]:
    states = {
        "Delete parameter": sdk_task(
            "ssm",
            "deleteParameter",
            {"Name": jsonata("$states.input")},
            next_state="Parameter is gone",
            catches=[catch(["Ssm.ParameterNotFoundException"], "Parameter is gone")],
        ),
        "Parameter is gone": {"Type": "Succeed"},
    }
    return body("Delete parameter", covered(states, "Parameter cannot be deleted"))


def _prove() -> States:
    return {
        "List campaigns left": _left("Campaign", "List recommenders left"),
        "List recommenders left": _left("Recommender", "Is anything left"),
        "Is anything left": choice(
            [("$count($campaignsLeft) + $count($recommendersLeft) > 0", "Something billable is left")],
            default="Nothing is left",
        ),
        "Something billable is left": fail(
            "Tastemaker.BillableLeft",
            "'still there, and billed by the hour: ' & $join($append($campaignsLeft, $recommendersLeft), ', ')",
        ),
        "Nothing is left": pass_state(
            {
                "Status": "GONE",
                "DatasetGroupArn": jsonata("$groupArn"),
                **{f"{kind.member}s": jsonata(f"${kind.variable}") for kind in ALL},
            },
            next_state=None,
        ),
    }


def _left(member: str, next_state: str) -> State:
    """In the whole account, by this project's prefix; what is listed on further pages cannot be proved gone."""
    found = (
        f"$filter($states.result.{member}s, function($one) {{ "
        "$substringBefore($one.Name, $resources.Prefix) = '' and $contains($one.Name, $resources.Prefix) })"
        f".{member}Arn"
    )
    more = f"$exists($states.result.NextToken) ? 'more than 100 {member.lower()}s in this account, look yourself'"
    return personalize_task(
        f"list{member}s",
        {"MaxResults": 100},
        next_state=next_state,
        Assign={f"{member.lower()}sLeft": jsonata(f"[{found}, ({more})]")},
    )
