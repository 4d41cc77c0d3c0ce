"""Errors, pages and small answers that the operations share."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE = "stepfunctions"
INCLUDED = {"included": True}
METADATA_ONLY = "METADATA_ONLY"
_PAGE = 100
_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
_ROLE = re.compile(r"arn:[^:]+:iam::\d{12}:role/.+")


def refused(code: str, message: str) -> AwsError:
    return AwsError(SERVICE, code, message)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def present(**members: Any) -> dict[str, Any]:
    """Members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def checked_name(name: str) -> str:
    """Raises AwsError InvalidName."""
    if not _NAME.fullmatch(name):
        raise refused("InvalidName", f"Invalid Name: '{name}'")
    return name


def checked_arn(arn: str, *kinds: str) -> str:
    """An ARN of one of these resource types of Step Functions; raises AwsError InvalidArn."""
    parts = arn.split(":")
    if len(parts) < 7 or parts[0] != "arn" or parts[2] != "states":
        raise refused("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    if parts[5] not in kinds:
        raise refused("InvalidArn", f"Invalid Arn: 'Resource type not valid in this context: {parts[5]}'")
    return arn


def checked_role(arn: str) -> str:
    """Raises AwsError InvalidArn for what is no ARN of a role."""
    if not _ROLE.fullmatch(arn):
        raise refused("InvalidArn", f"Invalid Role Arn: '{arn}'")
    return arn


def page(items: list[dict[str, Any]], member: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """One page; the token is the position of the next item."""
    token = params.get("nextToken", "0")
    if not token.isdigit():
        raise refused("InvalidToken", f"Invalid Token: '{token}'")
    size = params.get("maxResults") or _PAGE
    start = int(token)
    found: dict[str, Any] = {member: items[start : start + size]}
    if start + size < len(items):
        found["nextToken"] = str(start + size)
    return found
