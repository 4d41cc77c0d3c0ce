"""Deleting one resource and waiting until it is gone; what is in use is asked again until the deadline.

Deletion is asynchronous and refused while something else uses the resource or while it is being made (reference §1.6);
so the loop describes, and deletes again when nothing has begun yet. What is not there is gone already: every deletion
can be resumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tastemaker.plan.machines.creating import NOT_FOUND
from tastemaker.plan.machines.polling import camel
from tastemaker.plan.machines.states import States, catch, choice, fail, jsonata, personalize_task

DEADLINE_SECONDS = 2 * 3600
_IN_USE = ["Personalize.ResourceInUseException"]


@dataclass(frozen=True)
class Deleting:
    """One loop; enter at `start` with `begin` assigned.

    Attributes:
        what: the resource in words, e.g. `campaign`; together with `why` unique in the machine.
        member: the API's name, e.g. `Campaign`.
        arn: JSONata.
        done: the next state when it is gone.
        why: further words for the names of the states.
        variable: for the status, and with `Seconds` for what was waited; another one inside another deletion's scope.
    """

    what: str
    member: str
    arn: str
    done: str
    why: str = ""
    variable: str = "leaving"

    @property
    def begin(self) -> dict[str, Any]:
        return {f"{self.variable}Seconds": 0}

    @property
    def start(self) -> str:
        return f"Delete {self.what}{self.why}"

    def states(self) -> States:
        """Delete, wait, describe, judge."""
        wait, look = f"Wait for end of {self.what}{self.why}", f"Look for {self.what}{self.why}"
        judge, late = f"Is {self.what} gone{self.why}", f"Cannot delete {self.what}{self.why}"
        status, seconds = f"${self.variable}", f"${self.variable}Seconds"
        arguments = {f"{self.member}Arn": jsonata(self.arn)}
        gone = catch(NOT_FOUND, self.done)
        return {
            self.start: personalize_task(
                f"delete{self.member}", arguments, next_state=wait, catches=[gone, catch(_IN_USE, wait)]
            ),
            wait: {
                "Type": "Wait",
                "Seconds": jsonata("30 + $ceil(30 * $random())"),
                "Assign": {f"{self.variable}Seconds": jsonata(f"{seconds} + 60")},
                "Next": look,
            },
            look: personalize_task(
                f"describe{self.member}",
                arguments,
                next_state=judge,
                catches=[gone],
                Assign={self.variable: jsonata(f"$states.result.{self.member}.Status")},
            ),
            judge: choice(
                [(f"{seconds} >= {DEADLINE_SECONDS}", late), (f"$contains({status}, 'DELETE')", wait)],
                default=self.start,
            ),
            late: fail(
                f"Tastemaker.{camel(self.what)}NotDeleted",
                f"'{self.what} ' & {self.arn} & ' is still ' & {status} & ' after {DEADLINE_SECONDS} s; look at what "
                "uses it in the Personalize console and run again'",
            ),
        }
