"""What the dataset group holds and the project does not declare: what stays, what goes, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.changes.effects import tell_serving, tell_training
from tastemaker.changes.records import Change, Verb
from tastemaker.plan.machines.ensure import KINDS
from tastemaker.plan.machines.ensure_data import DATASET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.changes.compare import Comparison
    from tastemaker.changes.records import Call

_WHAT = {f"Delete{kind.member}": kind.what for kind in KINDS}


def list_leftovers(comparison: Comparison) -> tuple[Change, ...]:
    """Campaigns first. The campaigns of a solution that is replaced go as well."""
    deleted = _find_deletions(comparison)
    left = {str(one["Arn"]): str(one["Kind"]) for one in comparison.run.undeclared or ()}
    kinds = {**{arn: _WHAT[call.operation] for arn, call in deleted.items()}, **left}
    return tuple(_build_leftover(comparison, arn, kind, deleted.get(arn)) for arn, kind in kinds.items())


def _find_deletions(comparison: Comparison) -> Mapping[str, Call]:
    """ARN to the call, of what is none of the project's."""
    return {
        str(next(iter(call.params.values()))): call
        for call in comparison.run.calls
        if call.operation in _WHAT and not any(wanted.owns(call) for wanted in comparison.wanted)
    }


def _build_leftover(comparison: Comparison, arn: str, kind: str, deletion: Call | None) -> Change:
    verb = Verb.UNDECLARED if deletion is None else Verb.DELETE
    usd = comparison.prices.price_undeclared(kind, arn)
    return Change(
        kind=kind,
        name=arn.rpartition("/")[2],
        arn=arn,
        verb=verb,
        reason=_tell_reason(kind, verb, usd, consent=bool(comparison.resources["RemoveUndeclared"])),
        serving=tell_serving(kind, verb),
        training=tell_training(kind, verb, ()),
        idle_usd=-usd if usd is not None and verb is Verb.DELETE else None,
        origin=comparison.history.judge_presence(arn),
        calls=() if deletion is None else (deletion,),
    )


def _tell_reason(kind: str, verb: Verb, usd: float | None, *, consent: bool) -> str:
    if kind == DATASET.what:
        return "not in the project; datasets are never deleted this way, as nobody can collect events twice"
    if verb is Verb.DELETE:
        return "not in the project, and consent.removeUndeclared is set" if consent else "its solution is replaced"
    billed = "" if usd is None else f"; it costs ${usd:,.2f} a month by existing"
    return f"not in the project; it stays, as consent.removeUndeclared is not set{billed}"
