"""Refusals in Amazon Personalize's own words; `service.py` turns them into `AwsError`."""

from __future__ import annotations

INVALID_INPUT = "InvalidInputException"
NOT_FOUND = "ResourceNotFoundException"
ALREADY_EXISTS = "ResourceAlreadyExistsException"
IN_USE = "ResourceInUseException"
LIMIT_EXCEEDED = "LimitExceededException"
TOO_MANY_TAGS = "TooManyTagsException"
TOO_MANY_TAG_KEYS = "TooManyTagKeysException"
INVALID_NEXT_TOKEN = "InvalidNextTokenException"  # noqa: S105 - an error code, not a secret


class RefusalError(Exception):
    """A request that the service answers with a modelled error."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


def invalid_input(message: str) -> RefusalError:
    return RefusalError(INVALID_INPUT, message)


def not_found(arn: str) -> RefusalError:
    return RefusalError(NOT_FOUND, f"Resource not found: {arn}")


def in_use(message: str) -> RefusalError:
    return RefusalError(IN_USE, message)


def already_exists(arn: str) -> RefusalError:
    return RefusalError(ALREADY_EXISTS, f"Another resource with Amazon Resource Name (ARN) {arn} already exists.")


def too_many_under_way(most: int) -> RefusalError:
    return RefusalError(LIMIT_EXCEEDED, f"More than {most} resources with PENDING or IN_PROGRESS status.")


def too_many_active(most: int) -> RefusalError:
    return RefusalError(
        LIMIT_EXCEEDED, f"More than {most} resources in ACTIVE state. Please delete some and try again."
    )
