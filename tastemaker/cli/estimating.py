"""What an estimate assumes, gathered from the command line, the project file, the last good check, and defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tastemaker.cost import traffic as defaults
from tastemaker.cost.estimate import Estimate, estimate_cost
from tastemaker.cost.traffic import Assumption, Traffic
from tastemaker.data.check import PREPARED_FOLDER
from tastemaker.data.row_counts import ACTIVE_USERS, ROW_COUNTS_FILE, load_row_counts
from tastemaker.errors import Finding
from tastemaker.facts.prices import GIGABYTE, PRICES, Prices
from tastemaker.runner.schedule import next_fire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.model.project import Project
    from tastemaker.plan.specs import Plan, PreparationSpec, RouteSpec

DAYS = 30.0
_COUNTED_DAYS = 364
_COUNTED_SINCE = 1_767_571_200.0
"""Monday, 5 January 2026: a year of whole weeks, so that a weekly schedule fires 4.29 times in 30 days, always."""


@dataclass(frozen=True)
class Overrides:
    """What the command line says; None leaves it to the project file."""

    requests_per_day: float | None = None
    events_per_day: float | None = None
    interactions: int | None = None
    users: int | None = None


def estimate_project(
    project: Project, plan: Plan, overrides: Overrides, prices: Prices = PRICES, days: float = DAYS
) -> Estimate:
    """The estimate with its assumptions; reads what the last good check remembers, no data.

    Args:
        project: as it is in the plan's environment.
    """
    counts = load_row_counts(project.root / ROW_COUNTS_FILE)
    return estimate_cost(plan, build_traffic(project, plan, overrides, counts, days), prices)


def build_traffic(
    project: Project, plan: Plan, overrides: Overrides, counts: Mapping[str, int], days: float = DAYS
) -> Traffic:
    """Numbers by precedence: command line, project file, what a check counted, default."""
    declared = project.traffic
    asking = [route for route in plan.routes if "owner" in route.settings]
    requests = [_assume_requests(project, route, overrides) for route in asking]
    interactions = _choose(
        "interactions",
        overrides.interactions,
        declared.interactions,
        counts.get("INTERACTIONS"),
        defaults.DEFAULT_INTERACTIONS,
    )
    users = _choose("users", overrides.users, None, counts.get(ACTIVE_USERS), defaults.DEFAULT_USERS)
    events = _choose(
        "events per day", overrides.events_per_day, declared.events_per_day, None, defaults.DEFAULT_EVENTS_PER_DAY
    )
    lines = _choose("lines per batch", None, declared.batch_lines, None, defaults.DEFAULT_BATCH_LINES)
    raw = {} if plan.preparation is None else _assume_raw(project, plan.preparation)
    return Traffic(
        requests_per_day={route.key: found.value for route, found in zip(asking, requests, strict=True)},
        events_per_day=events.value,
        interactions=int(interactions.value),
        users=int(users.value),
        import_bytes=_measure_imports(project) or interactions.value * defaults.BYTES_PER_INTERACTION,
        batch_lines=int(lines.value),
        runs={
            schedule.name: _count_fires(schedule.expression, schedule.time_zone, days) for schedule in plan.schedules
        },
        days=days,
        raw_bytes={name: found.value * GIGABYTE for name, found in raw.items()},
        assumptions=(*requests, events, interactions, users, *([lines] if project.batch else []), *raw.values()),
    )


def _choose(
    name: str,
    given: float | None,
    declared: float | None,
    known: float | None,
    default: float,
    known_by: str = "last check",
) -> Assumption:
    chain = ((given, "command line"), (declared, "project file"), (known, known_by), (default, "default"))
    return next(Assumption(name, float(value), origin) for value, origin in chain if value is not None)


def _assume_requests(project: Project, route: RouteSpec, overrides: Overrides) -> Assumption:
    declared = project.traffic.requests_per_day.get(route.path.rpartition("/")[2])  # the key under `endpoints`
    label = f"requests per day, {route.key}"
    return _choose(label, overrides.requests_per_day, declared, None, defaults.DEFAULT_REQUESTS_PER_DAY)


def _assume_raw(project: Project, preparation: PreparationSpec) -> dict[str, Assumption]:
    """Table to its gigabytes; a file on this machine stands for the whole table, unless the project file says more."""
    declared, found = project.traffic.raw_gigabytes, {}
    for name in preparation.tables:
        measured = _measure_source(preparation.samples[name])
        found[name] = _choose(
            f"raw gigabytes of {name}", None, declared.get(name), measured, defaults.DEFAULT_RAW_GIGABYTES, "local file"
        )
    return found


def _measure_source(location: str) -> float | None:
    """Gigabytes of a local file; None for one that is elsewhere."""
    path = Path(location)
    return path.stat().st_size / GIGABYTE if path.is_file() else None


def _measure_imports(project: Project) -> float:
    files = (project.root / PREPARED_FOLDER).glob("*.csv")
    return float(sum(file.stat().st_size for file in files))


def _count_fires(expression: str, time_zone: str, days: float) -> float:
    """How often a schedule fires in so many days, by the mean of a year."""
    count, at = 0, next_fire(expression, time_zone, _COUNTED_SINCE)
    while at is not None and at <= _COUNTED_SINCE + _COUNTED_DAYS * 86_400:
        count, at = count + 1, next_fire(expression, time_zone, at)
    return count * days / _COUNTED_DAYS


def check_budget(project: Project, plan: Plan, counts: Mapping[str, int]) -> list[Finding]:
    """A plan that costs more than the budget of its environment, told before it is deployed."""
    here = project.in_environment(plan.environment)
    if here.budget is None or "budget" in project.silence:
        return []
    estimate = estimate_cost(plan, build_traffic(here, plan, Overrides(), counts))
    if estimate.total <= here.budget:
        return []
    largest = max(estimate.lines, key=lambda line: line.usd)
    price, limit = f"${estimate.total:,.0f}", f"${here.budget:,.0f}"
    message = f"about {price} a month for environment {plan.environment}, {limit} is the budget"
    hint = (
        f"The largest part is {largest.what}, ${largest.usd:,.0f}. See tastemaker cost; raise budget or drop something."
    )
    own = ("environments", plan.environment, "budget")
    spot = project.locations.find(own if own in project.locations.values else ("budget",))
    return [Finding(str(project.file), *spot, "budget", message, hint)]
