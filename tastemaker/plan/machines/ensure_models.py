"""`ensure`: solutions, recommenders, the configuration of campaigns, metric attribution."""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.creating import NOT_FOUND
from tastemaker.plan.machines.deleting import Deleting
from tastemaker.plan.machines.inventory import CAMPAIGN, delete_each
from tastemaker.plan.machines.kinds import (
    DIFFERS,
    FOUND,
    NAME,
    Kind,
    asynchronous,
    create,
    create_found,
    describe,
    find_only,
    ready,
    scope,
    wait_for_update,
    want,
)
from tastemaker.plan.machines.ledger import LAST_IMPORT, read
from tastemaker.plan.machines.paused import LOOK, look_for_pause
from tastemaker.plan.machines.polling import START_POLLING
from tastemaker.plan.machines.serving import LOOK_STATUS
from tastemaker.plan.machines.states import (
    State,
    States,
    catch,
    choice,
    fail,
    jsonata,
    pass_state,
    personalize_task,
)

SOLUTION = Kind("solution", "Solution", "Solutions", 1_800)
RECOMMENDER = Kind("recommender", "Recommender", "Recommenders", 6 * 3_600, good=("ACTIVE", "INACTIVE"))
CAMPAIGN_KIND = Kind("campaign", "Campaign", "Campaigns", 4 * 3_600)
ATTRIBUTION = Kind("metric attribution", "MetricAttribution", "MetricAttributions", 1_800, at_once=1)

_IMMUTABLE = f"""(
    {DIFFERS}
    $differs($wanted.Create.RecipeArn, $description.RecipeArn)
        or ($exists($wanted.Create.EventType) and $differs($wanted.Create.EventType, $description.EventType))
        or ($exists($wanted.Create.PerformHPO) and $differs($wanted.Create.PerformHPO, $description.PerformHPO))
        or $differs($sift($wanted.Create.SolutionConfig, function($value, $key) {{
            $not($key in ['AutoTrainingConfig', 'EventsConfig'])
        }}), $description.SolutionConfig)
)"""
_CHANGES = f"""(
    {DIFFERS}
    $config := $sift($wanted.Create.SolutionConfig, function($value, $key) {{
        $key in ['AutoTrainingConfig', 'EventsConfig'] and $differs($value, $lookup($description.SolutionConfig, $key))
    }});
    $merge([
        $sift($wanted.Create, function($value, $key) {{
            $key in ['PerformAutoTraining', 'PerformIncrementalUpdate']
                and $differs($value, $lookup($description, $key))
        }}),
        $count($keys($config)) > 0 ? {{'SolutionUpdateConfig': $config}} : {{}}
    ])
)"""


def solution() -> dict[str, Any]:
    """Recipe, columns and hyperparameters are create-only; automatic training and events are not (reference §1.5)."""
    compare, judge, refuse = "Compare solution", "Can the solution stay", "Solution cannot be changed"
    update = wait_for_update("solution update", SOLUTION, "$description.LatestSolutionUpdate")
    extra: States = {
        compare: pass_state(Assign={"immutable": jsonata(_IMMUTABLE), "changes": jsonata(_CHANGES)}, next_state=judge),
        judge: choice(
            [
                ("$immutable and $wanted.Replace", "List campaigns of old solution"),
                ("$immutable", refuse),
                ("$count($keys($changes)) > 0", "Update solution"),
            ],
            default=SOLUTION.ready,
        ),
        "Update solution": personalize_task(
            "updateSolution",
            jsonata("$merge([{'SolutionArn': $wanted.Arn}, $changes])"),
            next_state=update.wait,
            Assign=START_POLLING,
        ),
        refuse: fail(
            "Tastemaker.SolutionForbidden",
            f"'solution ' & {NAME} & ' was created with ' & $description.RecipeArn & ' and other settings than the "
            "project file has, and recipe, columns and hyperparameters cannot be changed; give the solution another "
            "name, or set replace: true on it, which deletes its versions and campaigns first'",
        ),
        **_replace_solution(),
        **update.states(),
    }
    return asynchronous(SOLUTION, compare, extra)


