"""`watch`: once a day, how old models and imports are, what capacity is provisioned and how well models did offline.

Input: `{"Project": prefix of the names, "Campaigns": [{"Name", "Arn"}], "Datasets": [{"Name", "Arn"}]}`.

Amazon Personalize tells CloudWatch of requests, not of states; alarms and dashboard need both. Metrics go to namespace
`Tastemaker` with dimension Project and Campaign (ModelAgeDays, ProvisionedTPS and every offline metric of the version
that serves) or Dataset (ImportAgeDays). What does not exist yet has no metric.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.creating import NOT_FOUND
from tastemaker.plan.machines.ledger import LAST_IMPORT, read
from tastemaker.plan.machines.states import (
    State,
    States,
    body,
    catch,
    choice,
    covered,
    for_each,
    jsonata,
    machine,
    pass_state,
    personalize_task,
    sdk_task,
)

NAMESPACE = "Tastemaker"
_DAYS_SINCE = "($millis() - $toMillis({})) / 86400000"
_ITEM = "$states.result.Item"
_OFFLINE = "[$each($states.result.Metrics, function($value, $name) { {'MetricName': $name, 'Value': $value} })]"
_IMPORTED = f"$max([$toMillis({_ITEM}.FULLAt.S), $toMillis({_ITEM}.INCREMENTALAt.S)])"


def build_watch() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    states: States = {
        "Remember project": pass_state(
            Assign={"job": jsonata("$states.input"), "project": jsonata("$states.input.Project")},
            next_state="Look at campaigns",
        ),
        "Look at campaigns": for_each("$job.Campaigns", _campaign(), at_once=1, next_state="Look at datasets"),
        "Look at datasets": for_each("$job.Datasets", _dataset(), at_once=1, next_state=None),
    }
    return machine(
        "Tells CloudWatch how old models and imports are, and how good the models that serve.",
        "Remember project",
        covered(states, "Watch failed"),
        timeout_seconds=3600,
    )


def _campaign() -> dict[str, Any]:
    none = catch(NOT_FOUND, "No campaign yet")
    states: States = {
        "Remember campaign": pass_state(Assign={"campaign": jsonata("$states.input")}, next_state="Describe campaign"),
        "Describe campaign": personalize_task(
            "describeCampaign",
            {"CampaignArn": jsonata("$campaign.Arn")},
            next_state="Does a version serve",
            Assign={
                "versionArn": jsonata("$string($states.result.Campaign.SolutionVersionArn)"),
                "tps": jsonata("$states.result.Campaign.MinProvisionedTPS"),
            },
            catches=[none],
        ),
        "Does a version serve": choice([("$versionArn = ''", "No campaign yet")], default="Describe version"),
        "Describe version": personalize_task(
            "describeSolutionVersion",
            {"SolutionVersionArn": jsonata("$versionArn")},
            next_state="Get offline metrics",
            Assign={"ageDays": jsonata(_DAYS_SINCE.format("$states.result.SolutionVersion.CreationDateTime"))},
            catches=[none],
        ),
        "Get offline metrics": personalize_task(
            "getSolutionMetrics",
            {"SolutionVersionArn": jsonata("$versionArn")},
            next_state="Put campaign metrics",
            Assign={"offline": jsonata(_OFFLINE)},
            catches=[none],
        ),
        "Put campaign metrics": _put(
            """$append([
                {'MetricName': 'ModelAgeDays', 'Value': $ageDays}, {'MetricName': 'ProvisionedTPS', 'Value': $tps}
            ], $offline)""",
            "Campaign",
            "$campaign.Name",
        ),
        "No campaign yet": pass_state(next_state=None),
    }
    return body("Remember campaign", covered(states, "Campaign not seen", "$campaign.Name"))


def _dataset() -> dict[str, Any]:
    states: States = {
        "Remember dataset": pass_state(Assign={"dataset": jsonata("$states.input")}, next_state="Read last import"),
        "Read last import": read(
            "$dataset.Arn",
            LAST_IMPORT,
            next_state="Was it imported",
            Assign={"importedAt": jsonata(f"$exists({_ITEM}) ? {_IMPORTED} : 0")},
        ),
        "Was it imported": choice([("$importedAt = 0", "No import yet")], default="Put dataset metrics"),
        "Put dataset metrics": _put(
            "[{'MetricName': 'ImportAgeDays', 'Value': ($millis() - $importedAt) / 86400000}]",
            "Dataset",
            "$dataset.Name",
        ),
        "No import yet": pass_state(next_state=None),
    }
    return body("Remember dataset", covered(states, "Dataset not seen", "$dataset.Name"))


def _put(metrics: str, dimension: str, name: str) -> State:
    """`metrics` is JSONata for an array without dimensions."""
    dimensions = f"[{{'Name': 'Project', 'Value': $project}}, {{'Name': '{dimension}', 'Value': {name}}}]"
    data = f"[({metrics}).$merge([$, {{'Dimensions': {dimensions}}}])]"
    return sdk_task(
        "cloudwatch", "putMetricData", {"Namespace": NAMESPACE, "MetricData": jsonata(data)}, next_state=None
    )
