"""What the schemas of a Domain dataset group must hold, and how their reserved fields must look.

Source: developer guide, ECOMMERCE-datasets-and-schemas and VIDEO-ON-DEMAND-datasets-and-schemas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class DomainField:
    """One field with a meaning fixed by the domain.

    Attributes:
        type: Avro type without null.
        nullable: the field may also be null.
    """

    name: str
    type: str
    required: bool = False
    categorical: bool = False
    textual: bool = False
    nullable: bool = True


def _category(name: str, *, required: bool = False) -> DomainField:
    return DomainField(name, "string", required=required, categorical=True, nullable=not required)


_EVENT_TYPE = DomainField("EVENT_TYPE", "string", required=True, nullable=False)
_DESCRIPTION = DomainField("PRODUCT_DESCRIPTION", "string", textual=True)

DOMAIN_FIELDS: Final[dict[tuple[str, str], tuple[DomainField, ...]]] = {
    ("ECOMMERCE", "INTERACTIONS"): (_EVENT_TYPE,),
    ("ECOMMERCE", "ITEMS"): (
        DomainField("PRICE", "float", required=True, nullable=False),
        _category("CATEGORY_L1", required=True),
        _category("CATEGORY_L2"),
        _category("CATEGORY_L3"),
        _DESCRIPTION,
        DomainField("CREATION_TIMESTAMP", "long", nullable=False),
        _category("AGE_GROUP"),
        _category("ADULT"),
        _category("GENDER"),
    ),
    ("VIDEO_ON_DEMAND", "INTERACTIONS"): (_EVENT_TYPE,),
    ("VIDEO_ON_DEMAND", "ITEMS"): (
        _category("GENRES", required=True),
        DomainField("CREATION_TIMESTAMP", "long", required=True, nullable=False),
        DomainField("PRICE", "float", nullable=False),
        DomainField("DURATION", "float", nullable=False),
        _category("GENRE_L2"),
        _category("GENRE_L3"),
        DomainField("AVERAGE_RATING", "float"),
        _DESCRIPTION,
        _category("CONTENT_OWNER"),
        _category("CONTENT_CLASSIFICATION"),
    ),
    ("VIDEO_ON_DEMAND", "USERS"): (_category("SUBSCRIPTION_MODEL"),),
}
"""Domain and dataset type to its fields beyond those of a custom dataset."""
