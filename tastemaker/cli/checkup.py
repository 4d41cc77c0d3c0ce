"""One check of `doctor`: what was looked at, what was found, what to do; a refused question is told, not guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from tastemaker.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

Verdict = Literal["ok", "warning", "failed", "unknown"]
_DENIED = re.compile(r"AccessDenied|Unauthorized|NotAuthorized|AuthorizationError")
_PERMISSION = re.compile(r"not authorized to perform:? ([A-Za-z0-9-]+:[A-Za-z]+)")


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes:
        name: stable, kebab-case.
        verdict: `unknown` where the question could not be asked.
        found: what there is.
        advice: what to do; empty when all is well.
    """

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


def ok(name: str, found: str) -> Check:
    return Check(name, "ok", found)


def failed(name: str, found: str, advice: str) -> Check:
    return Check(name, "failed", found, advice)


def warning(name: str, found: str, advice: str) -> Check:
    return Check(name, "warning", found, advice)


def examine(name: str, look: Callable[[], Check]) -> Check:
    """The check, or why it could not be made: the missing permission is named, other refusals in AWS's words."""
    try:
        return look()
    except NoCredentialsError:
        return Check(name, "unknown", "needs AWS credentials", "See check credentials.")
    except ClientError as error:
        told = error.response.get("Error", {})
        return _unasked(name, told.get("Code", ""), told.get("Message", str(error)), error.operation_name)
    except AwsError as error:
        return _unasked(name, error.code, error.message, error.service)
    except BotoCoreError as error:
        return Check(name, "unknown", str(error), "Look at network, Region and AWS configuration.")


def _unasked(name: str, code: str, message: str, operation: str) -> Check:
    if not _DENIED.search(code):
        return Check(name, "unknown", f"{code}: {message}", "Ask again; if it stays so, look at the service's words.")
    named = _PERMISSION.search(message)
    permission = operation if named is None else named.group(1)
    return Check(
        name, "unknown", f"may not be asked: {permission} is missing", f"Allow {permission}, or ask somebody who may."
    )
