"""AWS calls taken straight to moto: those of state machines that are called all the time, and those of other processes.

Between boto3 and moto's handlers lie a signed HTTP request and its answer, both written and read again; that is most of
what a call costs in a rehearsal of weeks. Parameters are still checked against botocore's model. Whatever moto refuses
is asked once more through boto3, so that errors are those of the wire.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import moto.core.responses
import moto.kms.models
import moto.kms.utils
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.exceptions import ServiceException
from moto.core.models import botocore_stubber
from moto.dynamodb.responses import DynamoHandler
from moto.events.responses import EventsHandler
from moto.iam.responses import IamResponse
from moto.s3.models import s3_backends
from moto.sns.responses import SNSResponse
from moto.sqs.responses import SQSResponse
from werkzeug.exceptions import HTTPException

from tastemaker.aws import ACCOUNT_ID, Boto3Caller
from tastemaker.errors import AwsError
from tastemaker.wire import WireResponse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from moto.core.responses import BaseResponse

_DIRECT: dict[tuple[str, str], type[BaseResponse]] = {
    ("dynamodb", "GetItem"): DynamoHandler,
    ("dynamodb", "PutItem"): DynamoHandler,
    ("dynamodb", "UpdateItem"): DynamoHandler,
    ("dynamodb", "DeleteItem"): DynamoHandler,
    ("dynamodb", "Query"): DynamoHandler,
    ("cloudwatch", "PutMetricData"): CloudWatchResponse,
    ("events", "PutEvents"): EventsHandler,
    ("iam", "ListAttachedRolePolicies"): IamResponse,
    ("iam", "ListRolePolicies"): IamResponse,
    ("sns", "Publish"): SNSResponse,
    ("sqs", "ChangeMessageVisibility"): SQSResponse,
    ("sqs", "DeleteMessage"): SQSResponse,
    ("sqs", "GetQueueAttributes"): SQSResponse,
    ("sqs", "ReceiveMessage"): SQSResponse,
    ("sqs", "SendMessage"): SQSResponse,
}
"""Operations whose handlers take parameters and give answers as botocore's model has them."""

_ON_THE_WIRE_ONLY = (datetime, bytes, bytearray)
"""What the wire writes in another form than a parameter has."""


_MOST_OBJECTS = 1000
"""Of one page. Source: Amazon S3 API reference, ListObjectsV2."""


@contextlib.contextmanager
def shared_key_material() -> Iterator[None]:
    """Let all KMS keys of one kind that are created while a block runs have the same key material.

    moto makes an RSA key for every KMS key, whatever its kind, which takes as long as a day of a rehearsal; policies
    and states of the keys stay their own.
    """
    before = moto.kms.models.generate_private_key
    moto.kms.models.generate_private_key = _key_material
    try:
        yield
    finally:
        moto.kms.models.generate_private_key = before


@contextlib.contextmanager
def known_operations() -> Iterator[None]:
    """Let moto look once which operations a service's handlers have; it asks the class anew at every request."""
    before = moto.core.responses.method_names_from_class
    moto.core.responses.method_names_from_class = functools.cache(before)
    try:
        yield
    finally:
        moto.core.responses.method_names_from_class = before


@functools.cache
def _key_material(key_spec: str) -> Any:
    return moto.kms.utils.generate_private_key(key_spec)


