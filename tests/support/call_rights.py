"""Which rights a recorded call needs: IAM action and the ARNs that it touches, as the service would ask.

Source: service authorization reference of each service; Step Functions developer guide, service integrations.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.support.policies import HERE, Grant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.support.journeys import RecordedCall

Right = tuple[str, str]
"""Action and ARN; the ARN is `*` where the action knows no resources or the resource is yet to be made."""

_NOT_TAGGABLE = {"CreateSchema", "CreateMetricAttribution"}
_SYNC_RULE = f"arn:aws:events:{HERE}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
_S3 = {"listObjectsV2": "ListBucket", "headObject": "GetObject", "copyObject": "PutObject"}


def rights_of(call: RecordedCall, parameters: dict[str, Any], key_arn: str) -> Iterator[Right]:
    """What the call needs.

    Args:
        parameters: of the call, tokens resolved.
        key_arn: of the key that encrypts bucket, ledger and topic.
    """
    action = call.action[0].upper() + call.action[1:]
    if call.service.startswith("personalize"):
        yield from _personalize(action, parameters)
    elif call.service == "s3":
        yield from _s3(call.action, parameters, key_arn)
    elif call.service == "athena":
        yield from _athena(parameters, key_arn)
    elif call.service in _ARNS:
        prefix = _PREFIXES.get(call.service, call.service)
        yield f"{prefix}:{_ACTIONS.get(action, action)}", _ARNS[call.service].format(**parameters)
        yield from _beside(call.service, parameters, key_arn)
    else:
        yield f"{call.service}:{action}", "*"


_ACTIONS = {"Invoke": "InvokeFunction"}
_PREFIXES = {"eventbridge": "events"}
_ARNS = {
    "dynamodb": f"arn:aws:dynamodb:{HERE}:table/{{TableName}}",
    "ssm": f"arn:aws:ssm:{HERE}:parameter{{Name}}",
    "lambda": "{FunctionName}",
    "states": "{StateMachineArn}",
    "eventbridge": f"arn:aws:events:{HERE}:event-bus/{{Entries[0][EventBusName]}}",
    "sns": "{TopicArn}",
}


def _beside(service: str, parameters: dict[str, Any], key_arn: str) -> Iterator[Right]:
    """A nested execution is waited for; topic and ledger are encrypted."""
    if service == "states":
        execution = parameters["StateMachineArn"].replace(":stateMachine:", ":execution:") + ":name"
        yield from (("states:DescribeExecution", execution), ("states:StopExecution", execution))
        yield from ((f"events:{action}", _SYNC_RULE) for action in ("PutTargets", "PutRule", "DescribeRule"))
    if service == "dynamodb":
        yield "kms:Decrypt", key_arn
    if service == "sns":
        yield from (("kms:Decrypt", key_arn), ("kms:GenerateDataKey", key_arn))


def _personalize(action: str, parameters: dict[str, Any]) -> Iterator[Right]:
    named = f"personalize:{action}"
    arns = set(re.findall(r"arn:aws:personalize:[^\"]+", json.dumps(parameters)))
    yield from ((named, arn) for arn in arns or {"*"})
    if "RoleArn" in json.dumps(parameters):
        (role,) = set(re.findall(r"arn:aws:iam::\d+:role/\w+", json.dumps(parameters)))
        yield "iam:PassRole", role
    if parameters.get("Tags") and action not in _NOT_TAGGABLE:
        yield "personalize:TagResource", "*"


def _s3(action: str, parameters: dict[str, Any], key_arn: str) -> Iterator[Right]:
    bucket = f"arn:aws:s3:::{parameters['Bucket']}"
    if action.startswith("list"):
        yield "s3:ListBucket", bucket
        return
    yield f"s3:{_S3.get(action, action[0].upper() + action[1:])}", f"{bucket}/{parameters['Key']}"
    yield "kms:Decrypt", key_arn
    if action == "copyObject":
        yield "s3:GetObject", f"arn:aws:s3:::{parameters['CopySource']}"
    if action in {"copyObject", "putObject"}:
        yield "kms:GenerateDataKey", key_arn


def _athena(parameters: dict[str, Any], key_arn: str) -> Iterator[Right]:
    """A query reads the catalogue and the raw bucket, writes its result, and is waited for."""
    group, database = parameters["WorkGroup"], parameters["QueryExecutionContext"]["Database"]
    for action in ("StartQueryExecution", "GetQueryExecution", "StopQueryExecution"):
        yield f"athena:{action}", f"arn:aws:athena:{HERE}:workgroup/{group}"
    yield "athena:GetDataCatalog", f"arn:aws:athena:{HERE}:datacatalog/AwsDataCatalog"
    for action in ("GetDatabase", "GetTable", "GetPartitions"):
        for resource in ("catalog", f"database/{database}", f"table/{database}/articles"):
            yield f"glue:{action}", f"arn:aws:glue:{HERE}:{resource}"
    yield from (("s3:GetBucketLocation", "*"), ("s3:ListBucketMultipartUploads", "*"))
    yield from (("s3:ListBucket", "arn:aws:s3:::acme-raw"), ("s3:GetObject", "arn:aws:s3:::acme-raw/articles/1.csv"))
    yield from ((f"s3:{action}", "*") for action in ("PutObject", "AbortMultipartUpload", "ListMultipartUploadParts"))
    yield from (("kms:Decrypt", key_arn), ("kms:GenerateDataKey", key_arn))


def allows(grants: Iterable[Grant], right: Right) -> bool:
    """Whether one of the grants covers the right; a right on `*` asks for the action alone."""
    action, arn = right
    return any(grant.action == action and (arn == "*" or fnmatchcase(arn, grant.resource)) for grant in grants)
