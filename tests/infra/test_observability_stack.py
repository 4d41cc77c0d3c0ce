from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.constructs.held_releases import HELD
from tastemaker.plan.machines.release import build_release
from tests.support.templates import only, resources_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk.assertions import Template

TOPIC = "arn:aws:sns:eu-west-1:123456789012:shop-prod-outcomes"
CAMPAIGN = "arn:aws:personalize:eu-west-1:123456789012:campaign/shop-prod-home"


@pytest.fixture(scope="module")
def alarms(full: Mapping[str, Template]) -> dict[str, dict[str, Any]]:
    found = resources_of(full["observability"].to_json(), "AWS::CloudWatch::Alarm").values()
    return {alarm["AlarmName"].removeprefix("shop-prod-"): alarm for alarm in found}


@pytest.fixture(scope="module")
def widgets(full: Mapping[str, Template]) -> dict[str, dict[str, Any]]:
    body = json.loads(only(full["observability"].to_json(), "AWS::CloudWatch::Dashboard")["DashboardBody"])
    return {widget["properties"]["title"]: widget for widget in body["widgets"]}


def looked_at(alarm: Mapping[str, Any]) -> list[tuple[str, str, str, int]]:
    """Namespace, metric, value of the last dimension, period."""
    stats = [query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query]
    return [
        (
            stat["Metric"]["Namespace"],
            stat["Metric"]["MetricName"],
            stat["Metric"].get("Dimensions", [{"Value": ""}])[-1]["Value"],
            stat["Period"],
        )
        for stat in stats
    ]


def test_each_trouble_has_its_alarm_and_tells_the_topic(alarms: dict[str, dict[str, Any]]) -> None:
    assert sorted(alarms) == [
        "archive-dead-letters",
        "arrivals-dead-letters",
        "dead-letters",
        "ensure-failed",
        "events-dead-letters",
        "held",
        "home-idle",
        "home-stale",
        "import-data-failed",
        "messages-dead-letters",
        "rank-fallbacks",
        "recommendForUser-fallbacks",
        "similarItems-fallbacks",
        "teardown-failed",
        "watch-failed",
    ]
    assert {(alarm["AlarmActions"][0], alarm["OKActions"][0]) for alarm in alarms.values()} == {(TOPIC, TOPIC)}


def test_a_model_is_stale_by_the_age_that_watch_told(alarms: dict[str, dict[str, Any]]) -> None:
    stale = alarms["home-stale"]
    assert looked_at(stale) == [("Tastemaker", "ModelAgeDays", "home", 86_400)]
    assert (stale["Threshold"], stale["ComparisonOperator"]) == (10, "GreaterThanThreshold")
    assert stale["TreatMissingData"] == "ignore"


def test_a_campaign_is_idle_when_it_exists_and_nobody_asks_it(alarms: dict[str, dict[str, Any]]) -> None:
    idle = alarms["home-idle"]
    assert looked_at(idle) == [
        ("Tastemaker", "ProvisionedTPS", "home", 86_400),
        ("AWS/Personalize", "GetRecommendations", CAMPAIGN, 86_400),
    ]
    assert idle["Metrics"][-1]["Expression"] == "IF(tps > 0 AND FILL(requests, 0) < 1, 1, 0)"
    assert (idle["EvaluationPeriods"], idle["TreatMissingData"]) == (2, "notBreaching")


def test_executions_are_watched_by_machine(alarms: dict[str, dict[str, Any]]) -> None:
    arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:shop-prod-import-data"
    assert looked_at(alarms["import-data-failed"]) == [
        ("AWS/States", "ExecutionsFailed", arn, 3600),
        ("AWS/States", "ExecutionsTimedOut", arn, 3600),
    ]


def test_dead_letters_are_found_by_the_queues_names(
    alarms: dict[str, dict[str, Any]], full: Mapping[str, Template]
) -> None:
    watched = {looked_at(alarm)[0][2] for name, alarm in alarms.items() if name.endswith("letters")}
    made = {
        queue["QueueName"]
        for stack in ("workflow", "serving")
        for queue in resources_of(full[stack].to_json(), "AWS::SQS::Queue").values()
    }
    assert watched == {name for name in made if "dead" in name}
    assert len(watched) == 5


