"""What metric attributions report, read back from moto's CloudWatch as a dashboard would read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from tastemaker.aws import Boto3Caller, CloudWatchMetrics
from tastemaker.simulator.metric_sink import MetricPoint
from tastemaker.testing import local_personalize
from tests.support.simulator import INTERACTIONS_SCHEMA, ROLE, START

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BUCKET = 900
NOW = int(START) // BUCKET * BUCKET
ARN = "arn:aws:personalize:us-east-1:123456789012:metric-attribution/ma"
VIEWS = {"eventType": "view", "metricName": "views", "expression": "SAMPLECOUNT()"}
VALUE = {"eventType": "buy", "metricName": "value", "expression": "SUM(Interactions.EVENT_VALUE)"}


class RecordingCaller(Boto3Caller):
    """Remembers how many metrics each request carried."""

    def __init__(self) -> None:
        super().__init__("us-east-1")
        self.sizes: list[int] = []

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        assert (service, operation, params["Namespace"]) == ("cloudwatch", "PutMetricData", "AWS/Personalize")
        self.sizes.append(len(params["MetricData"]))
        return {}


@pytest.fixture
def account() -> Iterator[Boto3Caller]:
    with mock_aws():
        yield Boto3Caller("us-east-1")


def dimensions(event_type: str, source: str = "SOURCE_NAME_UNDEFINED", arn: str = ARN) -> list[dict[str, str]]:
    return [
        {"Name": "MetricAttributionArn", "Value": arn},
        {"Name": "EventType", "Value": event_type},
        {"Name": "EventAttributionSource", "Value": source},
    ]


def sums(caller: Boto3Caller, metric: str, *which: dict[str, str], unit: str) -> list[tuple[int, float]]:
    """Beginning and Sum of every quarter of an hour around the start."""
    query = {
        "Metric": {"Namespace": "AWS/Personalize", "MetricName": metric, "Dimensions": list(which)},
        "Period": BUCKET,
        "Stat": "Sum",
        "Unit": unit,
    }
    params = {
        "MetricDataQueries": [{"Id": "q", "MetricStat": query}],
        "StartTime": NOW - 10 * BUCKET,
        "EndTime": NOW + 100 * BUCKET,
        "ScanBy": "TimestampAscending",
    }
    (result,) = caller.call("cloudwatch", "GetMetricData", params)["MetricDataResults"]
    return [
        (int(moment.timestamp()), value) for moment, value in zip(result["Timestamps"], result["Values"], strict=True)
    ]


def point(
    name: str = "VIEWS", kind: str = "VIEW", at: int = NOW, source: str = "mail", value: float = 2
) -> MetricPoint:
    return MetricPoint(name, kind, at, source, "samplecount" if name == "VIEWS" else "sum", value)


def test_points_can_be_read_by_name_event_type_and_source(account: Boto3Caller) -> None:
    points = [point(), point(at=NOW + BUCKET, value=3), point("VALUE", "BUY", value=9.5), point(source="web", value=7)]
    CloudWatchMetrics(account).put(ARN, points)
    assert sums(account, "VIEWS", *dimensions("VIEW", "mail"), unit="Count") == [(NOW, 2.0), (NOW + BUCKET, 3.0)]
    assert sums(account, "VIEWS", *dimensions("VIEW", "web"), unit="Count") == [(NOW, 7.0)]
    assert sums(account, "VALUE", *dimensions("BUY", "mail"), unit="None") == [(NOW, 9.5)]


def test_points_of_one_moment_add_up(account: Boto3Caller) -> None:
    sink = CloudWatchMetrics(account)
    sink.put(ARN, [point()])
    sink.put(ARN, [point(value=5)])
    assert sums(account, "VIEWS", *dimensions("VIEW", "mail"), unit="Count") == [(NOW, 7.0)]


def test_metrics_are_listed_with_their_dimensions(account: Boto3Caller) -> None:
    CloudWatchMetrics(account).put(ARN, [point()])
    listed = account.call("cloudwatch", "ListMetrics", {"Namespace": "AWS/Personalize"})["Metrics"]
    assert listed == [{"Namespace": "AWS/Personalize", "MetricName": "VIEWS", "Dimensions": dimensions("VIEW", "mail")}]


def test_nothing_to_report_is_no_request() -> None:
    caller = RecordingCaller()
    CloudWatchMetrics(caller).put(ARN, [])
    assert caller.sizes == []


def test_a_request_carries_a_thousand_metrics_at_most() -> None:
    caller = RecordingCaller()
    CloudWatchMetrics(caller).put(ARN, [point(at=NOW + n * BUCKET) for n in range(2_001)])
    assert caller.sizes == [1_000, 1_000, 1]


def test_what_an_account_reports_is_in_its_cloudwatch() -> None:
    with local_personalize(start=float(NOW)) as local:
        personalize = local.client("personalize")
        group = personalize.create_dataset_group(name="shop")["datasetGroupArn"]
        schema = personalize.create_schema(name="interactions", schema=json.dumps(INTERACTIONS_SCHEMA))["schemaArn"]
        local.wait_until_active(group)
        personalize.create_dataset(name="d", datasetGroupArn=group, datasetType="Interactions", schemaArn=schema)
        tracker = personalize.create_event_tracker(name="clicks", datasetGroupArn=group)
        output = {"roleArn": ROLE}
        arn = personalize.create_metric_attribution(
            name="ma", datasetGroupArn=group, metrics=[VIEWS, VALUE], metricsOutputConfig=output
        )["metricAttributionArn"]
        local.settle()
        moment = int(local.clock.now())
        events = [
            {
                "eventType": "View",
                "sentAt": moment,
                "itemId": "i1",
                "metricAttribution": {"eventAttributionSource": "mail"},
            },
            {
                "eventType": "View",
                "sentAt": moment,
                "itemId": "i2",
                "metricAttribution": {"eventAttributionSource": "mail"},
            },
            {"eventType": "Buy", "sentAt": moment, "itemId": "i2", "eventValue": 2.5},
        ]
        local.client("personalize-events").put_events(
            trackingId=tracker["trackingId"], sessionId="s", userId="u", eventList=events
        )
        local.clock.advance(BUCKET)
        local.settle()
        caller = Boto3Caller(local.region)
        assert sums(caller, "VIEWS", *dimensions("VIEW", "mail", arn), unit="Count") == [(NOW, 2.0)]
        assert sums(caller, "VALUE", *dimensions("BUY", arn=arn), unit="None") == [(NOW, 2.5)]
