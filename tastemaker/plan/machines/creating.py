"""A Create call that tells the three meanings of LimitExceeded apart, which only the message does (reference §1.4, §9).

Too many requests a second: the same call again, soon. Too many resources under way: the call waits in a queue until
there is room or the deadline is over. Anything else, above all too many ACTIVE resources: no waiting helps, the
execution fails with the service's text and advice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tastemaker.plan.machines.polling import camel
from tastemaker.plan.machines.states import State, States, catch, choice, fail, jsonata, personalize_task

EXISTS = ["Personalize.ResourceAlreadyExistsException"]
NOT_FOUND = ["Personalize.ResourceNotFoundException"]
QUEUE_SECONDS = 6 * 3600
_LIMIT = ["Personalize.LimitExceededException"]


@dataclass(frozen=True)
class Creating:
    """One Create call with its queue.

    Attributes:
        what: the resource in words, e.g. `import job`.
        action: lower camel case, e.g. `createDatasetImportJob`.
        arguments: of the call.
        next_state: after the call.
        name: JSONata for the resource's name in causes.
        already_exists: where a name that is taken leads; None lets the error pass.
        fields: of the state, e.g. Assign.
        catches: further Catch rules.
    """

    what: str
    action: str
    arguments: Any
    next_state: str
    name: str
    already_exists: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    catches: tuple[State, ...] = ()

    @property
    def start(self) -> str:
        return f"Create {self.what}"

    def states(self) -> States:
        """Enter at `start`, with START_POLLING assigned."""
        judge, queue = f"Judge limit of {self.what}", f"Queue {self.what}"
        quota, late = f"Quota of {self.what} used up", f"No room for {self.what}"
        exists = () if self.already_exists is None else (catch(EXISTS, self.already_exists),)
        limit = catch(_LIMIT, judge, Assign={"limit": jsonata("$states.errorOutput.Cause")})
        return {
            self.start: personalize_task(
                self.action,
                self.arguments,
                next_state=self.next_state,
                catches=(*exists, *self.catches, limit),
                of_limits=False,
                **self.fields,
            ),
            judge: choice(
                [
                    (f"$queuedSeconds >= {QUEUE_SECONDS}", late),
                    ("$contains($limit, 'PENDING') or $contains($limit, 'per second')", queue),
                ],
                default=quota,
            ),
            queue: _queue(self.start),
            quota: self._fail("Quota", "; delete what is no longer needed, or ask Service Quotas for more"),
            late: self._fail("Queue", f"; waited {QUEUE_SECONDS} s for room; see what else is under way and run again"),
        }

    def _fail(self, kind: str, advice: str) -> State:
        cause = f"'{self.what} ' & {self.name} & ' cannot be created: ' & $limit & '{advice}'"
        return fail(f"Tastemaker.{camel(self.what)}{kind}", cause)


def _queue(start: str) -> State:
    """Seconds for a rate, a minute for room; both spread, so that those who wait do not all ask at once."""
    pause = "$contains($limit, 'PENDING') ? 60 + $ceil(60 * $random()) : 2 + $ceil(6 * $random())"
    return {
        "Type": "Wait",
        "Seconds": jsonata(pause),
        "Assign": {"queuedSeconds": jsonata("$queuedSeconds + ($contains($limit, 'PENDING') ? 120 : 8)")},
        "Next": start,
    }
