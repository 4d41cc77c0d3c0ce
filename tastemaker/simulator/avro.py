"""Schemas of requests: what breaks a rule is refused in the service's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.avro import read_schema
from tastemaker.facts.problems import SchemaError
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from tastemaker.facts.avro import DatasetSchema


def parse_schema(text: str, domain: str | None = None) -> DatasetSchema:
    """Read and check a schema.

    Raises:
        RefusalError: InvalidInputException with the first rule that it breaks.
    """
    try:
        return read_schema(text, domain)
    except SchemaError as error:
        raise invalid_input(str(error)) from error
