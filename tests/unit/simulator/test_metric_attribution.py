from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.metric_sink import CollectedMetrics, MetricPoint
from tastemaker.simulator.service import Simulator
from tastemaker.simulator.validation import check_shape
from tests.support.domains import recommender, shop
from tests.support.simulator import (
    DAY,
    INTERACTIONS_SCHEMA,
    ROLE,
    START,
    CountingRecipe,
    FolderStore,
    Lab,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tastemaker.simulator.access import Job

ARN = "arn:aws:personalize:us-east-1:123456789012:metric-attribution/ma"
HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"
VIEWS = {"eventType": "View", "metricName": "views", "expression": "SAMPLECOUNT()"}
VALUE = {"eventType": "buy", "metricName": "value", "expression": "SUM(Interactions.EVENT_VALUE)"}
REVENUE = {"eventType": "buy", "metricName": "revenue", "expression": "SUM(Items.PRICE)"}
OUTPUT = {"roleArn": ROLE, "s3DataDestination": {"path": "s3://bucket/reports/"}}
REPORTER = "arn:aws:iam::123456789012:role/reporter"
BUCKET = 900
NOW = int(START) // BUCKET * BUCKET


def create(lab: Lab, group: str, *metrics: dict[str, str], **more: Any) -> str:
    params = {"name": "ma", "datasetGroupArn": group, "metrics": list(metrics), "metricsOutputConfig": OUTPUT, **more}
    arn: str = lab.control("CreateMetricAttribution", **params)["metricAttributionArn"]
    lab.wait(60)
    return arn


def counting(lab: Lab, *metrics: dict[str, str]) -> str:
    """trackingId of a group with items whose events are counted."""
    group = lab.trained_group()
    create(lab, group, *metrics)
    return lab.tracker(group)


def put(lab: Lab, tracking_id: str, kind: str, item: str = "i04", **more: Any) -> None:
    event = {"eventType": kind, "sentAt": lab.clock.now(), "itemId": item, **more}
    lab.events("PutEvents", trackingId=tracking_id, sessionId="s", userId="u01", eventList=[event])


def points(lab: Lab) -> list[MetricPoint]:
    sink = lab.simulator.metric_sink
    assert isinstance(sink, CollectedMetrics)
    return sink.points.get(ARN, [])


def rows(lab: Lab) -> list[tuple[str, str, str, float]]:
    return [(point.metric_name, point.event_type, point.source, point.value) for point in points(lab)]


def test_an_attribution_becomes_active_and_shows_its_metrics_in_upper_case(lab: Lab) -> None:
    group = lab.trained_group()
    params = {"name": "ma", "datasetGroupArn": group, "metrics": [VIEWS, REVENUE], "metricsOutputConfig": OUTPUT}
    assert lab.control("CreateMetricAttribution", **params) == {"metricAttributionArn": ARN}
    described = lab.control("DescribeMetricAttribution", metricAttributionArn=ARN)["metricAttribution"]
    assert (described["status"], described["metricsOutputConfig"]) == ("CREATE PENDING", OUTPUT)
    lab.wait(60)
    assert lab.control("ListMetricAttributions", datasetGroupArn=group)["metricAttributions"][0]["status"] == "ACTIVE"
    answer = lab.control("DescribeMetricAttribution", metricAttributionArn=ARN)
    assert check_shape("personalize", "DescribeMetricAttributionResponse", answer) == []
    assert lab.control("ListMetricAttributionMetrics", metricAttributionArn=ARN) == {
        "metrics": [
            {"eventType": "VIEW", "metricName": "VIEWS", "expression": "SAMPLECOUNT()"},
            {"eventType": "BUY", "metricName": "REVENUE", "expression": "SUM(Items.PRICE)"},
        ]
    }


def test_events_are_counted_and_summed_up_every_quarter_of_an_hour(lab: Lab) -> None:
    tracking_id = counting(lab, VIEWS, VALUE, REVENUE)
    for kind, item, value in (("view", "i04", 9.0), ("VIEW", "i05", None), ("buy", "i04", 2.5), ("buy", "i06", 1.0)):
        put(lab, tracking_id, kind, item, eventValue=value)
    assert points(lab) == []
    lab.wait(BUCKET)
    assert rows(lab) == [
        ("REVENUE", "BUY", "SOURCE_NAME_UNDEFINED", 10.0),
        ("VALUE", "BUY", "SOURCE_NAME_UNDEFINED", 3.5),
        ("VIEWS", "VIEW", "SOURCE_NAME_UNDEFINED", 2.0),
    ]
    assert {point.timestamp % BUCKET for point in points(lab)} == {0}
    assert [point.function for point in points(lab)] == ["sum", "sum", "samplecount"]


def test_each_quarter_is_published_once(lab: Lab) -> None:
    tracking_id = counting(lab, VIEWS)
    for _ in range(2):
        put(lab, tracking_id, "view")
        lab.wait(BUCKET)
    first, second = points(lab)
    assert (first.value, second.value, second.timestamp - first.timestamp) == (1.0, 1.0, BUCKET)
    lab.wait(DAY)
    assert len(points(lab)) == 2


def test_the_source_is_named_or_read_off_the_recommendation(lab: Lab) -> None:
    group, campaign = lab.serving()
    create(lab, group, VIEWS)
    tracking_id = lab.tracker(group)
    rid = lab.runtime("GetRecommendations", campaignArn=campaign, userId="u01")["recommendationId"]
    put(lab, tracking_id, "view", recommendationId=rid)
    put(lab, tracking_id, "view", metricAttribution={"eventAttributionSource": "mail"})
    put(lab, tracking_id, "view", recommendationId=rid, metricAttribution={"eventAttributionSource": "mail"})
    put(lab, tracking_id, "view", recommendationId="RID-of-somebody-else")
    lab.wait(BUCKET)
    assert [(point.source, point.value) for point in points(lab)] == [
        ("SOURCE_NAME_UNDEFINED", 1.0),
        (HOME, 1.0),
        ("mail", 2.0),
    ]


def test_a_recommender_is_a_source_too(lab: Lab) -> None:
    group = shop(lab)
    arn = recommender(lab, group)
    create(lab, group, VIEWS)
    rid = lab.runtime("GetRecommendations", recommenderArn=arn, userId="u01")["recommendationId"]
    assert len(rid) == 40
    put(lab, lab.tracker(group), "View", recommendationId=rid)
    lab.wait(BUCKET)
    assert [point.source for point in points(lab)] == [arn]


def test_what_is_repeated_or_older_than_fourteen_days_does_not_count(lab: Lab) -> None:
    tracking_id = counting(lab, VIEWS)
    put(lab, tracking_id, "view", eventId="e")
    put(lab, tracking_id, "view", eventId="e")
    put(lab, tracking_id, "view", sentAt=lab.clock.now() - 15 * DAY)
    put(lab, tracking_id, "other")
    lab.wait(BUCKET)
    assert [point.value for point in points(lab)] == [1.0]


def test_nothing_from_before_the_attribution_is_reported(lab: Lab) -> None:
    group = lab.trained_group()
    tracking_id = lab.tracker(group)
    put(lab, tracking_id, "view")
    create(lab, group, VIEWS)
    lab.wait(DAY)
    assert points(lab) == []


def test_sources_in_events_need_an_attribution(lab: Lab) -> None:
    tracking_id = lab.tracker(lab.trained_group())
    with pytest.raises(UnsupportedBySimulatorError, match="PutEvents with metricAttribution in a dataset group"):
        put(lab, tracking_id, "view", metricAttribution={"eventAttributionSource": "mail"})


def test_there_may_be_a_hundred_sources(lab: Lab) -> None:
    tracking_id = counting(lab, VIEWS)
    for number in range(100):
        put(lab, tracking_id, "view", metricAttribution={"eventAttributionSource": f"s{number}"})
    put(lab, tracking_id, "view", metricAttribution={"eventAttributionSource": "s7"})
    with refused("InvalidInputException", "There may be at most 100 event attribution sources."):
        put(lab, tracking_id, "view", metricAttribution={"eventAttributionSource": "one more"})


def imported(lab: Lab, text: str, **more: Any) -> dict[str, Any]:
    """Import into Interactions; gives the job."""
    lab.objects.put("s3://bucket/more.csv", text.encode())
    arn = lab.control(
        "CreateDatasetImportJob",
        jobName="more",
        datasetArn="arn:aws:personalize:us-east-1:123456789012:dataset/shop/INTERACTIONS",
        dataSource={"dataLocation": "s3://bucket/more.csv"},
        roleArn=ROLE,
        **more,
    )["datasetImportJobArn"]
    lab.wait()
    job: dict[str, Any] = lab.control("DescribeDatasetImportJob", datasetImportJobArn=arn)["datasetImportJob"]
    return job


def recent_csv(kind: str = "view", rows: int = 1_000) -> str:
    """`rows` events of i04 with value 2 in the newest quarter of an hour."""
    lines = [f"u{number},i04,{NOW},{kind},2" for number in range(rows)]
    return "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE", *lines]) + "\n"


