"""What a person sees: results on stdout, progress and findings on stderr."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tastemaker.facts.failure_reasons import is_documented

WIDTH_OF_A_PIPE = 200

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tastemaker.errors import Finding
    from tastemaker.plan.specs import Plan, ScheduleSpec


def out() -> Console:
    """Results; `NO_COLOR` and pipes are honoured by rich."""
    return _console(stderr=False)


def err() -> Console:
    """Progress and findings, so that stdout stays clean for a program that reads it."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    """Lines are never cut: a terminal wraps them, a pipe gets them whole."""
    console = Console(stderr=stderr, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDTH_OF_A_PIPE
    return console


def heading(console: Console, number: int, title: str) -> None:
    console.print(Text.assemble(("\n" + str(number) + " ", "bold cyan"), (title, "bold")))


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """All findings, in the order of the file, in a form that editors turn into links, and what follows from them."""
    list_findings(console, findings)
    errors = sum(finding.severity == "error" for finding in findings)
    console.print(
        Text(f"{_count(errors, 'finding')}; nothing was created.", style="bold red")
        if errors
        else Text(f"{_count(len(findings), 'warning')}; nothing stops because of them.", style="bold yellow")
    )


def list_findings(console: Console, findings: Sequence[Finding]) -> None:
    for finding in findings:
        where = ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)
        style = "red" if finding.severity == "error" else "yellow"
        console.print(Text.assemble((where, "bold"), " ", (finding.rule, style), "  ", finding.message))
        if is_documented(finding.failure_reason) and finding.failure_reason not in finding.message:
            console.print(Text(f"    Amazon Personalize would say: {finding.failure_reason}", style="dim"))
        if finding.hint:
            console.print(Text("    " + finding.hint, style="green"))
        if finding.source:
            console.print(Text("    source: " + finding.source, style="dim"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


def table(
    columns: Iterable[str], rows: Iterable[Iterable[Any]], right: Iterable[int] = (), *, show_header: bool = True
) -> Table:
    """A plain table; `right` are the indexes of columns with numbers."""
    numbers = set(right)
    grid = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False, show_header=show_header)
    for index, column in enumerate(columns):
        grid.add_column(column, justify="right" if index in numbers else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(cell if isinstance(cell, Text) else str(cell) for cell in row))
    return grid


def show_plan(console: Console, plan: Plan) -> None:
    """What will exist and what the schedules do."""
    kinds = {
        "dataset group": "DatasetGroups", "dataset": "Datasets", "event tracker": "EventTrackers", "filter": "Filters",
        "solution": "Solutions",
    }  # fmt: skip
    rows = [
        (kind, entry["Create"].get("Name", ""), _detail(entry["Create"]))
        for kind, section in kinds.items()
        for entry in plan.resources[section]
    ]
    rows += [
        ("campaign", job["Campaign"]["Name"], f"minProvisionedTPS {job['Campaign']['MinProvisionedTPS']}")
        for solution in plan.maintenance["FULL"]["Solutions"]
        for job in solution["Campaigns"]
    ]
    console.print(table(("Personalize", "name", ""), rows))
    console.print()
    console.print(table(("state machine", "does"), ((machine.name, machine.summary) for machine in plan.machines)))
    console.print()
    console.print(
        table(("route", "function", ""), ((route.key, route.function, route.summary) for route in plan.routes))
    )
    if plan.schedules:
        console.print()
        console.print(
            table(
                ("schedule", "when", "time zone", "does"),
                ((entry.name, _when(entry), entry.time_zone, entry.summary) for entry in plan.schedules),
            )
        )
    console.print()
    console.print(
        table(
            ("solution", "what each run does"),
            ((name, sentence) for name, sentences in plan.explanations.items() for sentence in sentences),
        )
    )


def _when(schedule: ScheduleSpec) -> str:
    return f"{schedule.expression}, paused" if schedule.paused else schedule.expression


def _detail(create: Mapping[str, Any]) -> str:
    if "RecipeArn" in create:
        auto = "on" if create["PerformAutoTraining"] else "off"
        return f"{create['RecipeArn'].rpartition('/')[2]}, automatic training {auto}"
    return str(create.get("FilterExpression", create.get("DatasetType", "")))


def show_metrics(console: Console, metrics: Mapping[str, Mapping[str, float]]) -> None:
    """Solutions side by side, metrics as rows, by the service's names."""
    names = sorted({name for values in metrics.values() for name in values})
    rows = [(name, *(_figure(values.get(name)) for values in metrics.values())) for name in names]
    console.print(table(("offline metric", *metrics), rows, right=range(1, len(metrics) + 1)))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def show_cost(console: Console, cost: Mapping[str, float]) -> None:
    rows = [(line, f"${amount:.4f}") for line, amount in cost.items()]
    console.print(table(("what the service would have billed", "USD"), rows, right=(1,)))


def duration(seconds: float) -> str:
    """`1d 02:03:04`; days only where there are any."""
    days, rest = divmod(round(seconds), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    return (f"{days}d " if days else "") + f"{hours:02d}:{minutes:02d}:{rest:02d}"


def moment(epoch: float) -> str:
    """UTC, to the minute."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d %H:%M")
