"""The part of `import-data` that has Athena prepare the objects: run each query, put its result where the import reads.

Input, beside that of `import-data`: `{"Queries": [{"DatasetType", "QueryString", "Key", "HeaderBytes"}],
"WindowSeconds"}`. A result is a CSV with a header under a name that Athena chooses, with a file of metadata beside it
that no import could read; hence the copy. A result without rows replaces nothing: there is no new data.
"""

from __future__ import annotations

from typing import Any

from tastemaker.facts.athena import MAX_COPIED_BYTES
from tastemaker.plan.athena_sql import SINCE, UNTIL
from tastemaker.plan.machines.states import (
    State,
    States,
    body,
    choice,
    covered,
    fail,
    for_each,
    jsonata,
    pass_state,
    retries,
    sdk_task,
)
from tastemaker.plan.tokens import DATA_BUCKET, RAW_DATABASE, WORK_GROUP

PREPARE = "Prepare datasets"
QUERIES_AT_ONCE = 3
QUERY_SECONDS = 2 * 3600
_UNTIL = "$floor($toMillis($states.context.Execution.StartTime) / 1000)"
_WINDOW = f"$mode = 'FULL' ? 0 : {_UNTIL} - $windowSeconds"
_TEXT = f"$replace($replace($query.QueryString, '{SINCE}', $string($since)), '{UNTIL}', $string($until))"
_LOCATION = "$states.result.QueryExecution.ResultConfiguration.OutputLocation"


def build_preparing(*, next_state: str) -> States:
    """Enter at `Prepare datasets`; `$mode` is assigned, and the state's input goes on as it is."""
    return {
        PREPARE: pass_state(
            Assign={"windowSeconds": jsonata("$states.input.WindowSeconds")},
            Output=jsonata("$states.input"),
            next_state="Query raw data",
        ),
        "Query raw data": for_each(
            "$states.input.Queries",
            _prepare_one(),
            at_once=QUERIES_AT_ONCE,
            next_state=next_state,
            Output=jsonata("$states.input"),
        ),
    }


def _prepare_one() -> dict[str, Any]:
    states = {
        "Remember query": pass_state(
            Assign={
                "query": jsonata("$states.input"),
                "since": jsonata(_WINDOW),
                "until": jsonata(_UNTIL),
            },
            next_state="Run query",
        ),
        "Run query": _run_query(),
        "Measure result": sdk_task(
            "s3",
            "headObject",
            {"Bucket": DATA_BUCKET, "Key": jsonata("$result")},
            next_state="Is there a result",
            Assign={"resultBytes": jsonata("$states.result.ContentLength")},
        ),
        "Is there a result": choice(
            [
                ("$resultBytes <= $query.HeaderBytes", "Nothing prepared"),
                (f"$resultBytes > {MAX_COPIED_BYTES}", "Result is too large"),
            ],
            default="Copy result",
        ),
        "Nothing prepared": pass_state({"Prepared": False}, next_state=None),
        "Result is too large": fail(
            "Tastemaker.PreparedTooLarge",
            "$query.DatasetType & ' has ' & $resultBytes & ' bytes; S3 copies at most "
            f"{MAX_COPIED_BYTES} in one request. Keep fewer rows or columns'",
        ),
        "Copy result": _copy_result(),
    }
    return body("Remember query", covered(states, "Dataset not prepared", "$query.DatasetType"))


def _copy_result() -> State:
    arguments = {
        "Bucket": DATA_BUCKET,
        "Key": jsonata("$query.Key"),
        "CopySource": jsonata(f"'{DATA_BUCKET}/' & $result"),
    }
    return sdk_task("s3", "copyObject", arguments, next_state=None, Output={"Prepared": True})


def _run_query() -> State:
    """Athena retries nothing by itself; a query that read too much fails at once."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::athena:startQueryExecution.sync",
        "Arguments": {
            "QueryString": jsonata(_TEXT),
            "QueryExecutionContext": {"Database": RAW_DATABASE},
            "WorkGroup": WORK_GROUP,
        },
        "TimeoutSeconds": QUERY_SECONDS,
        "Retry": retries("Athena")[:1],
        "Assign": {"result": jsonata(f"$substringAfter($substringAfter({_LOCATION}, '://'), '/')")},
        "Next": "Measure result",
    }
