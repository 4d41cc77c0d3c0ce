"""`ensure`: bring Personalize to the declared state, in dependency order; a second run changes nothing.

Input: `Plan.resources` (see `resources.py`). Every kind follows one pattern: describe; when it is not found, create and
describe again; wait until ACTIVE; compare; update in place where the API can; fail with advice where it cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tastemaker.plan.machines.polling import START_POLLING, Polling
from tastemaker.plan.machines.states import (
    States,
    body,
    catch,
    choice,
    fail,
    for_each,
    jsonata,
    machine,
    pass_state,
    personalize_task,
    sdk_task,
)

_NOT_FOUND = ["Personalize.ResourceNotFoundException"]
_EXISTS = ["Personalize.ResourceAlreadyExistsException"]


@dataclass(frozen=True)
class Kind:
    """A resource kind whose ARN follows from its name.

    Attributes:
        what: in words, for state names.
        member: the API's name, e.g. `DatasetGroup` in DescribeDatasetGroup, DatasetGroupArn and the output.
        section: the list in the input.
        at_once: how many run in parallel; one Create a second is all the control plane bears.
    """

    what: str
    member: str
    section: str
    deadline_seconds: int
    at_once: int = 2

    @property
    def ready(self) -> str:
        return f"{self.what.capitalize()} ready"

    @property
    def looked(self) -> str:
        return f"Want {self.what}"


GROUP = Kind("dataset group", "DatasetGroup", "DatasetGroups", 1_800, at_once=1)
SCHEMA = Kind("schema", "Schema", "Schemas", 300)
DATASET = Kind("dataset", "Dataset", "Datasets", 1_800)
FILTER = Kind("filter", "Filter", "Filters", 3_600)
SOLUTION = Kind("solution", "Solution", "Solutions", 1_800)


def build_ensure() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    steps = {
        "Ensure dataset groups": (GROUP, _asynchronous(GROUP)),
        "Ensure schemas": (SCHEMA, _schema()),
        "Ensure datasets": (DATASET, _dataset()),
        "Ensure event trackers": (Kind("event tracker", "EventTracker", "EventTrackers", 1_800), _event_tracker()),
        "Ensure filters": (FILTER, _asynchronous(FILTER)),
        "Ensure solutions": (SOLUTION, _solution()),
    }
    following = [*list(steps)[1:], "Report"]
    states: States = {
        "Remember what is wanted": pass_state(
            Assign={"resources": jsonata("$states.input")}, next_state="Ensure dataset groups"
        )
    }
    for (name, (kind, one)), after in zip(steps.items(), following, strict=True):
        states[name] = for_each(
            f"$resources.{kind.section}",
            one,
            at_once=kind.at_once,
            next_state=after,
            Assign={kind.section[0].lower() + kind.section[1:]: jsonata("$states.result")},
        )
    report = {kind.section: jsonata(f"${kind.section[0].lower()}{kind.section[1:]}") for kind, _ in steps.values()}
    states["Report"] = pass_state({"Status": "READY", **report}, next_state=None)
    return machine(
        "Brings Amazon Personalize to the state that the project file declares.",
        "Remember what is wanted",
        states,
        timeout_seconds=3 * 3600,
    )


def _want(kind: Kind, next_state: str) -> States:
    return {
        kind.looked: pass_state(Assign={"wanted": jsonata("$states.input"), **START_POLLING}, next_state=next_state)
    }


def _create(kind: Kind, next_state: str, already_exists: str) -> States:
    return {
        f"Create {kind.what}": personalize_task(
            f"create{kind.member}",
            jsonata("$wanted.Create"),
            next_state=next_state,
            catches=[catch(_EXISTS, already_exists)],
        )
    }


def _ready(kind: Kind, arn: str = "$wanted.Arn") -> States:
    return {kind.ready: pass_state({"Name": jsonata("$wanted.Create.Name"), "Arn": jsonata(arn)}, next_state=None)}


def _polling(kind: Kind, done: str) -> Polling:
    return Polling(
        what=kind.what,
        action=f"describe{kind.member}",
        arguments={f"{kind.member}Arn": jsonata("$wanted.Arn")},
        description=f"$states.result.{kind.member}",
        deadline_seconds=kind.deadline_seconds,
        done=done,
        name="$wanted.Create.Name",
        catches=(catch(_NOT_FOUND, f"Create {kind.what}"),),
    )


def _asynchronous(kind: Kind, done: str | None = None, extra: States | None = None) -> dict[str, Any]:
    """Describe, create when absent, wait until ACTIVE, then `done` and the `extra` states behind it."""
    polling = _polling(kind, done or kind.ready)
    return body(
        kind.looked,
        {
            **_want(kind, polling.start),
            **polling.states(),
            **_create(kind, polling.wait, polling.wait),
            **(extra or {}),
            **_ready(kind),
        },
    )


def _schema() -> dict[str, Any]:
    """Schemas are created at once and have no status (reference §1.3)."""
    describe = personalize_task(
        "describeSchema",
        {"SchemaArn": jsonata("$wanted.Arn")},
        next_state=SCHEMA.ready,
        catches=[catch(_NOT_FOUND, "Create schema")],
    )
    return body(
        SCHEMA.looked,
        {
            **_want(SCHEMA, "Describe schema"),
            "Describe schema": describe,
            **_create(SCHEMA, SCHEMA.ready, SCHEMA.ready),
            **_ready(SCHEMA),
        },
    )


def _dataset() -> dict[str, Any]:
    """A new schema is put in place for Items and Users; Interactions can never change theirs (reference §2.6)."""
    compare, replace, refuse = "Compare schema", "Replace schema", "Schema cannot be replaced"
    extra: States = {
        compare: choice(
            [
                ("$description.SchemaArn = $wanted.Create.SchemaArn", DATASET.ready),
                ("$wanted.Type in ['ITEMS', 'USERS']", replace),
            ],
            default=refuse,
        ),
        replace: personalize_task(
            "updateDataset",
            {"DatasetArn": jsonata("$wanted.Arn"), "SchemaArn": jsonata("$wanted.Create.SchemaArn")},
            next_state="Wait for schema replacement",
            Assign=START_POLLING,
        ),
        refuse: fail(
            "Tastemaker.SchemaForbidden",
            "'dataset ' & $wanted.Create.Name & ' has schema ' & $description.SchemaArn & ' and Amazon Personalize "
            "cannot replace the schema of ' & $wanted.Type & '; start a new dataset group, or restore the columns'",
        ),
        **_update("schema replacement", DATASET, "$description.LatestDatasetUpdate", done=DATASET.ready),
    }
    return _asynchronous(DATASET, compare, extra)


def _update(what: str, kind: Kind, summary: str, done: str) -> States:
    """Wait for an update in place, whose status stands in a summary of its own beside the resource's."""
    return Polling(
        what=what,
        action=f"describe{kind.member}",
        arguments={f"{kind.member}Arn": jsonata("$wanted.Arn")},
        description=f"$states.result.{kind.member}",
        status=f"{summary}.Status",
        reason=f"{summary}.FailureReason",
        deadline_seconds=kind.deadline_seconds,
        done=done,
        name="$wanted.Create.Name",
    ).states()


