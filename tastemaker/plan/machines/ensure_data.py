"""`ensure`: dataset groups, schemas, datasets, filters and the event tracker."""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.creating import NOT_FOUND
from tastemaker.plan.machines.kinds import (
    FOUND,
    NAME,
    Kind,
    asynchronous,
    create,
    create_found,
    describe,
    find_only,
    ready,
    scope,
    wait_for_update,
    want,
)
from tastemaker.plan.machines.polling import START_POLLING
from tastemaker.plan.machines.states import (
    States,
    catch,
    choice,
    fail,
    jsonata,
    personalize_task,
    sdk_task,
)

GROUP = Kind("dataset group", "DatasetGroup", "DatasetGroups", 1_800, at_once=1)
SCHEMA = Kind("schema", "Schema", "Schemas", 300)
DATASET = Kind("dataset", "Dataset", "Datasets", 1_800)
FILTER = Kind("filter", "Filter", "Filters", 3_600)
TRACKER = Kind("event tracker", "EventTracker", "EventTrackers", 1_800, at_once=1)


def dataset_group() -> dict[str, Any]:
    """Domain and key are for ever."""
    judge, refuse = "Compare dataset group", "Dataset group cannot be changed"
    members = [f"('' & $description.{name}) != ('' & $wanted.Create.{name})" for name in ("Domain", "KmsKeyArn")]
    other = " or ".join(members)
    extra: States = {
        judge: choice([(other, refuse)], default=GROUP.ready),
        refuse: fail(
            "Tastemaker.DatasetGroupForbidden",
            f"'dataset group ' & {NAME} & ' exists with another domain or KMS key, and neither can be changed; give "
            "datasetGroup.name another value in the project file, or restore what was there'",
        ),
    }
    return asynchronous(GROUP, judge, extra)


def schema() -> dict[str, Any]:
    """Schemas are created at once and have no status (reference §1.3)."""
    look = personalize_task(
        "describeSchema",
        {"SchemaArn": jsonata("$wanted.Arn")},
        next_state=SCHEMA.ready,
        catches=[catch(NOT_FOUND, "Create schema")],
    )
    return scope(
        SCHEMA,
        {
            **want(SCHEMA, "Describe schema"),
            "Describe schema": look,
            **create(SCHEMA, SCHEMA.ready, SCHEMA.ready),
            **ready(SCHEMA),
        },
    )


_OBSTACLES = """(
    $old := $parse($states.result.Schema.Schema).fields;
    $new := $parse($resources.Schemas[Arn = $wanted.Create.SchemaArn].Create.Schema).fields;
    $facts := function($field) {
        $string([$sort([$field.type]), $field.categorical = true, $field.textual = true])
    };
    $find := function($fields, $name) { $fields[name = $name] };
    [
        $filter($old, function($field) { $not($exists($find($new, $field.name))) }).(name & ' goes'),
        $filter($old, function($field) {
            $exists($find($new, $field.name)) and $facts($find($new, $field.name)) != $facts($field)
        }).(name & ' changes'),
        $filter($new, function($field) {
            $not($exists($find($old, $field.name))) and $not('null' in $field.type)
        }).(name & ' is new and not nullable')
    ]
)"""
"""Why UpdateDataset would refuse a schema: each column stays as it is, and a new one is nullable (reference §2.6)."""


def dataset() -> dict[str, Any]:
    """A new schema is put in place for Items and Users; Interactions can never change theirs (reference §2.6)."""
    compare, look, judge, replace = "Compare schema", "Read schema in place", "Judge columns", "Replace schema"
    refuse, keep = "Schema cannot be replaced", "Columns cannot be changed"
    update = wait_for_update("schema replacement", DATASET, "$description.LatestDatasetUpdate")
    extra: States = {
        compare: choice(
            [
                ("$description.SchemaArn = $wanted.Create.SchemaArn", DATASET.ready),
                ("$wanted.Type in ['ITEMS', 'USERS']", look),
            ],
            default=refuse,
        ),
        look: personalize_task(
            "describeSchema",
            {"SchemaArn": jsonata("$description.SchemaArn")},
            next_state=judge,
            Assign={"obstacles": jsonata(_OBSTACLES)},
        ),
        judge: choice([("$count($obstacles) > 0", keep)], default=replace),
        replace: personalize_task(
            "updateDataset",
            {"DatasetArn": jsonata("$wanted.Arn"), "SchemaArn": jsonata("$wanted.Create.SchemaArn")},
            next_state=update.wait,
            Assign=START_POLLING,
        ),
        refuse: fail(
            "Tastemaker.SchemaForbidden",
            f"'dataset ' & {NAME} & ' has schema ' & $description.SchemaArn & ' and Amazon Personalize "
            "cannot replace the schema of ' & $wanted.Type & '; a new dataset would lose the events that were "
            "streamed, so nothing is done. Start a new dataset group, or restore the columns'",
        ),
        keep: fail(
            "Tastemaker.SchemaForbidden",
            f"'dataset ' & {NAME} & ' cannot have this schema: ' & $join($obstacles, ', ') & '; every column stays as "
            "it is, and a new one is nullable. Restore the columns, or start a new dataset group'",
        ),
        **update.states(),
    }
    return asynchronous(DATASET, compare, extra)


def event_tracker() -> dict[str, Any]:
    """The tracker's ARN is an opaque id, found by listing; its tracking id is handed on through SSM."""
    look = "Read tracking id"
    polling = describe(
        TRACKER, look, arn=FOUND, catches=(), reason="$description.NoReason"
    )  # trackers have no failureReason
    return scope(
        TRACKER,
        {
            **want(TRACKER, f"Find {TRACKER.what}"),
            **find_only(TRACKER, polling.start),
            **create_found(TRACKER, polling.wait),
            **polling.states(),
            **_hand_on(look),
            **ready(TRACKER, FOUND),
        },
    )


def _hand_on(look: str) -> States:
    same, publish = "Is the tracking id published", "Publish tracking id"
    name = {"Name": jsonata("$wanted.TrackingIdParameter")}
    return {
        look: sdk_task(
            "ssm",
            "getParameter",
            name,
            next_state=same,
            catches=[catch(["Ssm.ParameterNotFoundException"], publish)],
            Assign={"published": jsonata("$states.result.Parameter.Value")},
        ),
        same: choice([("$published = $description.TrackingId", TRACKER.ready)], default=publish),
        publish: sdk_task(
            "ssm",
            "putParameter",
            {**name, "Value": jsonata("$description.TrackingId"), "Type": "String", "Overwrite": True},
            next_state=TRACKER.ready,
        ),
    }


def filters() -> dict[str, Any]:
    """The expression's hash is part of the name: an edit is another filter, and the old one goes later."""
    return asynchronous(FILTER)
