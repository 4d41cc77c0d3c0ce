"""Cuts the example's data out of the published file: the lines of the last months, as they were published.

    python make_data.py raw_2009_2010.parquet

The same input gives the same bytes. Nothing is cleaned here: that is what `sql/` shows.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

SINCE = "2010-08-01"
COLUMNS = '"Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"'


def cut_lines(source: Path, target: Path) -> None:
    """Write the invoice lines since `SINCE`, in the order of time."""
    database = duckdb.connect(config={"threads": 1})
    lines = database.read_parquet(str(source)).filter(f"\"InvoiceDate\" >= '{SINCE}'").project(COLUMNS)
    lines.order(f'"InvoiceDate", {COLUMNS}').create_view("ordered")
    database.execute(f"COPY ordered TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19)")


if __name__ == "__main__":
    cut_lines(Path(sys.argv[1]), Path(__file__).parent / "data" / "invoice_lines.parquet")
