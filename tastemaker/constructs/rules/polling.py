"""Rules about loops of state machines that wait for Amazon Personalize, which has no `.sync` and sends no events."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.declared import machine_calls
from tastemaker.constructs.rules.definitions import all_states, definitions, find_loop, scopes
from tastemaker.constructs.rules.templates import text_of
from tastemaker.facts.limits import CONTROL_REQUESTS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.constructs.rules.definitions import States
    from tastemaker.constructs.rules.templates import Resource, Templates

_DESCRIBE = re.compile(r":aws-sdk:personalize:describe\w+")
LEAST_WAIT_SECONDS = 10 / CONTROL_REQUESTS_PER_SECOND
"""One loop takes a tenth of the account's quota of a Describe operation."""


@dataclass(frozen=True)
class Loop:
    """A loop around a Describe call.

    Attributes:
        name: of the describing state.
        inside: names of the loop's states.
    """

    machine: Resource
    definition: Mapping[str, Any]
    states: States
    name: str
    inside: frozenset[str]

    def of_type(self, kind: str) -> list[Mapping[str, Any]]:
        return [self.states[name] for name in sorted(self.inside) if self.states[name].get("Type") == kind]


def _loops(templates: Templates) -> Iterator[Loop]:
    for machine, definition in definitions(templates):
        for states in scopes(definition):
            for name, state in states.items():
                inside = find_loop(states, name) if _DESCRIBE.search(text_of(state.get("Resource", ""))) else None
                if inside:
                    yield Loop(machine, definition, states, name, inside)


def _check_interval(templates: Templates) -> Iterator[Violation]:
    for loop in _loops(templates):
        waits = loop.of_type("Wait")
        seconds = [wait["Seconds"] for wait in waits if isinstance(wait.get("Seconds"), (int, float))]
        if not waits:
            message = f"{loop.name} is asked again without a Wait: one request a second is the quota"
            yield Violation(loop.machine, loop.name, message)
        elif seconds and sum(seconds) < LEAST_WAIT_SECONDS:
            message = f"{loop.name} is asked every {sum(seconds)} s; one request a second is the account's quota"
            yield Violation(loop.machine, loop.name, message)


def _check_deadline(templates: Templates) -> Iterator[Violation]:
    for loop in _loops(templates):
        exits = [
            rule
            for state in loop.of_type("Choice")
            for rule in state.get("Choices", ())
            if rule.get("Next") not in loop.inside and "status" not in json.dumps(rule).lower()
        ]
        if not exits and "TimeoutSeconds" not in loop.definition:
            message = f"the loop around {loop.name} has no deadline, nor has its machine"
            yield Violation(loop.machine, loop.name, message)


def _check_failure(templates: Templates) -> Iterator[Violation]:
    """Loops that wait for a deletion do not ask for ACTIVE; they leave by the error that nothing is found."""
    for loop in _loops(templates):
        choices = loop.of_type("Choice")
        conditions = json.dumps([choice.get("Choices", ()) for choice in choices])
        leaves = any(choice.get("Default") not in {*loop.inside, None} for choice in choices)
        if "ACTIVE" in conditions and "FAILED" not in conditions and not leaves:
            message = f"the loop around {loop.name} does not leave when the status is CREATE FAILED"
            yield Violation(loop.machine, loop.name, message)


def _check_update(templates: Templates) -> Iterator[Violation]:
    for machine, definition in definitions(templates):
        text = json.dumps(definition)
        updates = ":personalize:updateCampaign" in text and ":personalize:describeCampaign" in text
        if updates and "LatestCampaignUpdate" not in text:
            message = "the machine updates a campaign and reads its Status, which stays ACTIVE all the while"
            yield Violation(machine, "Properties.DefinitionString", message)


def _check_spelling(templates: Templates) -> Iterator[Violation]:
    spelled = re.compile(r"(?:CREATE|DELETE)_(?:PENDING|IN_PROGRESS|FAILED|STOPPED|STOPPING)")
    asking = {call.resource for call in machine_calls(templates)}
    for machine, name, state in all_states(templates):
        wrong = spelled.search(json.dumps(state.get("Choices", ()))) if machine in asking else None
        if wrong is not None:
            right = wrong[0].replace("_", " ", 1)
            yield Violation(machine, name, f"{name} compares with {wrong[0]}; the service says {right!r}")


def _check_retry(templates: Templates) -> Iterator[Violation]:
    for machine, name, state in all_states(templates):
        if ":aws-sdk:personalize:" in text_of(state.get("Resource", "")) and not state.get("Retry"):
            message = f"{name} is not tried again when the service throttles: one request a second is the quota"
            yield Violation(machine, name, message)


_QUOTA = "AWS General Reference, personalize"
INTERVAL = Rule(
    "poll-interval", "Loops leave room in the quota of Describe operations.", "Wait 20 seconds or more, and grow.",
    _QUOTA, Severity.ERROR, _check_interval,
)  # fmt: skip
DEADLINE = Rule(
    "poll-deadline", "Every loop ends.", "Count the waiting and leave, or give the machine TimeoutSeconds.",
    "Step Functions developer guide, sfn-stuck-execution", Severity.ERROR, _check_deadline,
)  # fmt: skip
FAILURE = Rule(
    "poll-failure", "A loop leaves when what it waits for has failed.", "Add a branch for CREATE FAILED.",
    "API, DescribeSolutionVersion", Severity.ERROR, _check_failure,
)  # fmt: skip
UPDATE = Rule(
    "campaign-update", "The end of a campaign's update is read where it stands.",
    "Read LatestCampaignUpdate.Status of DescribeCampaign.", "API, DescribeCampaign", Severity.ERROR, _check_update,
)  # fmt: skip
SPELLING = Rule(
    "status-spelling", "Statuses are spelled as the service spells them.", "Write a blank after CREATE and DELETE.",
    "API, DescribeCampaign", Severity.ERROR, _check_spelling,
)  # fmt: skip
RETRY = Rule(
    "machine-retry", "Calls of the control plane are tried again.",
    "Retry Personalize.ThrottlingException and TooManyRequestsException with BackoffRate and JitterStrategy.",
    _QUOTA, Severity.WARNING, _check_retry,
)  # fmt: skip