def _solution() -> dict[str, Any]:
    """Recipe and training columns are create-only; the automatic-training switch is not (reference §1.5)."""
    compare, switch, refuse = "Compare solution", "Switch automatic training", "Recipe cannot be changed"
    update = "solution update"
    extra: States = {
        compare: choice(
            [
                ("$description.RecipeArn != $wanted.Create.RecipeArn", refuse),
                ("$description.PerformAutoTraining != $wanted.Create.PerformAutoTraining", switch),
            ],
            default=SOLUTION.ready,
        ),
        switch: personalize_task(
            "updateSolution",
            {
                "SolutionArn": jsonata("$wanted.Arn"),
                "PerformAutoTraining": jsonata("$wanted.Create.PerformAutoTraining"),
            },
            next_state=f"Wait for {update}",
            Assign=START_POLLING,
        ),
        refuse: fail(
            "Tastemaker.SolutionForbidden",
            "'solution ' & $wanted.Create.Name & ' was created with ' & $description.RecipeArn & ' and a recipe cannot "
            "be changed; give the solution another name in the project file'",
        ),
        **_update(update, SOLUTION, "$description.LatestSolutionUpdate", done=SOLUTION.ready),
    }
    return _asynchronous(SOLUTION, compare, extra)


def _event_tracker() -> dict[str, Any]:
    """The tracker's ARN is an opaque id, found by listing; its tracking id is handed on through SSM."""
    kind = Kind("event tracker", "EventTracker", "EventTrackers", 1_800, at_once=1)
    find, judge, publish = "Find event tracker", "Is there an event tracker", "Publish tracking id"
    polling = Polling(
        what=kind.what,
        action="describeEventTracker",
        arguments={"EventTrackerArn": jsonata("$trackerArn")},
        description="$states.result.EventTracker",
        deadline_seconds=kind.deadline_seconds,
        done=publish,
        name="$wanted.Create.Name",
        reason="$description.NoReason",
    )
    return body(
        kind.looked,
        {
            **_want(kind, find),
            **_find_event_tracker(find, judge, polling),
            **polling.states(),
            publish: sdk_task(
                "ssm",
                "putParameter",
                {
                    "Name": jsonata("$wanted.TrackingIdParameter"),
                    "Value": jsonata("$description.TrackingId"),
                    "Type": "String",
                    "Overwrite": True,
                },
                next_state=kind.ready,
            ),
            **_ready(kind, "$trackerArn"),
        },
    )


def _find_event_tracker(find: str, judge: str, polling: Polling) -> States:
    found = "$states.result.EventTrackers[Name = $wanted.Create.Name and $not($contains(Status, 'DELETE'))]"
    return {
        find: personalize_task(
            "listEventTrackers",
            {"DatasetGroupArn": jsonata("$wanted.Create.DatasetGroupArn")},
            next_state=judge,
            Assign={"trackerArn": jsonata(f"$exists({found}) ? {found}[0].EventTrackerArn : ''")},
        ),
        judge: choice([("$trackerArn != ''", polling.start)], default="Create event tracker"),
        "Create event tracker": personalize_task(
            "createEventTracker",
            jsonata("$wanted.Create"),
            next_state=polling.wait,
            Assign={"trackerArn": jsonata("$states.result.EventTrackerArn")},
        ),
    }
