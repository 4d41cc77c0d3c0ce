"""What the plan wants beside what the account has, resource by resource."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tastemaker.changes.overlay import KNOWN_LATER, arn_member, lower_member, settle
from tastemaker.changes.reader import PERSONALIZE
from tastemaker.errors import AwsError
from tastemaker.plan.machines.ensure import KINDS
from tastemaker.plan.machines.ensure_data import FILTER, TRACKER
from tastemaker.plan.machines.ensure_models import CAMPAIGN_KIND
from tastemaker.runner.interpreter.services.sdk import Services

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tastemaker.changes.reader import Reader
    from tastemaker.changes.records import Call
    from tastemaker.plan.machines.kinds import Kind


@dataclass(frozen=True)
class Wanted:
    """One resource of the plan.

    Attributes:
        entry: of the input of `ensure`.
        params: of its Create call, by botocore's names.
        arn: KNOWN_LATER for an event tracker or metric attribution that does not exist yet.
        description: what Describe answers; None where nothing is there.
    """

    kind: Kind
    entry: Mapping[str, Any]
    params: Mapping[str, Any]
    arn: str
    description: Mapping[str, Any] | None

    @property
    def name(self) -> str:
        """What is found by its group may have another name than the project gives it."""
        return str(self.params["name"] if self.description is None else self.description["name"])

    def owns(self, call: Call) -> bool:
        """Whether `ensure` makes this call for this resource."""
        operation, params, member = call.operation, call.params, self.kind.member
        if call.service != PERSONALIZE:
            return self.kind == TRACKER
        if operation in {"TagResource", "UntagResource"}:
            return bool(params["resourceArn"] == self.arn)
        if operation == f"Create{member}":
            return bool(params["name"] == self.params["name"])
        if operation not in {f"Update{member}", f"Delete{member}"}:
            return False
        return params[arn_member(member)] == self.arn or self.supersedes(str(params[arn_member(member)]))

    def supersedes(self, arn: str) -> bool:
        """Whether that is a filter of the same name with an earlier expression."""
        return self.kind == FILTER and arn != self.arn and self.entry["Family"] in arn


def read_wanted(resources: Mapping[str, Any], reader: Reader) -> Iterator[Wanted]:
    """In the order in which they depend on each other; `resources` with tokens resolved."""
    for kind in KINDS:
        for entry in resources[kind.section]:
            arn = str(entry["Arn"]) if "Arn" in entry else _find_only(kind.member, entry, reader)
            description = None if arn == KNOWN_LATER else describe(kind.member, arn, reader)
            yield Wanted(kind, entry, create_params(kind.member, entry["Create"]), arn, description)


def create_params(member: str, create: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a Create call from the spelling of Step Functions to botocore's.

    Which version a campaign serves is no part of the plan.
    """
    version = {"SolutionVersionArn": KNOWN_LATER} if member == CAMPAIGN_KIND.member else {}
    return dict(_encoder(member)({**version, **create}))


@cache
def _encoder(member: str) -> Any:
    service = Services().find(PERSONALIZE)
    return service.encoders.get(service.model.operation_model(f"Create{member}").input_shape)


def describe(member: str, arn: str, reader: Reader) -> dict[str, Any] | None:
    """As it is when everything under way has ended; None where nothing is there."""
    try:
        answer = reader.read(PERSONALIZE, f"Describe{member}", {arn_member(member): arn})
    except AwsError:
        return None
    return settle(answer[lower_member(member)])


def _find_only(member: str, entry: Mapping[str, Any], reader: Reader) -> str:
    """As `ensure` finds what a group has one of at most: the first that is not being deleted."""
    params = {"datasetGroupArn": entry["Create"]["DatasetGroupArn"]}
    try:
        found = reader.read(PERSONALIZE, f"List{member}s", params)[f"{lower_member(member)}s"]
    except AwsError:
        return KNOWN_LATER
    kept = (one[arn_member(member)] for one in found if "DELETE" not in one["status"])
    return str(next(kept, KNOWN_LATER))
