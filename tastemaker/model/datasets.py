"""The data a project trains on: schemas and where the rows come from."""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from tastemaker.model.declared import Declared

MOST_LOST_SHARE = 0.2
"""A full import that lost more than this share against the last one is refused: FULL replaces everything."""

FieldType = Literal["string", "int", "long", "float", "double", "boolean"]


class SchemaField(Declared):
    """One column; `USER_ID: string` is short for `USER_ID: {type: string}`. Source: reference §2.2."""

    type: FieldType
    categorical: bool | None = None
    textual: bool | None = None
    item_name: bool | None = None
    nullable: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _expand_short_form(cls, value: object) -> object:
        return {"type": value} if isinstance(value, str) else value


class Dataset(Declared):
    """One dataset.

    Attributes:
        schema_fields: key `schema`; column to type, in the order of the CSV's columns.
        sql: file with one SELECT over the sources, relative to the project file.
        path: file that is already as Amazon Personalize wants it. Exactly one of `sql` and `path` is given.
        allow_shrink: a full import may have lost more than a fifth of the rows of the one before.
    """

    key: ClassVar[str]
    dataset_type: ClassVar[str]
    record_name: ClassVar[str]

    schema_fields: dict[str, SchemaField] = Field(alias="schema")
    sql: str | None = None
    path: str | None = None
    allow_shrink: bool = False


class InteractionsDataset(Dataset):
    """Who did what with which item, and when."""

    key = "interactions"
    dataset_type = "INTERACTIONS"
    record_name = "Interactions"


class ItemsDataset(Dataset):
    """One row per item."""

    key = "items"
    dataset_type = "ITEMS"
    record_name = "Items"


class UsersDataset(Dataset):
    """One row per user."""

    key = "users"
    dataset_type = "USERS"
    record_name = "Users"


class Datasets(Declared):
    """At most one dataset of each type, as in a dataset group."""

    interactions: InteractionsDataset | None = None
    items: ItemsDataset | None = None
    users: UsersDataset | None = None

    def declared(self) -> tuple[Dataset, ...]:
        """The datasets that exist, in the order interactions, items, users."""
        return tuple(dataset for dataset in (self.interactions, self.items, self.users) if dataset is not None)
