"""Where raw data are prepared when they outgrow one machine."""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from typing import Annotated, Literal

from pydantic import Field

from tastemaker.model.declared import Declared

ColumnType = Literal["string", "int", "bigint", "float", "double", "boolean", "date", "timestamp"]


class RawTable(Declared):
    """A source as Athena reads it; needs no crawler.

    Attributes:
        prefix: of its objects in the raw bucket, with a slash at its end.
        format: Parquet, or CSV with a header line, commas and quotation marks, whose columns Athena takes for text.
        columns: name to Athena's type, in the file's order for CSV.
    """

    prefix: Annotated[str, Field(pattern=r"^[^/\s][^\s]*/$")]
    format: Literal["parquet", "csv"] = "parquet"
    columns: Annotated[dict[str, ColumnType], Field(min_length=1)]


class Athena(Declared):
    """Amazon Athena runs the datasets' SQL inside `import-data`; $5 for each terabyte that it reads.

    Attributes:
        bucket: that the raw data lie in; its policy and key must let the account's roles read.
        tables: source to its table.
        window_hours: what `$since` and `$until` of an incremental run span, back from its start; longer than between
            two runs, so that a run that failed is made up for by the next.
        maximum_scanned_gigabytes: a query that would read more is cancelled.
    """

    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    tables: Annotated[dict[str, RawTable], Field(min_length=1)]
    window_hours: Annotated[int, Field(ge=1, le=8_760)] = 48
    maximum_scanned_gigabytes: Annotated[int, Field(ge=1, le=100_000)] = 100


class Preparation(Declared):
    """What runs the datasets' SQL on AWS.

    Attributes:
        athena: absent means that nothing does: `tastemaker prepare` works on the machine that it runs on.
    """

    athena: Athena | None = None
