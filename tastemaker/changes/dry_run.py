"""What `ensure` would call: the very machine, run in our own interpreter, its writes kept back.

`ensure` stops at the first resource that it refuses. To hear of all of them, it runs again without what was refused,
until nothing is; each question to the account is asked once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tastemaker.changes.overlay import Overlay
from tastemaker.errors import TastemakerError
from tastemaker.plan.machines.ensure import KINDS, step_of
from tastemaker.plan.machines.ensure_data import GROUP
from tastemaker.runner.interpreter.engine import Engine
from tastemaker.runner.interpreter.execution import SUCCEEDED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.changes.reader import Reader
    from tastemaker.changes.records import Call
    from tastemaker.plan.machines.kinds import Kind
    from tastemaker.runner.interpreter.execution import Execution

_KIND_BY_STEP = {step_of(kind): kind for kind in KINDS}


@dataclass(frozen=True)
class Refusal:
    """One resource at which `ensure` stops.

    Attributes:
        entry: of the machine's input.
        error, cause: as the execution ends with them.
    """

    kind: Kind
    entry: Mapping[str, Any]
    error: str
    cause: str


@dataclass(frozen=True)
class DryRun:
    """Attributes:
    calls: what changes something, in order, as if nothing were refused.
    refusals: in the order in which `ensure` would meet them, one after the other.
    undeclared: `{"Kind", "Arn", "Billable"}` of what the dataset group holds beyond the project, with `Removed` where
        it goes; None when the dataset group itself was refused, and nothing beyond it was looked at.
    """

    calls: tuple[Call, ...]
    refusals: tuple[Refusal, ...]
    undeclared: tuple[Mapping[str, Any], ...] | None

    def without(self, service: str) -> DryRun:
        """The same without what is called of a service that could not be read."""
        return replace(self, calls=tuple(call for call in self.calls if call.service != service))


class _NoFunctions:
    """`ensure` invokes none."""

    def invoke(self, function: str, payload: Any) -> Any:  # noqa: ARG002 - the protocol's signature
        raise TastemakerError(f"ensure invoked the function {function}, which a dry run does not have")


def run_dry(definition: dict[str, Any], resources: Mapping[str, Any], reader: Reader, now: float) -> DryRun:
    """Run `ensure` until nothing is refused any more.

    Args:
        definition, resources: the machine and its input, tokens resolved.
        now: epoch seconds at which the virtual clock begins.

    Raises:
        UnreadableAccountError: from the reader.
        TastemakerError: `ensure` would fail at something that is no single resource.
    """
    wanted, refusals = dict(resources), list[Refusal]()
    while True:
        overlay = Overlay(reader, _list_arns(wanted))
        execution = _run(definition, wanted, overlay, now)
        if execution.status == SUCCEEDED:
            return DryRun(tuple(overlay.writes), tuple(refusals), tuple(execution.output["Undeclared"]))
        refusal = _find_refusal(execution, wanted)
        refusals.append(refusal)
        if refusal.kind is GROUP:
            return DryRun((), tuple(refusals), None)
        section = refusal.kind.section
        wanted[section] = [entry for entry in wanted[section] if entry is not refusal.entry]


def _list_arns(resources: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (kind.member, entry["Create"]["Name"]): entry["Arn"]
        for kind in KINDS
        for entry in resources[kind.section]
        if "Arn" in entry
    }


def _run(definition: dict[str, Any], resources: Mapping[str, Any], overlay: Overlay, now: float) -> Execution:
    engine = Engine(aws=overlay, functions=_NoFunctions(), start_time=now)
    engine.register("ensure", definition)
    return engine.run(engine.start("ensure", dict(resources)))


def _find_refusal(execution: Execution, resources: Mapping[str, Any]) -> Refusal:
    """The first iteration over a section that failed; those that it stopped are ABORTED."""
    error, cause = execution.error or execution.status, execution.cause or "no cause was given"
    for event in execution.history:
        details = event.get("mapIterationFailedEventDetails")
        if details is not None and details["name"] in _KIND_BY_STEP:
            kind = _KIND_BY_STEP[details["name"]]
            return Refusal(kind, resources[kind.section][details["index"]], error, cause)
    raise TastemakerError(f"ensure would fail: {error}: {cause}")