def report(lab: Lab) -> tuple[str, list[str]]:
    """Name and lines of the only file in the reports' folder."""
    (path,) = (lab.objects.root / "bucket/reports").iterdir()
    return path.name, path.read_text().splitlines()


def test_an_incremental_import_goes_to_cloudwatch(lab: Lab) -> None:
    group = lab.trained_group()
    create(lab, group, VIEWS, VALUE, REVENUE)
    imported(lab, recent_csv("BUY"), importMode="INCREMENTAL")
    assert rows(lab) == [
        ("REVENUE", "BUY", "SOURCE_NAME_UNDEFINED", 4_000.0),
        ("VALUE", "BUY", "SOURCE_NAME_UNDEFINED", 2_000.0),
    ]
    assert not (lab.objects.root / "bucket/reports").exists()


def test_a_full_import_goes_nowhere_unless_it_is_to_be_published(lab: Lab) -> None:
    group = lab.trained_group()
    create(lab, group, VIEWS)
    imported(lab, recent_csv())
    assert points(lab) == []
    assert not (lab.objects.root / "bucket/reports").exists()


def test_a_published_import_writes_a_file(lab: Lab) -> None:
    group = lab.trained_group()
    create(lab, group, VIEWS)
    imported(lab, recent_csv(), publishAttributionMetricsToS3=True)
    name, lines = report(lab)
    assert name.startswith("AggregatedAttributionMetrics - FULL - ")
    assert lines == [
        "METRIC_NAME,EVENT_TYPE,VALUE,MATH_FUNCTION,EVENT_ATTRIBUTION_SOURCE,TIMESTAMP",
        f"VIEWS,VIEW,1000.0,samplecount,SOURCE_NAME_UNDEFINED,{NOW}",
    ]
    assert points(lab) == []


