"""Which IAM rights one Step Functions service integration needs, service by service.

Sources: service authorization reference of each service; reference §11 and §13.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tastemaker.errors import InvalidDefinitionError
from tastemaker.plan.personalize_permissions import personalize_actions
from tastemaker.plan.tokens import (
    ACCOUNT_ID,
    DATA_BUCKET,
    DATA_KEY_ARN,
    PARTITION,
    RAW_BUCKET,
    RAW_DATABASE,
    REGION,
    TOPIC_ARN,
    WORK_GROUP,
    find_tokens,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_LEADING_LITERAL = re.compile(r"""^\{%\s*['"]([^'"]+)['"]\s*&""")
_S3_ACTIONS = {"HeadObject": ("GetObject",), "CopyObject": ("GetObject", "PutObject")}
"""Operations that IAM knows by other names."""
_SYNC_RULE = f"arn:{PARTITION}:events:{REGION}:{ACCOUNT_ID}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"


class Call(NamedTuple):
    """One Resource field of a state, with what is needed to find out what it touches."""

    state: str
    service: str
    action: str
    pattern: str
    arguments: Any
    definition: Mapping[str, Any]


def _argument(call: Call, key: str) -> str:
    """The argument as written, also under JSONPath's `Key.$`; empty when the arguments are one expression."""
    if not isinstance(call.arguments, dict):
        return ""
    return str(call.arguments.get(key, call.arguments.get(f"{key}.$", "")))


def _targets(call: Call, key: str, suffix: str) -> list[str]:
    """ARN tokens that the argument names; when it is computed, those that the machine mentions at all."""
    for place in (_argument(call, key), call.definition):
        names = sorted(token for token in find_tokens(place) if token.endswith(suffix))
        if names:
            return ["${" + token + "}" for token in names]
    raise InvalidDefinitionError([f"{call.state}: {key} names no `…{suffix}` token, so its rights cannot be derived"])


def executions_arn(machine_arn: str, rest: str = ":*") -> str:
    machine_name = machine_arn.replace("MachineArn}", "MachineName}")
    return f"arn:{PARTITION}:states:{REGION}:{ACCOUNT_ID}:execution:{machine_name}{rest}"


def _personalize(call: Call) -> Iterator[tuple[str, str]]:
    sends_tags = not isinstance(call.arguments, dict) or "Tags" in call.arguments or "Tags.$" in call.arguments
    return personalize_actions(call.action, sends_tags=sends_tags)


def _lambda(call: Call) -> Iterator[tuple[str, str]]:
    for arn in _targets(call, "FunctionName", "FunctionArn"):
        yield "lambda:InvokeFunction", arn


def _step_functions(call: Call) -> Iterator[tuple[str, str]]:
    on_machine = call.action in {"StartExecution", "ListExecutions", "DescribeStateMachine"}
    for arn in _targets(call, "StateMachineArn", "MachineArn"):
        yield f"states:{call.action}", arn if on_machine else executions_arn(arn)
        if call.pattern.startswith("sync"):
            yield "states:DescribeExecution", executions_arn(arn)
            yield "states:StopExecution", executions_arn(arn)
    if call.pattern.startswith("sync"):
        for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
            yield action, _SYNC_RULE


def _dynamodb(call: Call) -> Iterator[tuple[str, str]]:
    """The ledger is encrypted with the data key, and DynamoDB decrypts in the caller's name.

    Source: DynamoDB developer guide, Managing encrypted tables, Required permissions.
    """
    for table in _targets(call, "TableName", "TableName"):
        arn = f"arn:{PARTITION}:dynamodb:{REGION}:{ACCOUNT_ID}:table/{table}"
        yield f"dynamodb:{call.action}", arn if _argument(call, "IndexName") == "" else f"{arn}/index/*"
        yield "kms:Decrypt", DATA_KEY_ARN


def _ssm(call: Call) -> Iterator[tuple[str, str]]:
    """A computed name stays inside the namespace that `names.py` gives to parameters."""
    name = _argument(call, "Name")
    literal = _LEADING_LITERAL.match(name)
    if literal is not None:
        name = literal.group(1) + "*"
    elif not name.startswith("/"):
        name = "/tastemaker/*"
    yield f"ssm:{call.action}", f"arn:{PARTITION}:ssm:{REGION}:{ACCOUNT_ID}:parameter{name}"


def _s3(call: Call) -> Iterator[tuple[str, str]]:
    """State machines touch no bucket but the data bucket, whose objects are encrypted with the data key."""
    bucket = f"arn:{PARTITION}:s3:::{DATA_BUCKET}"
    if call.action.startswith("List"):
        yield "s3:ListBucket", bucket
        return
    for action in _S3_ACTIONS.get(call.action, (call.action,)):
        yield f"s3:{action}", f"{bucket}/*"
    yield "kms:Decrypt", DATA_KEY_ARN
    if call.action in {"PutObject", "CopyObject"}:
        yield "kms:GenerateDataKey", DATA_KEY_ARN


def _athena(call: Call) -> Iterator[tuple[str, str]]:
    """Athena reads catalogue and raw data, and writes results, in the caller's name.

    Source: Step Functions developer guide, "Run Athena queries"; Athena user guide, "Access to databases and tables".
    """
    here, catalogue = f"{REGION}:{ACCOUNT_ID}", f"arn:{PARTITION}:glue:{REGION}:{ACCOUNT_ID}"
    rest = ("GetQueryExecution", "StopQueryExecution") if call.pattern.startswith("sync") else ()
    for action in (call.action, *rest):
        yield f"athena:{action}", f"arn:{PARTITION}:athena:{here}:workgroup/{WORK_GROUP}"
    yield "athena:GetDataCatalog", f"arn:{PARTITION}:athena:{here}:datacatalog/AwsDataCatalog"
    for action in ("GetDatabase", "GetTable", "GetPartitions"):
        for resource in ("catalog", f"database/{RAW_DATABASE}", f"table/{RAW_DATABASE}/*"):
            yield f"glue:{action}", f"{catalogue}:{resource}"
    data, raw = f"arn:{PARTITION}:s3:::{DATA_BUCKET}", f"arn:{PARTITION}:s3:::{RAW_BUCKET}"
    for bucket in (data, raw):
        yield "s3:GetBucketLocation", bucket
        yield "s3:ListBucket", bucket
        yield "s3:GetObject", f"{bucket}/*"
    yield "s3:ListBucketMultipartUploads", data
    for action in ("PutObject", "AbortMultipartUpload", "ListMultipartUploadParts"):
        yield f"s3:{action}", f"{data}/*"
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        yield action, DATA_KEY_ARN


def _eventbridge(call: Call) -> Iterator[tuple[str, str]]:
    """The bus is named in each entry."""
    for bus in sorted(token for token in find_tokens(call.arguments) if token.endswith("EventBusName")):
        yield f"events:{call.action}", f"arn:{PARTITION}:events:{REGION}:{ACCOUNT_ID}:event-bus/${{{bus}}}"


def _sns(call: Call) -> Iterator[tuple[str, str]]:
    """The topic is encrypted with the data key."""
    yield f"sns:{call.action}", TOPIC_ARN
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        yield action, DATA_KEY_ARN


def _cloudwatch(call: Call) -> Iterator[tuple[str, str]]:
    yield f"cloudwatch:{call.action}", "*"


SERVICES: dict[str, Callable[[Call], Iterator[tuple[str, str]]]] = {
    "athena": _athena,
    "cloudwatch": _cloudwatch,
    "dynamodb": _dynamodb,
    "eventbridge": _eventbridge,
    "lambda": _lambda,
    "personalize": _personalize,
    "personalizeevents": _personalize,
    "personalizeruntime": _personalize,
    "s3": _s3,
    "sfn": _step_functions,
    "sns": _sns,
    "ssm": _ssm,
    "states": _step_functions,
}
