"""The one way in which a schema is wrong."""

from __future__ import annotations


class SchemaError(Exception):
    """CreateSchema would answer InvalidInputException with this text."""
