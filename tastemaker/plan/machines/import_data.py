"""`import-data`: bring the dataset files of the data bucket into Personalize, at most five at once (reference §9).

Input: `{"Mode": "FULL" | "INCREMENTAL", "Imports": [{"DatasetType", "DatasetArn", "Bucket", "Prefix", "RoleArn",
"JobName"}]}`, with `Prefix` naming the objects of that mode. FULL replaces all bulk data and must find its objects; an
incremental import without objects is skipped, since no new data is no fault.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.polling import START_POLLING, Polling
from tastemaker.plan.machines.states import (
    State,
    body,
    choice,
    fail,
    for_each,
    jsonata,
    machine,
    pass_state,
    personalize_task,
    sdk_task,
)

JOBS_AT_ONCE = 5
DEADLINE_SECONDS = 6 * 3600


def build_import_data() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    states = {
        "Remember mode": pass_state(
            Assign={
                "mode": jsonata("$states.input.Mode"),
                "stamp": jsonata("$replace($substring($states.context.Execution.StartTime, 0, 19), /[-:]/, '')"),
            },
            Output=jsonata("$states.input"),
            next_state="Import datasets",
        ),
        "Import datasets": for_each(
            "$states.input.Imports",
            _import_one(),
            at_once=JOBS_AT_ONCE,
            next_state=None,
            Output={"Mode": jsonata("$mode"), "Imports": jsonata("$states.result")},
        ),
    }
    return machine(
        "Imports the prepared dataset files from S3 into Amazon Personalize.",
        "Remember mode",
        states,
        timeout_seconds=8 * 3600,
    )


def _import_one() -> dict[str, Any]:
    polling = Polling(
        what="import job",
        action="describeDatasetImportJob",
        arguments={"DatasetImportJobArn": jsonata("$jobArn")},
        description="$states.result.DatasetImportJob",
        deadline_seconds=DEADLINE_SECONDS,
        done="Imported",
        name="$source.DatasetType",
    )
    return body(
        "Look at source",
        {
            "Look at source": pass_state(
                Assign={"source": jsonata("$states.input"), **START_POLLING}, next_state="List objects"
            ),
            "List objects": sdk_task(
                "s3",
                "listObjectsV2",
                {"Bucket": jsonata("$source.Bucket"), "Prefix": jsonata("$source.Prefix")},
                next_state="Are there objects",
                Assign={"objectCount": jsonata("$states.result.KeyCount")},
            ),
            "Are there objects": choice(
                [("$objectCount > 0", "Create import job"), ("$mode = 'INCREMENTAL'", "Nothing new")],
                default="No objects",
            ),
            "Nothing new": pass_state(_outcome("SKIPPED"), next_state=None),
            "No objects": fail(
                "Tastemaker.NoObjects",
                "'no object below s3://' & $source.Bucket & '/' & $source.Prefix & '; upload the ' & "
                "$source.DatasetType & ' dataset and run again'",
            ),
            "Create import job": _create_job(polling.wait),
            **polling.states(),
            "Imported": pass_state(_outcome("IMPORTED") | {"JobArn": jsonata("$jobArn")}, next_state=None),
        },
    )


def _create_job(next_state: str) -> State:
    """Job names are unique per account and Region, so each carries the moment (reference §1.2)."""
    return personalize_task(
        "createDatasetImportJob",
        {
            "JobName": jsonata("$source.JobName & '-' & $stamp"),
            "DatasetArn": jsonata("$source.DatasetArn"),
            "DataSource": {"DataLocation": jsonata("'s3://' & $source.Bucket & '/' & $source.Prefix")},
            "RoleArn": jsonata("$source.RoleArn"),
            "ImportMode": jsonata("$mode"),
        },
        next_state=next_state,
        Assign={"jobArn": jsonata("$states.result.DatasetImportJobArn")},
    )


def _outcome(status: str) -> dict[str, Any]:
    return {"DatasetType": jsonata("$source.DatasetType"), "Status": status}
