"""Rules about what serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.declared import all_declared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.constructs.rules.templates import Templates

CAMPAIGN, ALARM = "AWS::Personalize::Campaign", "AWS::CloudWatch::Alarm"
_CAMPAIGN_CALLS = frozenset({"CreateCampaign", "UpdateCampaign"})
_RECOMMENDER_CALLS = frozenset({"CreateRecommender", "UpdateRecommender"})


def _check_throughput(templates: Templates) -> Iterator[Violation]:
    most = templates.max_provisioned_tps
    for found in all_declared(templates):
        if found.operation in _CAMPAIGN_CALLS:
            name, rate = "MinProvisionedTPS", found.literal("MinProvisionedTPS")
        elif found.operation in _RECOMMENDER_CALLS:
            name = "RecommenderConfig.MinRecommendationRequestsPerSecond"
            rate = found.config("RecommenderConfig").get("MinRecommendationRequestsPerSecond")
        else:
            continue
        if isinstance(rate, (int, float)) and rate > most:
            message = f"{rate} requests a second are billed whether they come or not; the cap is {most}"
            yield Violation(found.resource, found.at(name), message)


def _check_pinned(templates: Templates) -> Iterator[Violation]:
    for found in all_declared(templates):
        version = found.literal("SolutionVersionArn") if found.operation in _CAMPAIGN_CALLS else None
        if isinstance(version, str) and not version.endswith("/$LATEST"):
            message = "the solution version is written out: every deployment goes back to it"
            yield Violation(found.resource, found.at("SolutionVersionArn"), message)


def _check_release(templates: Templates) -> Iterator[Violation]:
    for found in all_declared(templates):
        served = found.operation in _CAMPAIGN_CALLS
        if served and found.config("CampaignConfig").get("SyncWithLatestSolutionVersion") is True:
            message = "every automatic training goes live as soon as it ends, also a worse one"
            yield Violation(found.resource, found.at("CampaignConfig.SyncWithLatestSolutionVersion"), message)


def _check_alarms(templates: Templates) -> Iterator[Violation]:
    watched = any(alarm.properties.get("Namespace") == "AWS/Personalize" for alarm in templates.of_type(ALARM))
    for campaign in templates.of_type(CAMPAIGN):
        if not watched:
            yield Violation(campaign, "Properties", "no alarm of the app looks at Amazon Personalize's metrics")


THROUGHPUT = Rule(
    "provisioned-throughput",
    "Reserved requests a second stay under the cap.",
    "Lower it, follow the traffic with a schedule, or raise PersonalizeRules(max_provisioned_tps=…).",
    "developer guide, campaigns; API, CreateCampaign",
    Severity.ERROR,
    _check_throughput,
)
PINNED = Rule(
    "pinned-version",
    "A campaign's version is not a constant of the template.",
    "Let the workflow that trains update the campaign, or use `…/$LATEST`.",
    "developer guide, update-campaigns",
    Severity.WARNING,
    _check_pinned,
)
RELEASE = Rule(
    "unguarded-release",
    "A new version is judged before it serves.",
    "Compare offline metrics and update the campaign only for a version that is good enough.",
    "developer guide, working-with-training-metrics",
    Severity.WARNING,
    _check_release,
)
ALARMS = Rule(
    "campaign-alarm",
    "Somebody hears when a campaign fails.",
    "Add an alarm on GetRecommendations5xxErrors or GetRecommendationsLatency of the campaign.",
    "developer guide, personalize-monitoring",
    Severity.WARNING,
    _check_alarms,
)