def test_stand_ins_are_counted_by_route(alarms: dict[str, dict[str, Any]]) -> None:
    alarm = alarms["rank-fallbacks"]
    assert [metric[:3] for metric in looked_at(alarm)] == [
        ("Tastemaker", "Fallbacks", "POST /rankings"),
        ("Tastemaker", "Requests", "POST /rankings"),
    ]
    assert (alarm["Metrics"][-1]["Expression"], alarm["Threshold"]) == ("fallbacks / requests", 0.05)


def test_the_budget_tells_the_topic_and_may(full: Mapping[str, Template]) -> None:
    budget = only(full["observability"].to_json(), "AWS::Budgets::Budget")
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 250, "Unit": "USD"}
    assert budget["Budget"]["CostFilters"] == {"Service": ["Amazon Personalize"]}
    assert [one["Subscribers"] for one in budget["NotificationsWithSubscribers"]] == [
        [{"Address": TOPIC, "SubscriptionType": "SNS"}]
    ] * 2
    policy = only(full["workflow"].to_json(), "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    allowed = {part["Principal"]["Service"]: part["Condition"] for part in policy if part["Effect"] == "Allow"}
    assert allowed["budgets.amazonaws.com"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    assert allowed["cloudwatch.amazonaws.com"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-prod-*"
    }


def test_the_dashboard_shows_capacity_quality_ages_and_money(widgets: dict[str, dict[str, Any]]) -> None:
    assert list(widgets) == [
        "home: requests a second, actual and provisioned",
        "home: utilisation of what is provisioned, %",
        "home: latency, ms, and errors of the service",
        "latency by route, ms",
        "API: requests, 4xx, 5xx",
        "share of answers that were stand-ins, %",
        "queue events.fifo: seconds that the oldest waits, dead letters",
        "queue archive: seconds that the oldest waits, dead letters",
        "age of models and imports, days",
        "offline quality of the version that serves",
        "estimated cost of the campaigns, $ a day",
        "failed executions, held releases",
    ]
    cost = widgets["estimated cost of the campaigns, $ a day"]["properties"]["metrics"][-1][0]["expression"]
    assert cost == "MAX([FILL(requests0, 0), told0 * 86400]) / 1000 * 0.15"
    requests = widgets["home: requests a second, actual and provisioned"]["properties"]["metrics"][0]
    assert requests[:4] == ["AWS/Personalize", "GetRecommendations", "CampaignArn", CAMPAIGN]


def test_a_campaigns_latency_has_the_percentiles_of_the_routes_that_ask_it(widgets: dict[str, dict[str, Any]]) -> None:
    lines = widgets["home: latency, ms, and errors of the service"]["properties"]["metrics"]
    assert [line[-1]["label"] for line in lines] == [
        "Average",
        "Maximum",
        "GET /users/{userId}/recommendations p50",
        "GET /users/{userId}/recommendations p99",
        "4xxErrors",
        "5xxErrors",
    ]


def test_widgets_do_not_overlap(widgets: dict[str, dict[str, Any]]) -> None:
    places = [(widget["x"], widget["y"]) for widget in widgets.values()]
    assert len(set(places)) == len(places)
    assert max(widget["x"] + widget["width"] for widget in widgets.values()) == 24


def test_metrics_of_the_functions_are_those_that_their_log_writes(widgets: dict[str, dict[str, Any]]) -> None:
    """Name and dimensions as `lambdas/shared/log.py` has them."""
    latency = widgets["latency by route, ms"]["properties"]["metrics"][0]
    assert latency[:6] == [
        "Tastemaker", "Latency", "Function", "shop-prod-recommend", "Route", "GET /users/{userId}/recommendations",
    ]  # fmt: skip


def test_held_releases_are_counted_at_a_state_that_the_machine_has() -> None:
    held = build_release()["States"]["Held"]
    assert f'{{ $.type = "{held["Type"]}StateEntered" && $.details.name = "Held" }}' == HELD
