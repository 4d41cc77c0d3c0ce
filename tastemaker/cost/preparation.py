"""What Athena bills for preparing datasets: by what its queries read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.cost.lines import CostLine
from tastemaker.facts.athena import count_billed_bytes
from tastemaker.facts.prices import GIGABYTE, TERABYTE
from tastemaker.plan.athena_sql import list_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.cost.traffic import Traffic
    from tastemaker.facts.prices import Prices
    from tastemaker.plan.specs import Plan


def price_preparation(plan: Plan, traffic: Traffic, prices: Prices) -> Iterator[CostLine]:
    """Every query of every scheduled run reads its tables as a whole: a window saves rows, not bytes.

    Columns of Parquet that no query names are counted too, though Athena does not read them.
    """
    if plan.preparation is None:
        return
    queries, billed = 0.0, 0.0
    for mode, schedule in (("FULL", "full"), ("INCREMENTAL", "incremental")):
        runs = traffic.runs.get(schedule, 0)
        for query in plan.maintenance[mode]["Import"]["Queries"]:
            tables = list_tables(query["QueryString"], traffic.raw_bytes)
            queries += runs
            billed += runs * count_billed_bytes(sum(traffic.raw_bytes[name] for name in tables))
    usd = billed / TERABYTE * prices.athena_per_terabyte
    quantity = f"{queries:.1f} queries, {billed / GIGABYTE:,.2f} GB read"
    yield CostLine("Amazon Athena", "preparing datasets", quantity, usd, usd)
