"""Values that are known only where the plan is carried out, written `${Name}` inside plan data.

Constructs replace them by CloudFormation references (`DefinitionSubstitutions`, `Fn::Sub`), the runner by plain text.
So one dictionary serves both, and the template's `DefinitionString` stays a constant that a test can compare.
Source: CloudFormation reference, AWS::StepFunctions::StateMachine, DefinitionSubstitutions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PARTITION = "${Partition}"
REGION = "${Region}"
ACCOUNT_ID = "${AccountId}"
DATA_BUCKET = "${DataBucketName}"
PERSONALIZE_ROLE_ARN = "${PersonalizeRoleArn}"
DATA_KEY_ARN = "${DataKeyArn}"
LEDGER_TABLE = "${LedgerTableName}"
EVENT_BUS = "${EventBusName}"
TOPIC_ARN = "${TopicArn}"
RAW_BUCKET = "${RawBucketName}"
RAW_DATABASE = "${RawDatabaseName}"
WORK_GROUP = "${WorkGroupName}"


class QueueTokens(NamedTuple):
    """What stands for address and ARN of a queue and of its dead-letter queue."""

    url: str
    arn: str
    dead_letter_url: str
    dead_letter_arn: str

    @property
    def name(self) -> str:
        """`EventQueue` for `${EventQueueUrl}`."""
        return self.url[2:-1].removesuffix("Url")

    def valued(self, url: str, arn: str, dead_letter_url: str, dead_letter_arn: str) -> dict[str, str]:
        """Names of the tokens to these values."""
        given = (url, arn, dead_letter_url, dead_letter_arn)
        return {token[2:-1]: value for token, value in zip(self, given, strict=True)}


EVENT_QUEUE = QueueTokens("${EventQueueUrl}", "${EventQueueArn}", "${DeadLetterQueueUrl}", "${DeadLetterQueueArn}")
ARCHIVE_QUEUE = QueueTokens(
    "${ArchiveQueueUrl}", "${ArchiveQueueArn}", "${ArchiveDeadLetterQueueUrl}", "${ArchiveDeadLetterQueueArn}"
)

_TOKEN = re.compile(r"\$\{([A-Za-z][A-Za-z0-9]*)\}")
T = TypeVar("T")


def pascal_case(name: str) -> str:
    """`import-data` to `ImportData`."""
    return "".join(part.title() for part in name.split("-"))


def machine_arn_token(machine: str) -> str:
    """Token for the ARN of a state machine, e.g. `${ImportDataMachineArn}` for `import-data`."""
    return f"${{{pascal_case(machine)}MachineArn}}"


def api_key_id_token(client: str) -> str:
    """Token for the id (not the value) of a client's API key, e.g. `${WebApiKeyId}` for `web`."""
    return f"${{{pascal_case(client)}ApiKeyId}}"


def personalize_arn(resource: str) -> str:
    """ARN of a Personalize resource with tokens, e.g. `campaign/home`. Source: reference §1.2."""
    return f"arn:{PARTITION}:personalize:{REGION}:{ACCOUNT_ID}:{resource}"


def find_tokens(value: object) -> set[str]:
    """Names of all tokens inside nested data, keys included."""
    if isinstance(value, str):
        return set(_TOKEN.findall(value))
    if isinstance(value, dict):
        return set().union(*(find_tokens(part) for pair in value.items() for part in pair))
    if isinstance(value, (list, tuple)):
        return set().union(*(find_tokens(part) for part in value))
    return set()


def resolve_tokens(value: T, values: Mapping[str, str]) -> T:
    """A copy of nested plan data with every token replaced.

    Raises:
        KeyError: a token has no value; nothing is left half resolved.
    """
    if isinstance(value, str):
        return cast("T", _TOKEN.sub(lambda match: values[match.group(1)], value))
    if isinstance(value, dict):
        return cast("T", {resolve_tokens(k, values): resolve_tokens(v, values) for k, v in value.items()})
    if isinstance(value, list):
        return cast("T", [resolve_tokens(part, values) for part in value])
    return value


def read_tokens(value: object, resolved: object) -> dict[str, str]:
    """The inverse of `resolve_tokens`: values of tokens, from plan data and what somebody made of it.

    Both may have changed since; parts that do not fit each other tell nothing.
    """
    return dict(_pairs(value, resolved))


def _pairs(value: object, resolved: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and isinstance(resolved, str):
        names = _TOKEN.findall(value)
        pattern = "(.+)".join(map(re.escape, _TOKEN.sub("\0", value).split("\0")))
        found = re.fullmatch(pattern, resolved) if names else None
        yield from zip(names, found.groups(), strict=True) if found else ()
    elif isinstance(value, dict) and isinstance(resolved, dict):
        for key in value.keys() & resolved.keys():
            yield from _pairs(value[key], resolved[key])
    elif isinstance(value, list) and isinstance(resolved, list):
        for one, other in zip(value, resolved, strict=False):
            yield from _pairs(one, other)
