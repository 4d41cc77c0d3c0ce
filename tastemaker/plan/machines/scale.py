"""`scale`: provisioned capacity of campaigns and recommenders, from a schedule or from the traffic, up and down.

Input: `{"Targets": [{"Kind": "CAMPAIGN" | "RECOMMENDER", "Name", "Arn", "MetricName", "DimensionName", "Minimum",
"Maximum", "DryRun", "ForHours", and either "Wanted" or "Percentile", "Headroom", "Hysteresis"}]}`.

A schedule wants a number; with `ForHours` traffic may not go below it so long. Traffic wants what the coming hour
needed one and two weeks ago, or the last hour, whichever is more: the percentile of the requests in five minutes, a
second, with headroom. Minutes without a data point had no request. Capacity is raised at once, and lowered only when it
would fall by more than the hysteresis. Each change explains itself in the ledger; a dry run writes there and changes
nothing.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.capacity import ACTION, DECISION, TEXT, WINDOWS
from tastemaker.plan.machines.creating import NOT_FOUND
from tastemaker.plan.machines.ledger import SCALE_FLOOR, keep, read, record
from tastemaker.plan.machines.polling import START_POLLING, Polling
from tastemaker.plan.machines.serving import BUSY
from tastemaker.plan.machines.states import (
    State,
    States,
    body,
    catch,
    choice,
    covered,
    fail,
    for_each,
    isolated,
    jsonata,
    machine,
    pass_state,
    personalize_task,
    sdk_task,
)

DEADLINE_SECONDS = 4 * 3600
PERIOD_SECONDS = 300


def build_scale() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    failed = {"Name": jsonata("$states.input.Item.Name"), "Action": "FAILED"}
    failures = "[$states.input[Action = 'FAILED']]"
    states: States = {
        "Scale each": for_each(
            "$states.input.Targets",
            isolated("Scale target", _one(), "Target not scaled", failed),
            at_once=2,
            next_state="Are all scaled",
        ),
        "Are all scaled": choice([(f"$count({failures}) > 0", "Some targets failed")], default="Report capacity"),
        "Some targets failed": fail("Tastemaker.ScaleFailed", f"$join({failures}.(Name & ': ' & Cause), '; ')"),
        "Report capacity": pass_state({"Targets": jsonata("$states.input")}, next_state=None),
    }
    return machine(
        "Sets the provisioned capacity of campaigns and recommenders.",
        "Scale each",
        covered(states, "Scaling failed"),
        timeout_seconds=12 * 3600,
    )


def _one() -> dict[str, Any]:
    states: States = {
        "Remember target": pass_state(
            Assign={"target": jsonata("$states.input"), "windows": [], "leastTps": 0, **START_POLLING},
            next_state="Which target",
        ),
        **_look(),
        "Is it scheduled": choice([("$exists($target.Wanted)", "Decide")], default="Read floor"),
        **_traffic(),
        "Decide": pass_state(Assign={"wanted": jsonata(DECISION)}, next_state="Name action"),
        "Name action": pass_state(Assign={"action": jsonata(ACTION), "why": jsonata(TEXT)}, next_state="What to do"),
        "What to do": choice(
            [
                ("$target.DryRun and $action != 'KEEP'", "Record dry run"),
                ("$action = 'KEEP'", "Is there a floor to keep"),
                ("$target.Kind = 'RECOMMENDER'", "Update recommender"),
            ],
            default="Update campaign",
        ),
        "Record dry run": _record(jsonata("'DRY RUN ' & $action"), "Scaled"),
        **_update(),
        "Record capacity": _record(jsonata("$action"), "Is there a floor to keep"),
        "Is there a floor to keep": choice([("$target.ForHours > 0", "Keep floor")], default="Scaled"),
        "Keep floor": _keep_floor(),
        "Scaled": pass_state(
            {
                "Name": jsonata("$target.Name"),
                "Action": jsonata("$action"),
                "Before": jsonata("$current"),
                "Wanted": jsonata("$wanted"),
                "DryRun": jsonata("$target.DryRun"),
                "Why": jsonata("$why"),
            },
            next_state=None,
        ),
        "Not there": _skipped("it does not exist yet"),
        "Stopped": _skipped("it is stopped, and has no capacity until it is started"),
        "Busy": _skipped("it is being changed; the next run looks again"),
    }
    return body("Remember target", covered(states, "Scaling step failed", "$target.Name"))


def _skipped(reason: str) -> State:
    return pass_state({"Name": jsonata("$target.Name"), "Action": "SKIPPED", "Why": reason}, next_state=None)


def _look() -> States:
    """Traffic does not wait for another update; a schedule does, by its retries."""
    update = "$states.result.{0}.Latest{0}Update.Status in ['CREATE PENDING', 'CREATE IN_PROGRESS']"
    busy = "$states.result.{0}.Status != 'ACTIVE' or (" + update + ")"

    def look(member: str, tps: str) -> State:
        return personalize_task(
            f"describe{member}",
            {f"{member}Arn": jsonata("$target.Arn")},
            next_state="Is it busy",
            catches=[catch(NOT_FOUND, "Not there")],
            Assign={
                "current": jsonata(f"$states.result.{member}.{tps}"),
                "busy": jsonata(busy.format(member)),
                "stopped": jsonata(f"$states.result.{member}.Status = 'INACTIVE'"),
                "config": jsonata(f"$merge([$states.result.{member}.{member}Config])"),
            },
        )  # fmt: skip

    return {
        "Which target": choice([("$target.Kind = 'RECOMMENDER'", "Look at recommender")], default="Look at campaign"),
        "Look at recommender": look("Recommender", "RecommenderConfig.MinRecommendationRequestsPerSecond"),
        "Look at campaign": look("Campaign", "MinProvisionedTPS"),
        "Is it busy": choice(
            [("$stopped", "Stopped"), ("$busy and $not($exists($target.Wanted))", "Busy")], default="Is it scheduled"
        ),
    }


def _traffic() -> States:
    floor = "$states.result.Item.until.N"
    return {
        "Read floor": read(
            "$target.Arn",
            SCALE_FLOOR,
            next_state="Read traffic",
            Assign={
                "leastTps": jsonata(
                    f"$exists({floor}) and $number({floor}) > $millis() / 1000 "
                    "? $number($states.result.Item.floor.N) : 0"
                )
            },
        ),
        "Read traffic": for_each(
            WINDOWS,
            _window(),
            at_once=3,
            next_state="Decide",
            Assign={"windows": jsonata("$states.result")},
        ),
    }


def _window() -> dict[str, Any]:
    """The statistic of requests is Sum (reference §12)."""
    metric = {
        "Namespace": "AWS/Personalize",
        "MetricName": jsonata("$target.MetricName"),
        "Dimensions": [{"Name": jsonata("$target.DimensionName"), "Value": jsonata("$target.Arn")}],
    }
    query = {"Id": "requests", "MetricStat": {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": "Sum"}}
    states = {
        "Read requests": sdk_task(
            "cloudwatch",
            "getMetricData",
            {
                "MetricDataQueries": [query],
                "StartTime": jsonata("$states.input.From"),
                "EndTime": jsonata("$states.input.To"),
            },
            next_state=None,
            Output={
                "Which": jsonata("$states.input.Which"),
                "Requests": jsonata("[$states.result.MetricDataResults[0].Values]"),
            },
        )
    }
    return body("Read requests", covered(states, "Traffic cannot be read", "$target.Name"))


def _update() -> States:
    """Capacity only; the recommender's configuration is sent as a whole, since the API takes no part of it."""
    campaign, recommender = _polling("Campaign"), _polling("Recommender")

    def update(member: str, arguments: Any, loop: Polling) -> State:
        state = personalize_task(f"update{member}", arguments, next_state=loop.wait)
        return {**state, "Retry": [*state["Retry"], BUSY]}

    config = "$merge([$config, {'MinRecommendationRequestsPerSecond': $wanted}])"
    return {
        "Update campaign": update(
            "Campaign", {"CampaignArn": jsonata("$target.Arn"), "MinProvisionedTPS": jsonata("$wanted")}, campaign
        ),
        **campaign.states(),
        "Update recommender": update(
            "Recommender",
            {"RecommenderArn": jsonata("$target.Arn"), "RecommenderConfig": jsonata(config)},
            recommender,
        ),
        **recommender.states(),
    }


def _polling(member: str) -> Polling:
    summary = f"$description.Latest{member}Update"
    return Polling(
        what=f"capacity of {member.lower()}",
        action=f"describe{member}",
        arguments={f"{member}Arn": jsonata("$target.Arn")},
        description=f"$states.result.{member}",
        deadline_seconds=DEADLINE_SECONDS,
        done="Record capacity",
        name="$target.Name",
        status=f"({summary}.Status)",
        reason=f"{summary}.FailureReason",
    )


def _record(decision: str, next_state: str) -> State:
    texts = {
        "reason": jsonata("$why"),
        "before": jsonata("$string($current)"),
        "wanted": jsonata("$string($wanted)"),
    }
    return record("$target.Arn", decision, texts, next_state=next_state)


def _keep_floor() -> State:
    until = "$string($floor($millis() / 1000 + $target.ForHours * 3600))"
    columns = {"floor": {"N": jsonata("$string($wanted)")}, "until": {"N": jsonata(until)}}
    return keep("$target.Arn", SCALE_FLOOR, columns, next_state="Scaled")
