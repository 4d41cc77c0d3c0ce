"""What import jobs take and refuse."""

from __future__ import annotations

from typing import Final

from tastemaker.simulator.fidelity.record import Fidelity, Grade

_EXACT, _CHOSEN = Grade.EXACT, Grade.APPROXIMATE
_GUIDE, _SILENT = "Developer Guide, ", "not documented"

FIDELITY: Final = (
    Fidelity(
        "Imports",
        "CSV",
        _CHOSEN,
        "Comma, quotation marks, header. A quotation mark inside quotes is escaped by a backslash only, not "
        "by doubling.",
        _GUIDE + "bulk-data-import-step",
    ),
    Fidelity(
        "Imports",
        "Byte order mark",
        _CHOSEN,
        "Part of the first column's name, which is missing then: the guide wants UTF-8 and does not mention the mark.",
        _SILENT,
    ),
    Fidelity(
        "Imports",
        "Times that are no seconds",
        _CHOSEN,
        "TIMESTAMP and CREATION_TIMESTAMP from 0 to 99,999,999,999; the job fails for milliseconds and negative times. "
        "That they must be seconds is documented, what becomes of others is not.",
        _GUIDE + "data-prep-formatting; refusal: " + _SILENT,
    ),
    Fidelity(
        "Imports",
        "Boolean columns",
        _CHOSEN,
        "true or false in any case, as Python and Avro write them; anything else fails the job. What the service "
        "takes for a boolean in a CSV is not documented.",
        _SILENT,
    ),
    Fidelity(
        "Imports",
        "Schemas",
        _EXACT,
        "Avro, required and reserved fields, numbers of metadata fields.",
        _GUIDE + "how-it-works-dataset-schema",
    ),
    Fidelity(
        "Imports",
        "FULL and INCREMENTAL",
        _EXACT,
        "FULL replaces imported rows, streamed ones stay; INCREMENTAL extends. Of several records with one id "
        "the newest counts.",
        _GUIDE + "updating-dataset",
    ),
    Fidelity(
        "Imports",
        "Texts of failureReason",
        _CHOSEN,
        "The service's words where a public document quotes them.",
        "AWS re:Post and the AWS notebooks",
    ),
)