def _replace_solution() -> States:
    """With the project's consent; a campaign keeps its solution from being deleted (reference §1.6)."""
    arns = "$states.input"
    loop = Deleting("solution", "Solution", "$wanted.Arn", f"Create {SOLUTION.what}", " to replace it")
    campaigns = delete_each(
        CAMPAIGN, arns, next_state=loop.start, why=" of old solution", at_once=1, variable="campaignLeaving"
    )
    return {
        "List campaigns of old solution": personalize_task(
            "listCampaigns",
            {"SolutionArn": jsonata("$wanted.Arn"), "MaxResults": 100},
            next_state="Delete campaigns of old solution",
            Assign=loop.begin,
            Output=jsonata("[$states.result.Campaigns.CampaignArn]"),
        ),
        "Delete campaigns of old solution": campaigns,
        **loop.states(),
    }


def recommender() -> dict[str, Any]:
    """A use case is create-only, the configuration is not; one that somebody stopped stays stopped."""
    compare, refuse = "Compare recommender", "Use case cannot be changed"
    update = wait_for_update("recommender update", RECOMMENDER, "$description.LatestRecommenderUpdate")
    loop = Deleting("recommender", "Recommender", "$wanted.Arn", LOOK, " to replace it")
    config = (
        "( $config := $wanted.Create.RecommenderConfig; $wanted.KeepTps ? $merge([$config, "
        "{'MinRecommendationRequestsPerSecond': $description.RecommenderConfig.MinRecommendationRequestsPerSecond}]) "
        ": $config )"
    )
    extra: States = {
        compare: _compare_recommender(config, loop, refuse),
        "Update recommender": personalize_task(
            "updateRecommender",
            {"RecommenderArn": jsonata("$wanted.Arn"), "RecommenderConfig": jsonata(config)},
            next_state=update.wait,
            Assign=START_POLLING,
        ),
        refuse: fail(
            "Tastemaker.RecommenderForbidden",
            f"'recommender ' & {NAME} & ' was created for ' & $description.RecipeArn & ' and a use case cannot be "
            "changed; give the recommender another name, or set replace: true on it: nothing serves meanwhile'",
        ),
        **loop.states(),
        **update.states(),
    }
    polling = describe(RECOMMENDER, compare, catches=(catch(NOT_FOUND, LOOK),))
    return scope(
        RECOMMENDER,
        {
            **want(RECOMMENDER, polling.start),
            **polling.states(),
            **_data(),
            **create(RECOMMENDER, polling.wait, polling.wait),
            **extra,
            **ready(RECOMMENDER),
        },
    )


def _compare_recommender(config: str, loop: Deleting, refuse: str) -> State:
    """Another use case replaces the recommender or is refused; another configuration updates it."""
    return choice(
        [
            {
                "Condition": jsonata("$description.RecipeArn != $wanted.Create.RecipeArn and $wanted.Replace"),
                "Next": loop.start,
                "Assign": loop.begin,
            },
            ("$description.RecipeArn != $wanted.Create.RecipeArn", refuse),
            (
                f"$description.Status = 'ACTIVE' and ( {DIFFERS} $differs({config}, $description.RecommenderConfig) )",
                "Update recommender",
            ),
        ],
        default=RECOMMENDER.ready,
    )


def _data() -> States:
    """The service trains a recommender at once and fails it without data, so it comes with the first full import.

    While serving is paused none is made: it would be billed from then on.
    """
    waits, paused = "Recommender comes with the first import", "Recommender comes when serving is resumed"
    nothing = pass_state({"Name": jsonata(NAME), "Arn": ""}, next_state=None)
    return {
        **look_for_pause("$wanted.Create.DatasetGroupArn", next_state="Was anything imported", paused=paused),
        paused: nothing,
        "Was anything imported": read(
            "$wanted.DataArn",
            LAST_IMPORT,
            next_state="Is there data",
            Assign={"imported": jsonata("$exists($states.result.Item.FULLAt)")},
        ),
        "Is there data": choice([("$imported", f"Create {RECOMMENDER.what}")], default=waits),
        waits: nothing,
    }


