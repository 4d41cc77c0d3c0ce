"""Changes as JSON for programs, and as Markdown for pull requests."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tastemaker.changes.records import ACTS, Origin, Verb
from tastemaker.cli.screen import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.changes.records import Change, Changes, FieldChange, Shortage

_ARN = re.compile(r"arn:[a-z-]+:personalize:[a-z0-9-]*:[0-9]*:[a-z-]+/")
NOT_SET = "(not set)"
CDK_DIFF = "Stacks, state machines and functions are not compared here: `cdk diff` shows them."


def build_changes_report(changes: Changes) -> dict[str, Any]:
    """What `plan --json` prints; see `Changes` and `Change` for the members."""
    return {
        "status": tell_status(changes),
        "dataset_group": changes.dataset_group,
        "summary": changes.count(),
        "drifted": len(changes.drifted),
        "idle_usd": round(changes.idle_usd, 2),
        "ensured_at": None if changes.ensured_at is None else moment(changes.ensured_at),
        "quotas": [asdict(shortage) for shortage in changes.shortages],
        "resources": [asdict(change) for change in changes.resources],
        "calls": [asdict(call) for call in changes.calls],
        "notes": list(changes.notes),
    }


def tell_status(changes: Changes) -> str:
    """`FORBIDDEN`, by ensure or by a quota, `CHANGES` or `NO_CHANGES`."""
    if changes.refusals or changes.shortages:
        return "FORBIDDEN"
    return "CHANGES" if changes.changes else "NO_CHANGES"


def tell_summary(changes: Changes) -> str:
    """One line: what happens, most important first."""
    counts = changes.count()
    kept = counts.pop(Verb.KEEP, 0)
    listed = ", ".join(f"{number} {verb}" for verb, number in counts.items())
    if not changes.changes:
        rest = f"; {listed}" if listed else ""
        return f"No changes: {kept} of {changes.dataset_group}'s resources are as the project wants them{rest}."
    return f"{changes.dataset_group}: {listed}" + (f"; {kept} stay as they are." if kept else ".")


def tell_warnings(changes: Changes) -> Iterator[str]:
    """What a reader must know before the list."""
    if changes.refusals:
        yield "ensure stops at what is forbidden; what does not depend on it may be done before."
    yield from (_tell_shortage(shortage) for shortage in changes.shortages)
    if changes.drifted and changes.ensured_at is not None:
        many = len(changes.drifted)
        since = moment(changes.ensured_at)
        yield f"{many} drifted: changed beside the project since ensure ran on {since} UTC."


def _tell_shortage(shortage: Shortage) -> str:
    return (
        f"{shortage.operation} would be refused for {', '.join(shortage.refused)}: {shortage.needed} {shortage.quota} "
        f"are needed, {shortage.used} are there, {shortage.limit} are allowed. {shortage.advice}"
    )


def tell_bill(changes: Changes) -> str:
    """Empty where the bill without requests stays."""
    more = "more" if changes.idle_usd > 0 else "less"
    text = (
        f"Once all is done and released, a month without a single request costs ${abs(changes.idle_usd):,.2f} {more}."
    )
    return text if round(changes.idle_usd, 2) else ""


def tell_effects(change: Change) -> list[tuple[str, str]]:
    """Label and sentence of whatever the change means."""
    bill = "" if change.idle_usd is None else f"{dollars(change.idle_usd)} a month without a request"
    told = (("serving", change.serving), ("training", change.training), ("cost", bill))
    return [(label, text) for label, text in told if text]


def dollars(amount: float) -> str:
    return f"{'-' if amount < 0 else '+'}${abs(amount):,.2f}"


def show_value(value: Any) -> str:
    """As short as it can be understood."""
    if value is None:
        return NOT_SET
    return shorten(value) if isinstance(value, str) else json.dumps(value)


def shorten(text: str) -> str:
    """Of every ARN only the name: what it is of stands beside it."""
    return _ARN.sub("", text)


def build_markdown(changes: Changes) -> str:
    """A comment for a pull request: summary, a table of what happens, the rest folded away."""
    lines = ["### Amazon Personalize", "", f"**{_escape(tell_summary(changes))}**", ""]
    lines += [f"> {_escape(warning)}" for warning in tell_warnings(changes)]
    if changes.changes:
        lines += ["", "| | resource | field | now | then | why |", "|---|---|---|---|---|---|"]
        lines += [row for change in changes.changes for row in _rows(change)]
        lines += ["", *(line for change in changes.changes for line in _effects(change))]
    lines += ["", *_folded(changes)]
    bill = tell_bill(changes)
    lines += [f"{bill}\n"] if bill else []
    lines += [f"- {_escape(note)}" for note in (*changes.notes, CDK_DIFF)]
    return "\n".join(lines).replace("\n\n\n", "\n\n")


def _rows(change: Change) -> Iterator[str]:
    """One line a field; what is new has one line alone."""
    resource = f"{change.kind} `{change.name}`"
    if change.verb is Verb.CREATE or not change.fields:
        yield _row(f"**{change.verb}**", resource, "", "", "", _escape(shorten(change.reason)))
        return
    for number, field in enumerate(change.fields):
        first = (f"**{change.verb}**", resource) if number == 0 else ("", "")
        yield _row(*first, f"`{field.path}`", _code(field.old), _code(field.new), _escape(_why(change, field)))


def _why(change: Change, field: FieldChange) -> str:
    first = change.verb is Verb.FORBIDDEN and field is change.fields[0]
    reason = shorten(change.reason) if first else field.reason
    return f"drift: {reason}" if field.origin is Origin.DRIFT else reason


def _effects(change: Change) -> Iterator[str]:
    if change.verb is not Verb.CREATE:
        for label, text in tell_effects(change):
            yield f"- {change.kind} `{change.name}`, {label}: {_escape(text)}"


def _folded(changes: Changes) -> Iterator[str]:
    rest = [change for change in changes.resources if change.verb not in {*ACTS, Verb.KEEP}]
    if rest:
        yield f"<details><summary>{len(rest)} more that ensure leaves alone</summary>\n"
        yield from (f"- {one.verb}: {one.kind} `{one.name}`: {_escape(one.reason)}" for one in rest)
        yield "\n</details>\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _code(value: Any) -> str:
    text = show_value(value)
    return text if text == NOT_SET else f"`{text.replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def _escape(text: str) -> str:
    """Plain text for a table; names in it often have stars and underscores."""
    return re.sub(r"([\\|<*_])", r"\\\1", text)
