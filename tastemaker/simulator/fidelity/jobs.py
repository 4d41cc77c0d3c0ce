"""What batch, export and data deletion jobs decided where the documentation is silent."""

from __future__ import annotations

from typing import Final

from tastemaker.simulator.fidelity.record import Fidelity, Grade

_BATCH, _SEGMENTS = "Batch inference jobs", "Batch segment jobs"
_EXPORTS, _DELETION = "Export jobs", "Data deletion jobs"
_EXACT, _CHOSEN, _ABSENT = Grade.EXACT, Grade.APPROXIMATE, Grade.ABSENT
_OUTPUT = "Developer Guide, batch-inference-job-output-examples"
_NEW_DATA = "Developer Guide, how-new-data-influences-batch-recommendations"
_LIMITS = "Developer Guide, limits"
_DELETE_RECORDS = "Developer Guide, delete-records"
_SILENT = "not documented"

FIDELITY: Final = (
    Fidelity("Operations", "CreateBatchInferenceJob", _CHOSEN, "themes are refused", _OUTPUT),
    Fidelity("Operations", "CreateDataDeletionJob", _CHOSEN, "what deployed versions still know is a choice", _SILENT),
    Fidelity("Operations", "CreateDatasetExportJob", _CHOSEN, "the names of the files are a choice", _SILENT),
    Fidelity(_BATCH, "input and output lines", _EXACT, "`<input name>.out`; scores where models personalise", _OUTPUT),
    Fidelity(_BATCH, "items without a score", _CHOSEN, "null in `scores`; the member for reasons is left out", _SILENT),
    Fidelity(
        _BATCH, "lines that cannot be answered", _CHOSEN, "`output` null and an `error` of our wording", "one example"
    ),
    Fidelity(_BATCH, "filters", _EXACT, "one for each job, values on each line", "Developer Guide, filter-batch"),
    Fidelity(_BATCH, "streamed events", _EXACT, "count after 15 minutes with recipes that react to events", _NEW_DATA),
    Fidelity(_BATCH, "update before the job", _EXACT, "a job on the latest FULL version updates it first", _NEW_DATA),
    Fidelity(_BATCH, "`numResults`", _CHOSEN, "25 by default, at most 500 as in the runtime", _SILENT),
    Fidelity(_BATCH, "files, bytes, records", _EXACT, "1,000 files, 1 GB, 50 million records for each file", _LIMITS),
    Fidelity(_BATCH, "state before ACTIVE", _CHOSEN, "`CREATE PENDING`, `CREATE IN_PROGRESS`", "API: `PENDING`"),
    Fidelity(_BATCH, "`_CHECK`", _CHOSEN, "an empty object in the output folder", "code of AWS Solutions"),
    Fidelity(_BATCH, "price", _CHOSEN, "every line, errors too; the v1 tiers are unconfirmed", "no price list"),
    Fidelity(
        _SEGMENTS, "queries", _EXACT, "500 items, or 10 of `ITEMS.column = value` with AND; best users first", _LIMITS
    ),
    Fidelity(
        _SEGMENTS, "who is in a segment", _EXACT,
        "users of the training, which leaves INCREMENTAL imports out, less users deleted since",
        "Developer Guide, getting-user-segments",
    ),
    Fidelity(
        _SEGMENTS, "filters on users", _EXACT, "an event with any item counts; none on events for attributes",
        "Developer Guide, user-segment-filter-examples",
    ),
    Fidelity(_SEGMENTS, "price", _ABSENT, "users are counted, dollars are not: no price is known", _SILENT),
    Fidelity(
        _EXPORTS, "rows", _EXACT, "equal rows once; ALL keeps the newest item or user of an id",
        "Developer Guide, export-data",
    ),
    Fidelity(_EXPORTS, "files", _CHOSEN, "one file, `<job name>.csv`, which an import reads back", _SILENT),
    Fidelity(_EXPORTS, "`kmsKeyArn` of a job", _CHOSEN, "the role needs the key; nothing is encrypted", "API"),
    Fidelity(
        _DELETION, "what disappears", _EXACT, "imported and streamed records of the users in all datasets of the group",
        _DELETE_RECORDS,
    ),
    Fidelity(
        _DELETION, "deployed versions", _CHOSEN,
        "keep what they learned until the next training, but answer a deleted user like a new one", _SILENT,
    ),
    Fidelity(_DELETION, "duration", _CHOSEN, "always a day, which is the documented bound", _DELETE_RECORDS),
    Fidelity(_DELETION, "`numDeleted`", _CHOSEN, "rows of all datasets together", "API: records"),
)  # fmt: skip
"""Statements for the page, by operation and rule."""