def test_an_import_is_split_by_quarter_and_source(lab: Lab) -> None:
    fields = [*INTERACTIONS_SCHEMA["fields"], {"name": "EVENT_ATTRIBUTION_SOURCE", "type": ["null", "string"]}]
    group = lab.group()
    dataset = lab.dataset(group, avro={**INTERACTIONS_SCHEMA, "fields": fields})
    create(lab, group, VIEWS)
    lines = [f"u{n},i{n % 3},{NOW - (n % 2) * BUCKET},view,,{'mail' if n % 4 == 0 else ''}" for n in range(1_000)]
    head = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,EVENT_ATTRIBUTION_SOURCE"
    assert dataset.endswith("dataset/shop/INTERACTIONS")
    imported(lab, "\n".join([head, *lines]) + "\n", publishAttributionMetricsToS3=True)
    assert [line.split(",")[2:] for line in report(lab)[1][1:]] == [
        ["500.0", "samplecount", "SOURCE_NAME_UNDEFINED", f"{NOW - BUCKET}"],
        ["250.0", "samplecount", "SOURCE_NAME_UNDEFINED", f"{NOW}"],
        ["250.0", "samplecount", "mail", f"{NOW}"],
    ]


def test_a_report_that_cannot_be_written_fails_the_import(lab: Lab) -> None:
    group = lab.trained_group()
    create(lab, group, VIEWS)
    due = int(lab.clock.now()) + 15 * 60
    lab.objects.denied.add(f"s3://bucket/reports/AggregatedAttributionMetrics - FULL - {due}.csv")
    job = imported(lab, recent_csv(), publishAttributionMetricsToS3=True)
    assert (job["status"], job["failureReason"]) == ("CREATE FAILED", "Invalid S3 output path")


