"""Checks of the account: who asks, whether the Region has Amazon Personalize, how much room is left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from tastemaker.changes.quotas import QUOTAS, Quota, Room, list_declared, list_names
from tastemaker.cli.checkup import Check, failed, ok, warning
from tastemaker.facts.regions import REGIONS, REGIONS_IN_CHINA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.plan.specs import Plan

_SIGN_IN = "Sign in: `aws configure sso`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_MORE_ROOM = "Delete what is no longer needed, or ask Service Quotas for more."


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
    personalize: Any, applied: dict[str, float], plan: Plan, group_arn: str
) -> dict[str, Callable[[], Check]]:
    """Name to check, for each kind of resource: what there is, and whether what the plan adds fits.

    Args:
        applied: names as Service Quotas has them to values; empty where it could not be asked, the defaults then.
    """
    account = _Account(personalize, applied, plan, group_arn)
    return {_name(quota): partial(account.check, quota) for quota in QUOTAS}


@dataclass(frozen=True)
class _Account:
    personalize: Any
    applied: dict[str, float]
    plan: Plan
    group_arn: str

    def check(self, quota: Quota) -> Check:
        names = list_names(quota, self._list, self.group_arn)
        declared = list_declared(quota, self.plan.resources)
        return _judge(Room(quota, names, declared, quota.find_limit(self.applied)))

    def _list(self, operation: str, **params: str) -> list[dict[str, Any]]:
        """A dataset group that is not there holds nothing."""
        try:
            pages = list(self.personalize.get_paginator(xform_name(operation)).paginate(**params))
        except self.personalize.exceptions.ResourceNotFoundException:
            return []
        return [one for page in pages for found in page.values() if isinstance(found, list) for one in found]


def _judge(room: Room) -> Check:
    """What is there beside what the plan wants counts too."""
    there, wanted = len(room.names), room.wanted
    found = f"{there} of {room.limit}" + (f", {wanted} wanted" if wanted != there else "")
    name = _name(room.quota)
    if wanted > room.limit:
        return failed(name, found, _MORE_ROOM)
    return warning(name, f"{found}; none is left", _MORE_ROOM) if wanted == room.limit else ok(name, found)


def _name(quota: Quota) -> str:
    return f"quota-{quota.what.replace(' ', '-')}"
