"""An account through boto3 clients, read patiently and each question once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from tastemaker.errors import AwsError, TastemakerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PERSONALIZE = "personalize"
_ABSENCES = frozenset({"ResourceNotFoundException", "ParameterNotFound"})
_TOO_FAST = frozenset({"ThrottlingException", "TooManyRequestsException", "LimitExceededException"})
_PAUSE_SECONDS, _PATIENCE = 1.0, 30
_PAGE = 100


class UnreadableAccountError(TastemakerError):
    """A call that only reads was refused for another reason than that nothing is there."""


class Reader(Protocol):
    """Reads from an account; raises AwsError where what is asked for is not there."""

    def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]: ...


class AccountReader:
    """boto3 clients, each question asked once.

    Args:
        clients: botocore service name to client. A service without a client answers that nothing is there.
        sleep: waits in real seconds: a control operation of Personalize allows one request a second.
    """

    def __init__(self, clients: Mapping[str, Any], sleep: Callable[[float], None]) -> None:
        self._clients, self._sleep = clients, sleep
        self._known: dict[str, dict[str, Any] | AwsError] = {}

    def read(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """See `Reader`.

        Raises:
            UnreadableAccountError: no rights, no network, still too many requests after the client's own attempts.
        """
        question = json.dumps([service, operation, params], sort_keys=True, default=str)
        if service not in self._clients:
            return _answer_nothing(service)
        if question not in self._known:
            self._known[question] = self._ask(service, operation, params)
        found = self._known[question]
        if isinstance(found, AwsError):
            raise found
        return found

    def list(self, operation: str, **params: str) -> list[dict[str, Any]]:
        """All entries of a List operation of Personalize; none where the parent does not exist."""
        found = list[dict[str, Any]]()
        asked: dict[str, Any] = {**params, "maxResults": _PAGE}
        while True:
            try:
                answer = self.read(PERSONALIZE, operation, asked)
            except AwsError:
                return found
            found += next((page for page in answer.values() if isinstance(page, list)), [])
            if "nextToken" not in answer:
                return found
            asked |= {"nextToken": answer["nextToken"]}

    def _ask(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any] | AwsError:
        answer = self._try(service, operation, params)
        for _ in range(_PATIENCE):
            if not isinstance(answer, AwsError) or answer.code not in _TOO_FAST:
                break
            self._sleep(_PAUSE_SECONDS)
            answer = self._try(service, operation, params)
        if isinstance(answer, AwsError) and answer.code not in _ABSENCES:
            raise UnreadableAccountError(f"The account could not be read: {answer.message}")
        return answer

    def _try(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any] | AwsError:
        try:
            answer: dict[str, Any] = getattr(self._clients[service], xform_name(operation))(**params)
        except ClientError as error:
            return AwsError(service, str(error.response["Error"]["Code"]), str(error))
        except BotoCoreError as error:
            raise UnreadableAccountError(f"The account could not be read: {error}") from error
        answer.pop("ResponseMetadata", None)
        return answer


def _answer_nothing(service: str) -> dict[str, Any]:
    """DynamoDB has no word for a missing item but its absence."""
    if service == "dynamodb":
        return {}
    raise AwsError(service, "ParameterNotFound", f"There is no client for {service}.")
