from __future__ import annotations

from typing import Any

import pytest

from tests.support.domains import (
    ITEM_FIELDS,
    domain_schema,
)
from tests.support.simulator import Lab, refused


@pytest.mark.parametrize(
    ("domain", "field", "message"),
    [
        ("ECOMMERCE", {"name": "PRICE", "type": "int"}, "Field PRICE must be of type float."),
        ("ECOMMERCE", {"name": "PRICE", "type": ["null", "float"]}, "Field PRICE must not be nullable."),
        ("ECOMMERCE", {"name": "CATEGORY_L1", "type": "string"}, "Field CATEGORY_L1 must be categorical."),
        ("ECOMMERCE", {"name": "GENDER", "type": ["null", "string"]}, "Field GENDER must be categorical."),
        (
            "ECOMMERCE",
            {"name": "PRODUCT_DESCRIPTION", "type": "string"},
            "Field PRODUCT_DESCRIPTION must be textual.",
        ),
        ("VIDEO_ON_DEMAND", {"name": "DURATION", "type": "string"}, "Field DURATION must be of type float."),
        ("VIDEO_ON_DEMAND", {"name": "GENRES", "type": "string"}, "Field GENRES must be categorical."),
    ],
)
def test_a_domain_schema_has_its_fields_as_the_domain_wants_them(
    lab: Lab, domain: str, field: dict[str, Any], message: str
) -> None:
    fields = [other for other in ITEM_FIELDS[domain] if other["name"] != field["name"]]
    with refused("InvalidInputException", message):
        domain_schema(lab, "Items", domain, [*fields, field])
