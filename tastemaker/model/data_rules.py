"""Rules that look at data and money, and that a project may silence; the rooms that check them come later.

Rules about files that cannot be read as a dataset at all are not among them: nothing could follow.
"""

from __future__ import annotations

from typing import Final

DATA_RULES: Final[dict[str, str]] = {
    "too-few-interactions": "A training needs 1,000 interactions of the solution's event types.",
    "too-few-active-users": "A training needs 25 users with two interactions.",
    "too-small-share-of-active-users": "One user in a hundred has two interactions.",
    "too-many-event-types": "Event types and optional columns are ten at most.",
    "timestamp-negative": "Times are not before 1970.",
    "timestamp-milliseconds": "Times are in seconds.",
    "timestamp-microseconds": "Times are in seconds.",
    "value-too-long": "Ids have 256 characters at most, other text 1,000.",
    "text-cut-off": "Textual values have 20,000 characters at most.",
    "csv-column-order": "Columns are in the schema's order.",
    "csv-quoted-header": "The header is not in quotes.",
    "row-count-shrink": "A file has not lost a fifth of its rows since the last good check.",
    "duplicate-rows": "Fewer than one row in a hundred repeats another one.",
    "duplicate-ids": "One row per item and user.",
    "sparse-column": "Columns are filled to 70 %.",
    "many-categories": "A value holds 30 categories at most.",
    "too-fine-categories": "A category is shared by several rows.",
    "single-timestamp": "Interactions have times of their own.",
    "stale-data": "The newest interaction is not older than 30 days.",
    "future-data": "No interaction lies in the future.",
    "recency-gap": "In the last three months no week was silent.",
    "items-without-metadata": "Items with interactions are in the Items dataset.",
    "users-without-metadata": "Users with interactions are in the Users dataset.",
    "cold-items": "Half of the items have interactions.",
    "budget": "The estimate of `tastemaker cost` is within the project's budget.",
}
"""Rule id to what holds when nothing is found."""
