"""`import-data`: bring the dataset files of the data bucket into Personalize, at most five at once (reference §9).

Input: `{"Mode": "FULL" | "INCREMENTAL", "Stamp": part of the job names, "Imports": [{"DatasetType", "DatasetArn",
"Bucket", "Prefix", "RoleArn", "JobName", "JobArn", "Columns", "AllowShrink", "MinimumRows", "MaximumBytes"}]}`, with
`Prefix` naming the objects of that mode. FULL replaces all bulk data and must find its objects; an incremental import
without objects is skipped, since no new data is no fault; objects that were imported before are skipped too, and those
that an interrupted run has begun to import are waited for.

Each dataset goes its own way; when all are done and one had failed, the execution fails and names each with its reason.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.begun_import import ENTRY, build_begun
from tastemaker.plan.machines.creating import Creating
from tastemaker.plan.machines.ledger import LAST_IMPORT, key
from tastemaker.plan.machines.polling import START_POLLING, Polling
from tastemaker.plan.machines.preflight import build_preflight
from tastemaker.plan.machines.prepare_data import PREPARE, build_preparing
from tastemaker.plan.machines.states import (
    State,
    body,
    choice,
    covered,
    fail,
    for_each,
    isolated,
    jsonata,
    machine,
    pass_state,
    sdk_task,
)
from tastemaker.plan.tokens import LEDGER_TABLE

JOBS_AT_ONCE = 5
DEADLINE_SECONDS = 6 * 3600

STAMP = "$replace($substring($states.context.Execution.StartTime, 0, 19), /[-:]/, '')"
"""JSONata for the moment an execution began, as a part of names."""


def build_import_data(*, prepares: bool = False) -> dict[str, Any]:
    """The definition; see the module for its contract.

    Args:
        prepares: whether Athena writes the objects before they are imported (`prepare_data.py`).
    """
    failed = {"DatasetType": jsonata("$states.input.Item.DatasetType"), "Status": "FAILED"}
    failures = "[$states.input[Status = 'FAILED']]"
    states = {
        "Remember mode": pass_state(
            Assign={
                "mode": jsonata("$states.input.Mode"),
                "stamp": jsonata(f"$exists($states.input.Stamp) ? $states.input.Stamp : {STAMP}"),
            },
            Output=jsonata("$states.input"),
            next_state=PREPARE if prepares else "Import datasets",
        ),
        **(build_preparing(next_state="Import datasets") if prepares else {}),
        "Import datasets": for_each(
            "$states.input.Imports",
            isolated("Import dataset", _import_one(), "Dataset not imported", failed),
            at_once=JOBS_AT_ONCE,
            next_state="Are all imported",
        ),
        "Are all imported": choice([(f"$count({failures}) > 0", "Some datasets failed")], default="Report imports"),
        "Some datasets failed": fail(
            "Tastemaker.ImportFailed", f"$join({failures}.(DatasetType & ': ' & Cause), '; ')"
        ),
        "Report imports": pass_state({"Mode": jsonata("$mode"), "Imports": jsonata("$states.input")}, next_state=None),
    }
    return machine(
        "Imports the prepared dataset files from S3 into Amazon Personalize.",
        "Remember mode",
        covered(states, "Import step failed"),
        timeout_seconds=15 * 3600,
    )


def _import_one() -> dict[str, Any]:
    polling = Polling(
        what="import job",
        action="describeDatasetImportJob",
        arguments={"DatasetImportJobArn": jsonata("$jobArn")},
        description="$states.result.DatasetImportJob",
        deadline_seconds=DEADLINE_SECONDS,
        done="Remember import",
        name="$source.DatasetType",
    )
    states = {
        "Remember source": pass_state(
            Assign={
                "source": jsonata("$states.input"),
                "jobArn": jsonata("$states.input.JobArn & '-' & $stamp"),
                **START_POLLING,
            },
            next_state="List objects",
        ),
        **build_preflight(good=ENTRY, nothing_new="Nothing new", unchanged="Unchanged"),
        **build_begun(begun=polling.start, new="Create import job"),
        "Nothing new": pass_state(_outcome("SKIPPED") | {"Reason": "no objects", "ImportedAt": ""}, next_state=None),
        "Unchanged": pass_state(
            _outcome("UNCHANGED") | {"Reason": "the same objects as last time", "ImportedAt": jsonata("$importedAt")},
            next_state=None,
        ),
        **_creating(polling).states(),
        **polling.states(),
        "Remember import": _remember(),
        "Imported": pass_state(
            _outcome("IMPORTED")
            | {
                "JobArn": jsonata("$description.DatasetImportJobArn"),
                "Rows": jsonata("$rows"),
                "ImportedAt": jsonata("$importedAt"),
            },
            next_state=None,
        ),
    }
    return body("Remember source", covered(states, "Dataset step failed", "$source.DatasetType"))


def _creating(polling: Polling) -> Creating:
    """Job names are unique per account and Region, so each carries the run's stamp; a name that is taken is that of the
    same run before it was interrupted (reference §1.2, §1.4).
    """
    return Creating(
        what="import job",
        action="createDatasetImportJob",
        arguments={
            "JobName": jsonata("$source.JobName & '-' & $stamp"),
            "DatasetArn": jsonata("$source.DatasetArn"),
            "DataSource": {"DataLocation": jsonata("'s3://' & $source.Bucket & '/' & $source.Prefix")},
            "RoleArn": jsonata("$source.RoleArn"),
            "ImportMode": jsonata("$mode"),
        },
        next_state=polling.wait,
        name="$source.DatasetType",
        already_exists=polling.start,
    )


def _remember() -> State:
    """What the next preflight compares with."""
    columns = {
        "#fingerprint": ("Fingerprint", {"S": jsonata("$fingerprint")}),
        "#rows": ("Rows", {"N": jsonata("$string($rows)")}),
        "#bytes": ("Bytes", {"N": jsonata("$string($bytes)")}),
        "#at": ("At", {"S": jsonata("$now()")}),
    }
    sets = ", ".join(f"{name} = {name.replace('#', ':')}" for name in columns)
    arguments = {
        "TableName": LEDGER_TABLE,
        "Key": key("$source.DatasetArn", LAST_IMPORT),
        "UpdateExpression": f"SET {sets}, jobArn = :jobArn",
        "ExpressionAttributeNames": {name: jsonata(f"$mode & '{column}'") for name, (column, _) in columns.items()},
        "ExpressionAttributeValues": {
            **{name.replace("#", ":"): value for name, (_, value) in columns.items()},
            ":jobArn": {"S": jsonata("$description.DatasetImportJobArn")},
        },
    }
    return sdk_task(
        "dynamodb", "updateItem", arguments, next_state="Imported", Assign={"importedAt": jsonata("$now()")}
    )


def _outcome(status: str) -> dict[str, Any]:
    return {"DatasetType": jsonata("$source.DatasetType"), "Status": status}
