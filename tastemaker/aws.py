"""AWS through boto3, as the offline rooms use it: one caller, one object store, one place for its environment.

Inside `moto.mock_aws()` moto answers; nothing here knows that.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, Final

import boto3
import botocore.endpoint
import botocore.loaders
import botocore.session
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.hooks import EventAliaser

from tastemaker.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tastemaker.simulator.metric_sink import MetricPoint

ACCOUNT_ID = "123456789012"
"""moto's default account."""
REGION = "us-east-1"
PERSONALIZE_SERVICES = frozenset({"personalize", "personalize-runtime", "personalize-events"})
METRIC_NAMESPACE: Final = "AWS/Personalize"
_METRICS_PER_REQUEST: Final = 1_000
"""CloudWatch's limit for PutMetricData. Source: CloudWatch User Guide, cloudwatch_limits."""


class Boto3Caller:
    """AWS operations through boto3; moto answers them offline."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The one client per service, made when first asked for."""
        if service not in self._clients:
            self._clients[service] = boto3.client(service, region_name=self.region)
        return self._clients[service]

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """See `AwsCaller`."""
        try:
            result: dict[str, Any] = getattr(self.client(service), xform_name(operation))(**params)
        except ClientError as error:
            raise aws_error(service, error) from error
        except BotoCoreError as error:  # refused before it was sent, e.g. a missing parameter
            raise AwsError(service, "SdkClientException", str(error)) from error
        result.pop("ResponseMetadata", None)
        return result


class S3Objects:
    """The simulator's `ObjectStore` over S3; objects are cached as files by ETag."""

    def __init__(self, caller: Boto3Caller, folder: Path) -> None:
        self._caller, self._folder = caller, folder

    def fetch(self, location: str) -> list[Path]:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        if not key.endswith("/") and "." in key.rpartition("/")[2]:
            head = self._caller.call("s3", "HeadObject", {"Bucket": bucket, "Key": key})
            return [self._download(bucket, key, head["ETag"])]
        return self._list({"Bucket": bucket, "Prefix": key, "Delimiter": "/"})

    def fetch_tree(self, location: str) -> list[Path]:
        """See `ObjectStore`."""
        bucket, _, key = location.removeprefix("s3://").partition("/")
        return self._list({"Bucket": bucket, "Prefix": key}) if key.endswith("/") else self.fetch(location)

    def _list(self, params: dict[str, Any]) -> list[Path]:
        """The objects of a listing, page by page, by key."""
        files, page = [], params
        while True:
            listed = self._caller.call("s3", "ListObjectsV2", page)
            files += [
                self._download(params["Bucket"], found["Key"], found["ETag"])
                for found in sorted(listed.get("Contents", ()), key=lambda entry: str(entry["Key"]))
                if found["Size"] > 0
            ]
            if "NextContinuationToken" not in listed:
                return files
            page = {**params, "ContinuationToken": listed["NextContinuationToken"]}

    def put(self, location: str, body: bytes) -> None:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        self._caller.call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": body})

    def _download(self, bucket: str, key: str, etag: str) -> Path:
        target = self._folder / bucket / etag.strip('"') / Path(key).name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            body = self._caller.call("s3", "GetObject", {"Bucket": bucket, "Key": key})["Body"]
            partial = target.with_name(f"{target.name}.part")
            with partial.open("wb") as file:
                shutil.copyfileobj(body, file)
            partial.replace(target)
        return target


class CloudWatchMetrics:
    """The simulator's `MetricSink` over CloudWatch: read the statistic Sum over periods of 900 seconds.

    The namespace is that of the service's other metrics; it is unconfirmed for metric attributions, and so are the
    dimensions MetricAttributionArn, EventType and EventAttributionSource: no public page names them. A count has the
    unit Count, a sum none.
    """

    def __init__(self, caller: Boto3Caller) -> None:
        self._caller = caller

    def put(self, metric_attribution_arn: str, points: Sequence[MetricPoint]) -> None:
        """See `MetricSink`."""
        data = [_metric_datum(metric_attribution_arn, point) for point in points]
        for start in range(0, len(data), _METRICS_PER_REQUEST):
            batch = data[start : start + _METRICS_PER_REQUEST]
            self._caller.call("cloudwatch", "PutMetricData", {"Namespace": METRIC_NAMESPACE, "MetricData": batch})


def _metric_datum(metric_attribution_arn: str, point: MetricPoint) -> dict[str, Any]:
    dimensions = {
        "MetricAttributionArn": metric_attribution_arn,
        "EventType": point.event_type,
        "EventAttributionSource": point.source,
    }
    return {
        "MetricName": point.metric_name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        "Timestamp": point.timestamp,
        "Value": point.value,
        "Unit": "Count" if point.function == "samplecount" else "None",
    }


def aws_error(service: str, error: ClientError) -> AwsError:
    """Botocore's error in our tree."""
    details = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    return AwsError(
        service,
        str(details.get("Code", "Unknown")),
        str(details.get("Message", "")),
        status=int(metadata.get("HTTPStatusCode", 400)),
        request_id=str(metadata.get("RequestId", "")),
    )


@contextlib.contextmanager
def environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """Environment variables while a block runs, put back afterwards; None takes a variable away."""
    before = {name: os.environ.get(name) for name in values}
    _set_environment(values)
    try:
        yield
    finally:
        _set_environment(before)


@contextlib.contextmanager
def shared_service_models() -> Iterator[None]:
    """Let all botocore sessions that begin while a block runs read each service model once in the process.

    Every handler has a session of its own, as in Lambda; here they live in one process, and reading the same megabytes
    of JSON for each would be much of the time that a short run takes. botocore itself shares what a loader has read
    among all clients of a session. The same holds for the names of its events, which each client translates for itself.
    """
    before = botocore.session.create_loader, botocore.session.EventAliaser
    botocore.session.create_loader, botocore.session.EventAliaser = _shared_loader, _SharedNames
    try:
        yield
    finally:
        botocore.session.create_loader, botocore.session.EventAliaser = before


class _SharedNames(EventAliaser):  # type: ignore[misc]
    known: ClassVar[dict[str, str]] = {}

    def __init__(self, event_emitter: Any, event_aliases: Any = None) -> None:
        super().__init__(event_emitter, event_aliases)
        self._alias_name_cache = self.known


@functools.cache
def _shared_loader(search_path: str | None = None) -> botocore.loaders.Loader:
    return botocore.loaders.create_loader(search_path)


@contextlib.contextmanager
def attempts_without_pause() -> Iterator[None]:
    """Let botocore try again at once while a block runs.

    Between two attempts botocore sleeps in real time; on a virtual clock that would cost real seconds and change
    nothing. One thread at a time.
    """
    before = botocore.endpoint.time
    botocore.endpoint.time = SimpleNamespace(**{**vars(time), "sleep": lambda _seconds: None})
    try:
        yield
    finally:
        botocore.endpoint.time = before


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