class OnlyReads:
    """An `AccessPolicy` that lets the reporter's role write nothing; it remembers who wrote what."""

    def __init__(self) -> None:
        self.written: list[tuple[str | None, str]] = []

    def denial(self, job: Job, actions: Sequence[str], bucket: str, key: str) -> str | None:
        if "s3:PutObject" not in actions:
            return None
        self.written.append((job.role_arn, f"{bucket}/{key}"))
        return f"{job.role_arn} may not write" if job.role_arn == REPORTER else None

    def role_denial(self, job: Job, action: str) -> str | None:
        return None


@pytest.mark.parametrize(
    ("role", "expected"),
    [(ROLE, ("ACTIVE", None)), (REPORTER, ("CREATE FAILED", "Invalid S3 output path"))],
)
def test_a_report_is_written_with_the_attributions_own_role(
    tmp_path: Path, role: str, expected: tuple[str, str | None]
) -> None:
    clock, objects, recipe, access = ManualClock(START), FolderStore(tmp_path), CountingRecipe(), OnlyReads()
    lab = Lab(Simulator(clock=clock, objects=objects, recipes={}, access=access), clock, objects, recipe)
    create(lab, lab.trained_group(), VIEWS, metricsOutputConfig={**OUTPUT, "roleArn": role})
    job = imported(lab, recent_csv(), publishAttributionMetricsToS3=True)
    assert (job["status"], job.get("failureReason")) == expected
    (written,) = access.written
    assert (written[0], written[1].partition(" - ")[0]) == (role, "bucket/reports/AggregatedAttributionMetrics")


def test_publishing_needs_an_attribution_with_a_place(lab: Lab) -> None:
    group = lab.trained_group()
    message = "publishAttributionMetricsToS3 needs a metric attribution with an s3DataDestination"
    with refused("InvalidInputException", message):
        imported(lab, recent_csv(), publishAttributionMetricsToS3=True)
    create(lab, group, VIEWS, metricsOutputConfig={"roleArn": ROLE})
    with refused("InvalidInputException", message):
        imported(lab, recent_csv(), publishAttributionMetricsToS3=True)


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ([], "A metric attribution has 1 to 10 metrics; these are 0."),
        ([VIEWS, {**VALUE, "metricName": "Views"}], "Every metricName may be given once only."),
        ([{**VIEWS, "expression": "COUNT()"}], "Expression 'COUNT()' must be SAMPLECOUNT(), SUM(Items.COLUMN) or"),
        ([{**VIEWS, "expression": "SUM(Users.AGE)"}], "Expression 'SUM(Users.AGE)' must be SAMPLECOUNT(), "),
        ([{**VIEWS, "expression": "SUM(Items.GENRE)"}], "Expression 'SUM(Items.GENRE)' must name a numeric column"),
        ([{**VIEWS, "expression": "SUM(Items.ABSENT)"}], "Expression 'SUM(Items.ABSENT)' must name a numeric column"),
        ([{**VIEWS, "metricName": f"m{n}"} for n in range(11)], "length less than or equal to 10"),
    ],
)
def test_metrics_that_cannot_be_counted_are_invalid(lab: Lab, metrics: list[dict[str, str]], message: str) -> None:
    group = lab.trained_group()
    with refused("InvalidInputException", message):
        create(lab, group, *metrics)


