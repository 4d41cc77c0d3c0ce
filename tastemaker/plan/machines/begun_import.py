"""An import job that a run began and did not see end: the next run waits for it and makes no second one.

Without this an INCREMENTAL import of the same objects would add the same rows twice: a job's name tells the run that
made it, so that another run cannot know it. Before a job is made, the ledger's row of the last import takes the
objects' fingerprint and the job's ARN.
"""

from __future__ import annotations

from tastemaker.plan.machines.creating import NOT_FOUND
from tastemaker.plan.machines.ledger import LAST_IMPORT, key
from tastemaker.plan.machines.polling import FAILED
from tastemaker.plan.machines.states import State, States, catch, choice, jsonata, personalize_task, sdk_task
from tastemaker.plan.tokens import LEDGER_TABLE

BEGUN = """(
    $item := $states.result.Item;
    $at := $lookup($item, $mode & 'BegunAt').S;
    $exists($at) and $toMillis($at) >= $toMillis($createdAt) ? {
        'Fingerprint': $lookup($item, $mode & 'BegunFingerprint').S,
        'JobArn': $lookup($item, $mode & 'BegunJob').S
    } : {'Fingerprint': ''}
)"""
"""JSONata over the row: what was begun last in this mode; one of a dataset that was made anew since does not count."""

ENTRY = "Are they being imported"


def build_begun(*, begun: str, new: str) -> States:
    """Enter at `ENTRY`; `$begun`, `$fingerprint`, `$jobArn` and `$mode` are assigned.

    Args:
        begun: next state when a job of these objects exists and has not failed; `$jobArn` is its ARN then.
        new: next state when one is to be made.
    """
    failed = ", ".join(f"'{status}'" for status in FAILED)
    remember, look, judge = "Remember what is begun", "Look at begun import job", "Is the begun job of use"
    return {
        ENTRY: choice([("$begun.Fingerprint = $fingerprint", look)], default=remember),
        look: personalize_task(
            "describeDatasetImportJob",
            {"DatasetImportJobArn": jsonata("$begun.JobArn")},
            next_state=judge,
            catches=(catch(NOT_FOUND, remember),),
            Assign={"begunStatus": jsonata("$states.result.DatasetImportJob.Status")},
        ),
        judge: choice(
            [(f"$begunStatus in [{failed}]", remember)], default=begun, Assign={"jobArn": jsonata("$begun.JobArn")}
        ),
        remember: _remember(new),
    }


def _remember(next_state: str) -> State:
    columns = {"#fingerprint": "Fingerprint", "#job": "Job", "#at": "At"}
    arguments = {
        "TableName": LEDGER_TABLE,
        "Key": key("$source.DatasetArn", LAST_IMPORT),
        "UpdateExpression": "SET #fingerprint = :fingerprint, #job = :job, #at = :at",
        "ExpressionAttributeNames": {name: jsonata(f"$mode & 'Begun{column}'") for name, column in columns.items()},
        "ExpressionAttributeValues": {
            ":fingerprint": {"S": jsonata("$fingerprint")},
            ":job": {"S": jsonata("$jobArn")},
            ":at": {"S": jsonata("$now()")},
        },
    }
    return sdk_task("dynamodb", "updateItem", arguments, next_state=next_state)
