"""What a dataset's schema must and may hold.

Source: developer guide, custom-datasets-and-schemas, how-it-works-dataset-schema, limits; archived guide,
ECOMMERCE-* and VIDEO-* pages for the domains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tastemaker.facts.domain_fields import DOMAIN_FIELDS

MAX_ID_LENGTH: Final = 256
MAX_STRING_LENGTH: Final = 1_000
MAX_IMPRESSION_LENGTH: Final = 1_000
MAX_TEXT_LENGTH: Final = 20_000
"""Characters of a textual value; the rest is cut off. Source: items-datasets."""
AVRO_TYPES: Final = frozenset({"float", "double", "int", "long", "string", "boolean", "null"})


@dataclass(frozen=True)
class DatasetFacts:
    """One dataset type.

    Attributes:
        type: upper case, as DescribeDataset returns it.
        record_name: name of the Avro record; compared without case.
        id_column: identifies a row of metadata; empty for interactions.
        required: column to Avro type.
        reserved: optional columns with a fixed meaning, to Avro type.
        max_metadata: most custom columns.
        needs_metadata: at least one column besides the required ones.
    """

    type: str
    record_name: str
    id_column: str
    required: dict[str, str]
    reserved: dict[str, str]
    max_metadata: int
    needs_metadata: bool


DATASETS: Final[dict[str, DatasetFacts]] = {
    facts.type: facts
    for facts in (
        DatasetFacts(
            "INTERACTIONS",
            "Interactions",
            "",
            {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"},
            {
                "EVENT_TYPE": "string",
                "EVENT_VALUE": "float",
                "IMPRESSION": "string",
                "RECOMMENDATION_ID": "string",
                "EVENT_ATTRIBUTION_SOURCE": "string",
            },
            5,
            needs_metadata=False,
        ),
        DatasetFacts(
            "ITEMS", "Items", "ITEM_ID", {"ITEM_ID": "string"}, {"CREATION_TIMESTAMP": "long"}, 100, needs_metadata=True
        ),
        DatasetFacts("USERS", "Users", "USER_ID", {"USER_ID": "string"}, {}, 25, needs_metadata=True),
        DatasetFacts(
            "ACTIONS",
            "Actions",
            "ACTION_ID",
            {"ACTION_ID": "string"},
            {
                "CREATION_TIMESTAMP": "long",
                "VALUE": "long",
                "TYPE": "string",
                "EXPIRATION_TIMESTAMP": "long",
                "REPEAT_FREQUENCY": "long",
            },
            10,
            needs_metadata=True,
        ),
        DatasetFacts(
            "ACTION_INTERACTIONS",
            "ActionInteractions",
            "",
            {"USER_ID": "string", "ACTION_ID": "string", "EVENT_TYPE": "string", "TIMESTAMP": "long"},
            {"IMPRESSION": "string", "RECOMMENDATION_ID": "string"},
            5,
            needs_metadata=False,
        ),
    )
}
"""Dataset types by the name that DescribeDataset returns."""

DOMAIN_REQUIRED: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    key: tuple(field.name for field in domain_fields if field.required) for key, domain_fields in DOMAIN_FIELDS.items()
}
"""Domain and dataset type to the columns it wants beyond those of a custom dataset."""

FORBIDDEN_EVENT_PROPERTIES: Final = frozenset(
    {"userid", "sessionid", "eventtype", "timestamp", "recommendationid", "impression"}
)
"""Keys that PutEvents refuses inside `properties`, compared without case. Source: recording-item-interaction-events."""


ACTION_EVENT_TYPES: Final = ("TAKEN", "NOT_TAKEN", "VIEWED")
"""What may happen to an action. Source: action-interactions-datasets."""

MAX_EPOCH_SECONDS: Final = 99_999_999_999
"""The year 5138. The guide wants seconds and does not say what becomes of milliseconds, which are greater than this."""

VALUE_RANGES: Final[dict[tuple[str, str], tuple[int, int]]] = {
    ("INTERACTIONS", "TIMESTAMP"): (0, MAX_EPOCH_SECONDS),
    ("ITEMS", "CREATION_TIMESTAMP"): (0, MAX_EPOCH_SECONDS),
    ("ACTIONS", "VALUE"): (1, 10),
    ("ACTIONS", "REPEAT_FREQUENCY"): (0, 30),
}
"""Dataset type and column to the least and greatest value. Source: actions-datasets; data-prep-formatting for times."""


def find_dataset_facts(dataset_type: str) -> DatasetFacts | None:
    """The dataset type in any case, e.g. `Interactions`; None when there is no such type."""
    return DATASETS.get(dataset_type.upper())
