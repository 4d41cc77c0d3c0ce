"""Clients of AWS services and what their refusals mean to a caller of the API."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

# botocore instead of boto3: the same clients without boto3's resource layer, which takes part of every cold start.
import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from .problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RETRY_AFTER_SECONDS = 1
LOAD_CODES = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
CONNECT_SHARE = 1 / 3
"""Of an attempt's time; the rest is for reading the answer."""
_ARN = re.compile(r"arn:[^\s,;)\]]+")


@cache
def _session() -> Any:
    return botocore.session.Session()


@cache
def client(service: str, attempt_seconds: float = 4, max_attempts: int = 2) -> Any:
    """The function's one client of a service.

    Args:
        attempt_seconds: what one attempt may take. With the default two attempts stay inside a function's ten seconds.
        max_attempts: 1 leaves retrying to whoever knows how much time there is.
    """
    config = Config(
        connect_timeout=attempt_seconds * CONNECT_SHARE,
        read_timeout=attempt_seconds * (1 - CONNECT_SHARE),
        tcp_keepalive=True,
        # put together anew for each request otherwise, which takes a quarter of a call
        user_agent=f"Botocore/{botocore.__version__} Tastemaker",
        retries={"mode": "standard", "total_max_attempts": max_attempts},
    )
    return _session().create_client(service, config=config)


def call(operation: Callable[..., Any], **parameters: Any) -> dict[str, Any]:
    """Call an operation of a client.

    Raises:
        ProblemError: 400 the service finds the request wrong, 404 what it needs is missing, 429 too many requests,
            502 the function may not or cannot call it, 503 the service is unavailable, 504 it does not answer.
    """
    try:
        answer: dict[str, Any] = operation(**parameters)
    except ClientError as error:
        raise _refused(error, parameters) from error
    except (ConnectTimeoutError, ReadTimeoutError) as error:
        raise ProblemError(504, "timeout", "The service did not answer in time.", code=type(error).__name__) from error
    except BotoCoreError as error:
        raise ProblemError(502, "unreachable", "The service cannot be reached.", code=type(error).__name__) from error
    return answer


def _refused(error: ClientError, parameters: Mapping[str, Any]) -> ProblemError:
    code: str = error.response["Error"].get("Code", "")
    status: int = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    if code in LOAD_CODES or status == 429:
        return ProblemError(
            429, "too-many-requests", "Slow down and try again.", code=code, retry_after_seconds=RETRY_AFTER_SECONDS
        )
    if status >= 500:
        detail = "The service is unavailable; try again."
        return ProblemError(503, "unavailable", detail, code=code, retry_after_seconds=RETRY_AFTER_SECONDS)
    if code in {"InvalidInputException", "ValidationException"}:
        detail = _redacted(error.response["Error"].get("Message", ""), parameters)
        return ProblemError(400, "refused", detail, code=code)
    if code in {"ResourceNotFoundException", "ParameterNotFound"}:
        return ProblemError(404, "not-deployed", "What this route needs does not exist (yet).", code=code)
    return ProblemError(502, "misconfigured", "The function cannot use the service.", code=code)


def _redacted(text: str, parameters: Mapping[str, Any]) -> str:
    """The service's words without ARNs, which carry the account number, and without ids and values of the request."""
    text = _ARN.sub("…", text)
    said = sorted({one for one in _texts(parameters) if one.strip()}, key=len, reverse=True)
    return re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, said))})(?!\w)", "…", text) if said else text


def _texts(value: Any) -> Iterator[str]:
    """Every text in the values of a request."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
