"""`traffic` names a route that asks nothing or a table that Athena does not read, or that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(declaration: Declaration) -> Iterator[Violation]:
    known = [name for name, _ in declaration.project.endpoints.asking()]
    for name in declaration.project.traffic.requests_per_day:
        if name not in known and ("endpoints", name) not in declaration.broken:
            path = ("traffic", "requestsPerDay", name)
            message = f"traffic is declared for `{name}`, which is no route that asks a campaign"
            yield Violation(path, message, build_hint(name, known, "Routes"), at_key=True)


def _check_tables(declaration: Declaration) -> Iterator[Violation]:
    athena = declaration.project.prepare.athena
    known = [] if athena is None else list(athena.tables)
    for name in declaration.project.traffic.raw_gigabytes:
        if name not in known and ("prepare", "athena", "tables", name) not in declaration.broken:
            path = ("traffic", "rawGigabytes", name)
            message = f"raw data are declared for `{name}`, which is no table that Athena reads"
            hint = build_hint(name, known, "Tables") if known else "Remove it, or declare prepare.athena."
            yield Violation(path, message, hint, at_key=True)


RULE = Rule("traffic-route", "Traffic is declared for routes that exist.", "our own", _check)
TABLES = Rule("traffic-table", "Raw data are declared for tables that Athena reads.", "our own", _check_tables)
