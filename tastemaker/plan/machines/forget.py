"""`forget`: delete users everywhere: bulk files, batch files, side tables, Personalize; with a file of evidence.

Input: `Plan.forget` with two members more: `{"Request": name of the request, "Users": key in the data bucket of a CSV
file with the column USER_ID}`. Ids stay in that file: neither input nor history holds them; delete it afterwards.

The files come first, or the next full import would bring the users back. Only then the data deletion job, which takes
up to a day (reference §2.7), and the evidence: what was looked at, and how much was removed.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.creating import Creating
from tastemaker.plan.machines.polling import FAILED, START_POLLING, Polling
from tastemaker.plan.machines.states import (
    State,
    States,
    body,
    choice,
    covered,
    fail,
    for_each,
    jsonata,
    machine,
    pass_state,
    sdk_task,
)

DEADLINE_SECONDS = 3 * 24 * 3600
FUNCTION_SECONDS = 900

_TABLE = ("Table", "KeyName", "Experiments")
_EVIDENCE = """$string({
    'request': $job.Request, 'at': $now(), 'execution': $states.context.Execution.Id,
    'datasetGroupArn': $job.DatasetGroupArn, 'users': 's3://' & $job.Bucket & '/' & $job.Users,
    'objects': $files, 'tables': $tables,
    'dataDeletionJobArn': $job.JobArn & '-' & $job.Request, 'numDeleted': $description.NumDeleted
})"""


def build_forget() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    polling = _polling()
    states: States = {
        **_begin(),
        **_files(),
        "Clean tables": for_each(
            "$job.Tables",
            _invoke("Clean table", {member: jsonata(f"$states.input.{member}") for member in _TABLE}),
            at_once=2,
            next_state="Create data deletion job",
            Assign={"tables": jsonata("$states.result")},
        ),
        **_creating(polling).states(),
        **polling.states(),
        "Write evidence": _write(),
        "Forgotten": pass_state(
            {
                "Request": jsonata("$job.Request"),
                "NumDeleted": jsonata("$exists($description.NumDeleted) ? $description.NumDeleted : 0"),
                "Evidence": jsonata("'s3://' & $job.Bucket & '/' & $job.Evidence & $job.Request & '.json'"),
            },
            next_state=None,
        ),
    }  # fmt: skip
    return machine(
        "Deletes users from files, side tables and Amazon Personalize, and keeps evidence.",
        "Remember request",
        covered(states, "Forgetting failed", "$job.Request"),
        timeout_seconds=DEADLINE_SECONDS + 24 * 3600,
    )


def _begin() -> States:
    return {
        "Remember request": pass_state(
            Assign={"job": jsonata("$states.input"), **START_POLLING}, next_state="Is the name good"
        ),
        "Is the name good": choice(
            [("$contains($job.Request, /^[A-Za-z0-9][A-Za-z0-9_-]{0,29}$/)", "List files")], default="Bad name"
        ),
        "Bad name": fail(
            "Tastemaker.BadRequest",
            "'Request must be 1 to 30 letters, digits, hyphens and underscores; it is part of a name'",
        ),
    }


def _polling() -> Polling:
    return Polling(
        what="data deletion job",
        action="describeDataDeletionJob",
        arguments={"DataDeletionJobArn": jsonata("$job.JobArn & '-' & $job.Request")},
        description="$states.result.DataDeletionJob",
        deadline_seconds=DEADLINE_SECONDS,
        done="Write evidence",
        name="$job.Request",
        good=("COMPLETED", "ACTIVE"),
        failed=FAILED,
    )


def _files() -> States:
    listing = {
        "List prefix": sdk_task(
            "s3",
            "listObjectsV2",
            {"Bucket": jsonata("$job.Bucket"), "Prefix": jsonata("$states.input"), "Delimiter": "/"},
            next_state="Is it all",
            Output={
                "More": jsonata("$states.result.IsTruncated = true"),
                "Keys": jsonata("[$states.result.Contents[Size > 0].Key, $states.result.CommonPrefixes.Prefix]"),
            },
        ),
        "Is it all": choice([("$states.input.More", "Too many files")], default="Prefix listed"),
        "Prefix listed": {"Type": "Succeed"},
        "Too many files": fail("Tastemaker.TooManyObjects", "'more than 1000 objects below one prefix; merge them'"),
    }
    return {
        "List files": for_each(
            "$job.Prefixes",
            body("List prefix", covered(listing, "Files cannot be listed", "$job.Request")),
            at_once=2,
            next_state="Clean files",
            Output=jsonata("[$states.result.Keys]"),
        ),
        "Clean files": for_each(
            "$states.input",
            _invoke("Clean file", {"Key": jsonata("$states.input")}),
            at_once=5,
            next_state="Clean tables",
            Assign={"files": jsonata("$states.result")},
        ),
    }


def _invoke(step: str, what: dict[str, Any]) -> dict[str, Any]:
    """The one thing that no AWS operation does: rewriting a file."""
    state: State = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "${ForgetFunctionArn}", "Payload": {"Users": jsonata("$job.Users"), **what}},
        "TimeoutSeconds": FUNCTION_SECONDS,
        "Retry": [
            {
                "ErrorEquals": [
                    "Lambda.ServiceException",
                    "Lambda.AWSLambdaException",
                    "Lambda.SdkClientException",
                    "Lambda.TooManyRequestsException",
                ],
                "IntervalSeconds": 2,
                "MaxAttempts": 6,
                "BackoffRate": 2,
                "JitterStrategy": "FULL",
            }
        ],
        "Output": {"What": jsonata("$string($states.input)"), "Removed": jsonata("$states.result.Payload.Removed")},
        "End": True,
    }
    return body(step, covered({step: state}, f"{step} failed", "$job.Request"))


def _creating(polling: Polling) -> Creating:
    return Creating(
        what="data deletion job",
        action="createDataDeletionJob",
        arguments={
            "JobName": jsonata("$job.JobName & '-' & $job.Request"),
            "DatasetGroupArn": jsonata("$job.DatasetGroupArn"),
            "DataSource": {"DataLocation": jsonata("'s3://' & $job.Bucket & '/' & $job.Users")},
            "RoleArn": jsonata("$job.RoleArn"),
        },
        next_state=polling.wait,
        name="$job.Request",
        already_exists=polling.start,
    )


def _write() -> State:
    return sdk_task(
        "s3",
        "putObject",
        {
            "Bucket": jsonata("$job.Bucket"),
            "Key": jsonata("$job.Evidence & $job.Request & '.json'"),
            "ContentType": "application/json",
            "Body": jsonata(_EVIDENCE),
        },
        next_state="Forgotten",
    )
