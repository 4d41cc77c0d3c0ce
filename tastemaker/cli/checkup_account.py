"""Checks of the account: who asks, whether the Region has Amazon Personalize, how much room is left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from tastemaker.cli.checkup import Check, failed, ok, warning
from tastemaker.facts import limits
from tastemaker.facts.regions import REGIONS, REGIONS_IN_CHINA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.plan.specs import Plan

_SIGN_IN = "Sign in: `aws configure sso`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_MORE_ROOM = "Delete what is no longer needed, or ask Service Quotas for more."
_IN_GROUP = {
    "solutions": ("list_solutions", "Solutions", limits.MAX_SOLUTIONS),
    "filters": ("list_filters", "Filters", limits.MAX_FILTERS),
    "recommenders": ("list_recommenders", "Recommenders", limits.MAX_RECOMMENDERS),
}
"""What to operation, section of `Plan.resources`, and default quota per dataset group."""


def check_credentials(sts: Any) -> Check:
    """Who asks; absent or expired credentials are told kindly."""
    try:
        found = sts.get_caller_identity()
    except NoCredentialsError:
        return failed("credentials", "there are no AWS credentials", _SIGN_IN)
    except ClientError as error:
        return failed(
            "credentials", f"refused: {error.response['Error']['Message']}", f"They may have expired. {_SIGN_IN}"
        )
    except BotoCoreError as error:
        return failed("credentials", str(error), _SIGN_IN)
    return ok("credentials", f"{found['Arn']} in account {found['Account']}")


def check_region(region: str | None) -> Check:
    known = (*REGIONS, *REGIONS_IN_CHINA)
    if region is None:
        return failed("region", "no AWS Region is configured", "Use --region, or set AWS_REGION.")
    if region not in known:
        return failed("region", f"{region} has no Amazon Personalize", f"Use one of {', '.join(known)}.")
    return ok("region", region)


def build_room_checks(
    personalize: Any, quotas: dict[str, float], plan: Plan, group_arn: str
) -> dict[str, Callable[[], Check]]:
    """Name to check, for each kind of resource: what there is, and whether what the plan adds fits.

    Args:
        quotas: names as Service Quotas has them to values; empty where it could not be asked, the defaults then.
    """
    room = _Room(personalize, quotas, plan, group_arn)
    kinds = {f"quota-{what}": partial(room.check_kind, what, *facts) for what, facts in _IN_GROUP.items()}
    return {"quota-dataset-groups": room.check_groups, **kinds, "quota-campaigns": room.check_campaigns}


@dataclass(frozen=True)
class _Room:
    personalize: Any
    quotas: dict[str, float]
    plan: Plan
    group_arn: str

    def check_groups(self) -> Check:
        groups = self._list("list_dataset_groups")
        wanted = len(groups) + all(one["datasetGroupArn"] != self.group_arn for one in groups)
        return _judge("dataset-groups", len(groups), wanted, self._quota("dataset groups", limits.MAX_DATASET_GROUPS))

    def check_kind(self, what: str, operation: str, section: str, default: int) -> Check:
        there = len(self._list(operation, datasetGroupArn=self.group_arn))
        return _judge(what, there, len(self.plan.resources[section]), self._quota(what, default))

    def check_campaigns(self) -> Check:
        """Campaigns know their solution only."""
        solutions = self._list("list_solutions", datasetGroupArn=self.group_arn)
        there = sum(len(self._list("list_campaigns", solutionArn=one["solutionArn"])) for one in solutions)
        wanted = len(self.plan.resources["Campaigns"])
        return _judge("campaigns", there, wanted, self._quota("campaigns", limits.MAX_CAMPAIGNS))

    def _list(self, operation: str, **params: str) -> list[dict[str, Any]]:
        """A dataset group that is not there holds nothing."""
        try:
            pages = list(self.personalize.get_paginator(operation).paginate(**params))
        except self.personalize.exceptions.ResourceNotFoundException:
            return []
        return [one for page in pages for found in page.values() if isinstance(found, list) for one in found]

    def _quota(self, what: str, default: int) -> int:
        """Service Quotas words it e.g. `Number of active campaigns per dataset group`."""
        named = [value for name, value in self.quotas.items() if what in name.lower() and "pending" not in name.lower()]
        return int(max(named)) if named else default


def read_quotas(service_quotas: Any) -> dict[str, float]:
    """Every quota of Amazon Personalize in this account and Region, by its name there."""
    pages = service_quotas.get_paginator("list_service_quotas").paginate(ServiceCode="personalize")
    return {one["QuotaName"]: float(one["Value"]) for page in pages for one in page["Quotas"]}


def _judge(what: str, there: int, wanted: int, quota: int) -> Check:
    """`wanted` are those that will be there; what is there beside them counts too."""
    name, most = f"quota-{what}", max(there, wanted)
    found = f"{there} of {quota}" + (f", {wanted} wanted" if wanted != there else "")
    if most > quota:
        return failed(name, found, _MORE_ROOM)
    return warning(name, f"{found}; none is left", _MORE_ROOM) if most == quota else ok(name, found)