def campaign() -> dict[str, Any]:
    """Configuration and capacity only: which version serves, and whether a campaign is made, `release` decides."""
    absent, compare = "Campaign comes with its first release", "Compare campaign"
    update = wait_for_update("campaign update", CAMPAIGN_KIND, "$description.LatestCampaignUpdate")
    polling = describe(
        CAMPAIGN_KIND, compare, status=LOOK_STATUS, on_failure=absent, catches=(catch(NOT_FOUND, absent),)
    )
    change = f"""(
        {DIFFERS}
        $want := {{'CampaignConfig': $wanted.Create.CampaignConfig}};
        $differs($want.CampaignConfig, $description.CampaignConfig) and $exists($want.CampaignConfig)
            or ($not($wanted.KeepTps) and $wanted.Create.MinProvisionedTPS != $description.MinProvisionedTPS)
    )"""
    arguments = (
        "$merge([{'CampaignArn': $wanted.Arn, 'MinProvisionedTPS': $wanted.KeepTps ? $description.MinProvisionedTPS : "
        "$wanted.Create.MinProvisionedTPS}, $exists($wanted.Create.CampaignConfig) ? "
        "{'CampaignConfig': $wanted.Create.CampaignConfig} : {}])"
    )
    return scope(
        CAMPAIGN_KIND,
        {
            **want(CAMPAIGN_KIND, polling.start),
            **polling.states(),
            compare: choice([(change, "Update configuration of campaign")], default=CAMPAIGN_KIND.ready),
            "Update configuration of campaign": personalize_task(
                "updateCampaign", jsonata(arguments), next_state=update.wait, Assign=START_POLLING
            ),
            **update.states(),
            absent: pass_state({"Name": jsonata(NAME), "Arn": ""}, next_state=None),
            CAMPAIGN_KIND.ready: pass_state({"Name": jsonata(NAME), "Arn": jsonata("$wanted.Arn")}, next_state=None),
        },
    )


def metric_attribution() -> dict[str, Any]:
    """Metrics come and go in place. The service keeps names and event types in capitals (reference §6).

    A dataset group has one attribution at most, so it is found by the group: another name in the project is no other
    attribution.
    """
    polling = describe(ATTRIBUTION, _LOOK, arn=FOUND, catches=())
    return scope(
        ATTRIBUTION,
        {
            **want(ATTRIBUTION, f"Find {ATTRIBUTION.what}"),
            **find_only(ATTRIBUTION, polling.start),
            **create_found(ATTRIBUTION, polling.wait),
            **polling.states(),
            **_keep_metrics(),
            **ready(ATTRIBUTION, FOUND),
        },
    )


_LOOK = "List attributed metrics"


def _keep_metrics() -> States:
    judge = "Compare attributed metrics"
    text = "$uppercase(MetricName & ' ' & EventType) & ' ' & Expression"
    return {
        _LOOK: personalize_task(
            "listMetricAttributionMetrics",
            {"MetricAttributionArn": jsonata(FOUND), "MaxResults": 100},
            next_state=judge,
            Assign={
                "added": jsonata(
                    f"( $has := [$states.result.Metrics.({text})]; "
                    f"[$filter($wanted.Create.Metrics, function($metric) {{ $not($metric.({text}) in $has) }})] )"
                ),
                "removed": jsonata(
                    f"( $want := [$wanted.Create.Metrics.({text})]; "
                    f"[$filter($states.result.Metrics, function($metric) {{ $not($metric.({text}) in $want) }})"
                    ".MetricName] )"
                ),
            },
        ),
        judge: choice(
            [("$count($added) + $count($removed) > 0", "Update metric attribution")], default=ATTRIBUTION.ready
        ),
        "Update metric attribution": personalize_task(
            "updateMetricAttribution",
            {
                "MetricAttributionArn": jsonata(FOUND),
                "AddMetrics": jsonata("$added"),
                "RemoveMetrics": jsonata("$removed"),
            },
            next_state=ATTRIBUTION.ready,
        ),
    }