def test_interactions_need_event_types(lab: Lab) -> None:
    group = lab.group()
    message = "A metric attribution needs an Interactions dataset with the column EVENT_TYPE."
    with refused("InvalidInputException", message):
        create(lab, group, VIEWS)
    lab.dataset(group, avro={**INTERACTIONS_SCHEMA, "fields": INTERACTIONS_SCHEMA["fields"][:3]})
    with refused("InvalidInputException", message):
        create(lab, group, VIEWS)


def test_a_group_has_one(lab: Lab) -> None:
    group = lab.trained_group()
    create(lab, group, VIEWS)
    with refused("ResourceAlreadyExistsException", ARN):
        create(lab, group, VIEWS)
    with refused("ResourceAlreadyExistsException", ARN):
        create(lab, group, VIEWS, name="second")


def test_an_update_adds_and_removes_metrics(lab: Lab) -> None:
    tracking_id = counting(lab, VIEWS, VALUE)
    answer = lab.control(
        "UpdateMetricAttribution", metricAttributionArn=ARN, addMetrics=[REVENUE], removeMetrics=["views"]
    )
    assert answer == {"metricAttributionArn": ARN}
    put(lab, tracking_id, "view")
    put(lab, tracking_id, "buy")
    lab.wait(BUCKET)
    assert rows(lab) == [("REVENUE", "BUY", "SOURCE_NAME_UNDEFINED", 4.0)]


def test_an_update_must_fit(lab: Lab) -> None:
    counting(lab, VIEWS)
    with refused("ResourceAlreadyExistsException", f"{ARN}/VIEWS"):
        lab.control("UpdateMetricAttribution", metricAttributionArn=ARN, addMetrics=[VIEWS])
    with refused("ResourceNotFoundException", f"{ARN}/ABSENT"):
        lab.control("UpdateMetricAttribution", metricAttributionArn=ARN, removeMetrics=["absent"])
    with refused("InvalidInputException", "these are 0."):
        lab.control("UpdateMetricAttribution", metricAttributionArn=ARN, removeMetrics=["views"])
    with refused("InvalidInputException", "metricAttributionArn is required."):
        lab.control("UpdateMetricAttribution", addMetrics=[VALUE])


def test_deletion_ends_the_counting_and_comes_before_the_group(lab: Lab) -> None:
    tracking_id = counting(lab, VIEWS)
    put(lab, tracking_id, "view")
    lab.control("DeleteMetricAttribution", metricAttributionArn=ARN)
    lab.wait()
    with refused("ResourceNotFoundException", ARN):
        lab.control("DescribeMetricAttribution", metricAttributionArn=ARN)
    assert points(lab) == []


def test_an_attribution_cannot_be_tagged_and_keeps_its_group(lab: Lab) -> None:
    group = lab.trained_group()
    create(lab, group, VIEWS)
    with refused("InvalidInputException", "Metric attributions cannot be tagged."):
        lab.control("TagResource", resourceArn=ARN, tags=[{"tagKey": "a", "tagValue": "b"}])
    datasets = lab.control("ListDatasets")["datasets"]
    for dataset in datasets:
        lab.control("DeleteDataset", datasetArn=dataset["datasetArn"])
    lab.wait()
    with refused("ResourceInUseException", f"{group} still has {ARN}; delete it first."):
        lab.control("DeleteDatasetGroup", datasetGroupArn=group)