class MotoCaller(Boto3Caller):
    """A `Boto3Caller` for use inside `mock_aws()`."""

    def __init__(self, region: str) -> None:
        super().__init__(region)
        self._validator = ParamValidator()

    def client(self, service: str) -> Any:
        """One client per service and Region for all callers of the process: moto answers in whatever mock is active."""
        return _shared_client(service, self.region)

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """See `AwsCaller`."""
        if (service, operation) == ("s3", "ListObjectsV2"):
            return self._listed(params)
        handler_class = _DIRECT.get((service, operation))
        if handler_class is None or not _is_plain(params):
            return super().call(service, operation, params)
        model = self.client(service).meta.service_model.operation_model(operation)
        report = self._validator.validate(params, model.input_shape)
        if report.has_errors():
            error = ParamValidationError(report=report.generate_report())
            raise AwsError(service, "SdkClientException", str(error)) from error
        try:
            answer = self._handled(handler_class, operation, params)
        except (ServiceException, HTTPException):
            return super().call(service, operation, params)
        members = () if model.output_shape is None else model.output_shape.members
        return {name: copy.deepcopy(answer[name]) for name in members if answer.get(name) is not None}

    def _listed(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The only page of a listing; otherwise moto writes, and botocore reads, it as XML.

        Whatever needs more pages or asks for more than a folder goes by the wire.
        """
        wire = functools.partial(super().call, "s3", "ListObjectsV2", params)
        are_texts = all(isinstance(value, str) for value in params.values())
        if not are_texts or not {"Bucket"} <= set(params) <= {"Bucket", "Prefix", "Delimiter"}:
            return wire()
        backend = s3_backends[ACCOUNT_ID]["aws"]
        prefix, delimiter = params.get("Prefix", ""), params.get("Delimiter")
        try:
            bucket = backend.get_bucket(params["Bucket"])
        except (ServiceException, HTTPException):
            return wire()
        found, has_more, _ = backend.list_objects_v2(bucket, prefix, delimiter, None, None, _MOST_OBJECTS)
        if has_more:
            return wire()
        folders = [{"Prefix": folder} for folder in found if isinstance(folder, str)]
        objects = [_describe_object(key) for key in found if not isinstance(key, str)]
        named = {"Delimiter": delimiter, "CommonPrefixes": folders, "Contents": objects}
        return {
            "IsTruncated": False,
            "Name": bucket.name,
            "Prefix": prefix,
            "MaxKeys": _MOST_OBJECTS,
            "EncodingType": "url",
            "KeyCount": len(found),
            **{name: value for name, value in named.items() if value},
        }

    def _handled(self, handler_class: type[BaseResponse], operation: str, params: Mapping[str, Any]) -> Any:
        handler: Any = handler_class()
        handler.automated_parameter_parsing = True
        handler.params = handler.body = copy.deepcopy(dict(params))
        handler.region, handler.current_account, handler.partition = self.region, ACCOUNT_ID, "aws"
        handler.uri_match, handler.querystring, handler.headers, handler.response_headers = {}, {}, {}, {}
        answer = getattr(handler, xform_name(operation))()
        return json.loads(answer) if isinstance(answer, str) else answer.result


def answer_request(method: str, url: str, headers: Mapping[str, str | bytes], body: bytes) -> WireResponse:
    """One request as botocore would send it, answered by moto.

    Raises:
        NotImplementedError: moto does not know the service at this address.
    """
    request = AWSPreparedRequest(method, url, HTTPHeaders(), body, stream_output=False)
    for name, value in headers.items():
        request.headers[name] = value
    answered = botocore_stubber.process_request(request)
    if answered is None:
        raise NotImplementedError(f"moto has no service at {url}")
    status, found, content = answered
    return WireResponse(status, dict(found), content.encode() if isinstance(content, str) else content)


def _describe_object(key: Any) -> dict[str, Any]:
    return {
        "Key": key.name,
        "LastModified": key.last_modified.replace(microsecond=0, tzinfo=UTC),
        "ETag": key.etag,
        "Size": key.size,
        "StorageClass": key.storage_class,
        **({"ChecksumAlgorithm": [key.checksum_algorithm]} if key.checksum_algorithm else {}),
    }


@functools.cache
def _shared_client(service: str, region: str) -> Any:
    # botocore puts its user agent together anew for each request, which takes a tenth of one that moto answers
    return boto3.client(service, region_name=region, config=Config(user_agent="Tastemaker"))


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_plain(part) for part in value.values())
    if isinstance(value, list):
        return all(_is_plain(part) for part in value)
    return not isinstance(value, _ON_THE_WIRE_ONLY)
