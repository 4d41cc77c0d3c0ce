"""Changes as a person reads them in a terminal: what is refused or lost first, what is new last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tastemaker.changes.fields import only_tags
from tastemaker.changes.records import Origin, Verb
from tastemaker.cli.changes_report import (
    CDK_DIFF,
    shorten,
    show_value,
    tell_bill,
    tell_effects,
    tell_summary,
    tell_warnings,
)
from tastemaker.cli.screen import table

if TYPE_CHECKING:
    from rich.console import Console

    from tastemaker.changes.records import Change, Changes, FieldChange

_MARKS = {
    Verb.FORBIDDEN: ("!", "bold red"),
    Verb.REPLACE: ("±", "bold magenta"),
    Verb.DELETE: ("-", "red"),
    Verb.UPDATE: ("~", "yellow"),
    Verb.CREATE: ("+", "green"),
    Verb.UNDECLARED: ("?", "cyan"),
    Verb.LATER: (".", "dim"),
}
_TOLD_WHOLE = frozenset({Verb.FORBIDDEN, Verb.REPLACE, Verb.DELETE, Verb.UPDATE})
_DETAILS = ("recipeArn", "filterExpression", "datasetType", "domain")


def show_changes(console: Console, changes: Changes) -> None:
    """Summary, warnings, each change, then in short what comes, what stays and what was not compared."""
    console.print(Text(tell_summary(changes), style="bold"))
    for warning in tell_warnings(changes):
        console.print(Text(warning, style="yellow"))
    whole = [change for change in changes.resources if _needs_room(change)]
    for change in whole:
        _show_whole(console, change)
    short = [change for change in changes.resources if change not in whole and change.verb is not Verb.KEEP]
    if short:
        console.print()
        rows = ((_head(one), one.kind, one.name, _tell_short(one)) for one in short)
        console.print(table(("", "", "", ""), rows, show_header=False))
    console.print()
    for line in (tell_bill(changes), *changes.notes, CDK_DIFF.replace("`", "")):
        if line:
            console.print(Text(line, style="dim"))


def _needs_room(change: Change) -> bool:
    return change.verb in _TOLD_WHOLE and not (change.verb is Verb.UPDATE and only_tags(change.fields))


def _head(change: Change) -> Text:
    mark, style = _MARKS[change.verb]
    return Text(f"{mark} {change.verb}", style=style)


def _show_whole(console: Console, change: Change) -> None:
    console.print()
    console.print(Text.assemble(_head(change), f"  {change.kind} ", (change.name, "bold")))
    rows = [("", field.path, _tell_values(field), _tell_origin(field)) for field in change.fields]
    if rows:
        console.print(table(("  ", "", "", ""), rows, show_header=False))
    for label, text in (("why", change.reason), *tell_effects(change)):
        console.print(Text.assemble((f"    {label:<9} ", "dim"), shorten(text)))


def _tell_values(field: FieldChange) -> str:
    return f"{show_value(field.old)} -> {show_value(field.new)}"


def _tell_origin(field: FieldChange) -> Text:
    return Text("drift", style="yellow") if field.origin is Origin.DRIFT else Text("")


def _tell_short(change: Change) -> str:
    """What is new in a few words; of all else why it is so."""
    if change.verb is Verb.UPDATE:
        return ", ".join(f"{field.path} {_tell_values(field)}" for field in change.fields)
    if change.verb is not Verb.CREATE:
        return change.reason
    gone = "drift: it was there when ensure ran last" if change.origin is Origin.DRIFT else ""
    told = next((show_value(field.new) for field in change.fields if field.path in _DETAILS), "")
    return "; ".join(text for text in (told, gone) if text)
