"""What an import looks at before it is paid for: objects, header, rows, size. Plain S3 calls, no Lambda function.

The number of rows stands in the object's metadata, `rows`, which the upload writes; where it is missing, bytes are
compared instead. Source of the rules: reference §2.4 and §2.5.
"""

from __future__ import annotations

from typing import Any

from tastemaker.model.datasets import MOST_LOST_SHARE
from tastemaker.plan.machines.begun_import import BEGUN
from tastemaker.plan.machines.ledger import LAST_IMPORT, read
from tastemaker.plan.machines.states import (
    States,
    body,
    choice,
    covered,
    fail,
    for_each,
    jsonata,
    pass_state,
    personalize_task,
    sdk_task,
)

_HEADER_BYTES = 4096

_OBJECTS = "[$states.result.Contents[Size > 0].{'Key': Key, 'ETag': ETag, 'Size': Size}]"
_FINGERPRINT = f"(  $found := {_OBJECTS}; $hash($join($sort([$found.(Key & ETag)])), 'SHA-256') )"
_LAST = """(
    $item := $states.result.Item;
    $at := $lookup($item, $mode & 'At').S;
    $exists($at) and $toMillis($at) >= $toMillis($createdAt) ? {
        'Fingerprint': $lookup($item, $mode & 'Fingerprint').S,
        'Rows': $number($lookup($item, $mode & 'Rows').N),
        'Bytes': $number($lookup($item, $mode & 'Bytes').N),
        'At': $at
    } : {'At': ''}
)"""
_IMPORTED_AT = """(
    $item := $states.result.Item;
    $all := $sort([$lookup($item, 'FULLAt').S, $lookup($item, 'INCREMENTALAt').S]);
    $newest := $all[-1];
    $exists($newest) and $toMillis($newest) >= $toMillis($createdAt) ? $newest : ''
)"""
"""A dataset that was made anew since holds nothing, whatever the ledger says."""

_HEADER = "[$split($split($states.result.Body, /\\r?\\n/)[0], ',').$replace($trim($), '\"', '')]"
_LOOKED = f"""(
    $header := {_HEADER};
    $rows := $states.result.Metadata.rows;
    {{
        'Key': $states.input.Key,
        'Missing': [$filter($source.Columns, function($column) {{ $not($column in $header) }})],
        'Rows': $exists($rows) and $contains($rows, /^[0-9]+$/) ? $number($rows) : -1
    }}
)"""
_FEWER = f"""(
    $allowed := 1 - {MOST_LOST_SHARE};
    $known := $rows >= 0 and $last.Rows > 0;
    $now := $known ? $rows : $bytes;
    $before := $known ? $last.Rows : $last.Bytes;
    $mode = 'FULL' and $not($source.AllowShrink) and $exists($before) and $now < $before * $allowed
        ? 'it has ' & $now & ($known ? ' rows' : ' bytes') & ' and the last import had ' & $before
            & '; a full import replaces everything. Set allowShrink: true on the dataset if that is meant'
)"""
_PROBLEMS = f"""[
    $looked[$count(Missing) > 0].(Key & ' lacks the column ' & $join(Missing, ', ')),
    {_FEWER},
    ($rows >= 0 and $rows < $source.MinimumRows
        ? 'it has ' & $rows & ' rows and Amazon Personalize wants at least ' & $source.MinimumRows),
    ($bytes > $lookup($source.MaximumBytes, $mode)
        ? 'it has ' & $bytes & ' bytes and a job takes at most ' & $lookup($source.MaximumBytes, $mode))
]"""


def build_preflight(*, good: str, nothing_new: str, unchanged: str) -> States:
    """Enter at `List objects`; `$source` and `$mode` are assigned.

    Assigns `objectCount`, `bytes`, `fingerprint`, `rows` (-1 when unknown), `importedAt` ('' for never), `last` and
    `begun`.

    Args:
        good: next state when everything is in order.
        nothing_new: an incremental import without objects.
        unchanged: the same objects as at the last import of this mode.
    """
    return {
        **_listing(nothing_new),
        **_memory(unchanged),
        "Look at objects": for_each(
            "$objects",
            _look_at_object(),
            at_once=5,
            next_state="Count rows",
            Assign={"looked": jsonata("$states.result")},
        ),
        "Count rows": pass_state(
            Assign={"rows": jsonata("-1 in $looked.Rows ? -1 : $sum($looked.Rows)")}, next_state="Check files"
        ),
        "Check files": pass_state(Assign={"problems": jsonata(_PROBLEMS)}, next_state="Are the files good"),
        "Are the files good": choice([("$count($problems) > 0", "Files are not good")], default=good),
        "Files are not good": fail(
            "Tastemaker.PreflightFailed",
            "'s3://' & $source.Bucket & '/' & $source.Prefix & ' is not imported: ' & $join($problems, '; ')",
        ),
    }


def _listing(nothing_new: str) -> States:
    return {
        "List objects": sdk_task(
            "s3",
            "listObjectsV2",
            {"Bucket": jsonata("$source.Bucket"), "Prefix": jsonata("$source.Prefix"), "Delimiter": "/"},
            next_state="Are there objects",
            Assign={
                "objects": jsonata(_OBJECTS),
                "objectCount": jsonata("$states.result.IsTruncated ? 1001 : $count($states.result.Contents[Size > 0])"),
                "bytes": jsonata("$sum([0, $states.result.Contents.Size])"),
                "fingerprint": jsonata(_FINGERPRINT),
            },
        ),
        "Are there objects": choice(
            [
                ("$objectCount > 1000", "Too many objects"),
                ("$objectCount > 0", "Describe dataset"),
                ("$mode = 'INCREMENTAL'", nothing_new),
            ],
            default="No objects",
        ),
        "No objects": fail(
            "Tastemaker.NoObjects",
            "'no object below s3://' & $source.Bucket & '/' & $source.Prefix & '; upload the ' & "
            "$source.DatasetType & ' dataset and run again'",
        ),
        "Too many objects": fail(
            "Tastemaker.TooManyObjects",
            "'more than 1000 objects below s3://' & $source.Bucket & '/' & $source.Prefix & '; merge them'",
        ),
    }


def _memory(unchanged: str) -> States:
    return {
        "Describe dataset": personalize_task(
            "describeDataset",
            {"DatasetArn": jsonata("$source.DatasetArn")},
            next_state="Read last import",
            Assign={"createdAt": jsonata("$string($states.result.Dataset.CreationDateTime)")},
        ),
        "Read last import": read(
            "$source.DatasetArn",
            LAST_IMPORT,
            next_state="Are the objects new",
            Assign={"last": jsonata(_LAST), "begun": jsonata(BEGUN), "importedAt": jsonata(_IMPORTED_AT)},
        ),
        "Are the objects new": choice([("$last.Fingerprint = $fingerprint", unchanged)], default="Look at objects"),
    }


def _look_at_object() -> dict[str, Any]:
    """One request gives the first line and the metadata."""
    states = {
        "Read header": sdk_task(
            "s3",
            "getObject",
            {
                "Bucket": jsonata("$source.Bucket"),
                "Key": jsonata("$states.input.Key"),
                "Range": f"bytes=0-{_HEADER_BYTES - 1}",
            },
            next_state=None,
            Output=jsonata(_LOOKED),
        )
    }
    return body("Read header", covered(states, "Object cannot be read", "$source.DatasetType"))
