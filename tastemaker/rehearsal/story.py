"""One whole rehearsal: deploy, play a scenario under the eyes of a witness; and the least scenario that goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.aws import attempts_without_pause
from tastemaker.errors import WorkflowFailedError
from tastemaker.rehearsal.play import Played, play
from tastemaker.rehearsal.witness import Violation, Witness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tastemaker.local import Local
    from tastemaker.rehearsal.replay import Replay
    from tastemaker.rehearsal.scenario import Scenario


@dataclass(frozen=True)
class Told:
    """The end of a story.

    Attributes:
        first_failure: why the first deployment failed; None when it succeeded. The next schedule tries again.
    """

    played: Played
    violations: tuple[Violation, ...]
    first_failure: WorkflowFailedError | None


def tell(local: Local, replay: Replay, scenario: Scenario, start: float) -> Told:
    """Play a scenario on a fresh `Local` whose faults are the scenario's.

    Raises:
        TastemakerError: what the simulator does not support.
    """
    witness, failure = Witness(local), None
    with attempts_without_pause():
        local.upload(replay.files_at(start))
        try:
            local.deploy()
        except WorkflowFailedError as error:
            failure = error
        played = play(local, replay, scenario, start)
    witness.conclude(sum(one.accepted for one in played.answered))
    return Told(played, tuple(witness.violations), failure)


def shrink(scenario: Scenario, run: Callable[[Scenario], Sequence[Violation]]) -> tuple[Scenario, Sequence[Violation]]:
    """The smallest scenario in which the same invariant breaks, found by leaving out one thing after the other."""
    found = run(scenario)
    wanted = {violation.invariant for violation in found}
    while True:
        for smaller in scenario.smaller():
            violations = run(smaller)
            if wanted & {violation.invariant for violation in violations}:
                scenario, found = smaller, violations
                break
        else:
            return scenario, found
