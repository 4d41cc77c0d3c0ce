"""Cases of rules about recipes, solutions, campaigns and recommenders."""

from __future__ import annotations

import json
from typing import Any

from tests.support.rule_cases.case import Case, call, calling, machine, personalize, ref, resource, template
from tests.support.rule_cases.data import ITEMS, dataset, group

RECIPE = "arn:aws:personalize:::recipe/"
VERSION = "arn:aws:personalize:eu-west-1:123456789012:solution/for-you/1a2b3c4d"
PERSONALIZE_ALARM = resource("CloudWatch::Alarm", Namespace="AWS/Personalize")


def solution(recipe: str, **more: Any) -> dict[str, Any]:
    return personalize("Solution", Name="s", DatasetGroupArn=ref("Group"), RecipeArn=RECIPE + recipe, **more)


def campaign(**more: Any) -> dict[str, Any]:
    return personalize("Campaign", Name="c", **{"SolutionVersionArn": ref("Version"), **more})


def custom_call(action: str, **parameters: Any) -> dict[str, Any]:
    """The CDK's AwsCustomResource."""
    request = {"service": "Personalize", "action": action, "parameters": parameters}
    return {"Type": "Custom::AWS", "Properties": {"Create": json.dumps(request)}}


def training(**create: Any) -> dict[str, Any]:
    states = {"Create": call("createSolution", **create), "Train": call("createSolutionVersion", SolutionArn="x")}
    return template(Machine=machine("Create", states))


MODEL_CASES = (
    Case(
        "recipe-unknown",
        template(Solution=solution("aws-user-personalisation")),
        ("Solution", "Properties.RecipeArn"),
        "there is no recipe aws-user-personalisation",
        template(Solution=solution("aws-user-personalization-v2")),
    ),
    Case(
        "recipe-withdrawn",
        template(Solution=solution("aws-hrnn")),
        ("Solution", "Properties.RecipeArn"),
        "recipe aws-hrnn is withdrawn; its successor is aws-user-personalization-v2",
        template(Solution=solution("aws-user-personalization-v2")),
    ),
    Case(
        "recipe-kind",
        template(Solution=solution("aws-vod-top-picks")),
        ("Solution", "Properties.RecipeArn"),
        "aws-vod-top-picks is a use case: it is for recommenders, not for solutions",
        template(Solution=solution("aws-similar-items")),
    ),
    Case(
        "recipe-kind",
        calling("createRecommender", RecipeArn=f"{RECIPE}aws-sims"),
        ("Machine", "Call.RecipeArn"),
        "aws-sims is a custom recipe: it is for solutions, not for recommenders",
        calling("createRecommender", RecipeArn=f"{RECIPE}aws-vod-top-picks"),
    ),
    Case(
        "recipe-needs-dataset",
        group(Dataset=dataset("Interactions"), Solution=solution("aws-semantic-similarity")),
        ("Solution", "Properties.RecipeArn"),
        "recipe aws-semantic-similarity needs a dataset ITEMS, which the dataset group lacks",
        group(Dataset=dataset("Items", "Items"), Solution=solution("aws-semantic-similarity"), More=ITEMS),
    ),
    Case(
        "hyperparameter",
        template(Solution=solution("aws-sims", SolutionConfig={"AlgorithmHyperParameters": {"bptt": "9"}})),
        ("Solution", "Properties.SolutionConfig.AlgorithmHyperParameters.bptt"),
        "recipe aws-sims has no parameter bptt",
        template(Solution=solution("aws-sims")),
    ),
    Case(
        "hyperparameter",
        template(
            Solution=solution(
                "aws-sims", SolutionConfig={"AlgorithmHyperParameters": {"popularity_discount_factor": "5"}}
            )
        ),
        ("Solution", "Properties.SolutionConfig.AlgorithmHyperParameters.popularity_discount_factor"),
        "popularity_discount_factor cannot be 5; allowed: 0 to 1",
        template(
            Solution=solution(
                "aws-sims", SolutionConfig={"AlgorithmHyperParameters": {"popularity_discount_factor": "0.5"}}
            )
        ),
    ),
    Case(
        "automatic-training",
        template(Solution=solution("aws-sims")),
        ("Solution", "Properties"),
        "CloudFormation has no switch for automatic training: this solution trains weekly, and is billed",
        template(Solution=custom_call("createSolution", name="s", performAutoTraining=False)),
    ),
    Case(
        "automatic-training",
        calling("createSolution", Name="s"),
        ("Machine", "Call"),
        "performAutoTraining is not sent, and the default is true: this solution trains weekly",
        calling("createSolution", Name="s", PerformAutoTraining=False),
    ),
    Case(
        "automatic-training",
        template(Solution=custom_call("createSolution", name="s")),
        ("Solution", "Properties.Create"),
        "performAutoTraining is not sent, and the default is true: this solution trains weekly",
        template(Solution=custom_call("createSolution", name="s", performAutoTraining=True)),
    ),
    Case(
        "training-twice",
        training(PerformAutoTraining=True),
        ("Machine", "Train"),
        "this training runs beside the automatic training of a solution of the same app: both are billed",
        training(PerformAutoTraining=False),
    ),
    Case(
        "hyperparameter-search",
        template(Solution=solution("aws-sims", PerformHPO=True)),
        ("Solution", "Properties.PerformHPO"),
        "performHPO trains many times for one version, at every training",
        template(Solution=solution("aws-sims", PerformHPO=False)),
    ),
    Case(
        "automl",
        template(Solution=personalize("Solution", Name="s", PerformAutoML=True)),
        ("Solution", "Properties.PerformAutoML"),
        "performAutoML lets the service choose among recipes that it no longer offers",
        template(Solution=solution("aws-sims")),
    ),
    Case(
        "provisioned-throughput",
        template(Campaign=campaign(MinProvisionedTPS=11)),
        ("Campaign", "Properties.MinProvisionedTPS"),
        "11 requests a second are billed whether they come or not; the cap is 10",
        template(Campaign=campaign(MinProvisionedTPS=10)),
    ),
    Case(
        "provisioned-throughput",
        calling("updateRecommender", RecommenderConfig={"MinRecommendationRequestsPerSecond": 50}),
        ("Machine", "Call.RecommenderConfig.MinRecommendationRequestsPerSecond"),
        "50 requests a second are billed whether they come or not; the cap is 10",
        calling("updateRecommender", RecommenderConfig={"MinRecommendationRequestsPerSecond": "{% $rate %}"}),
    ),
    Case(
        "pinned-version",
        template(Campaign=campaign(SolutionVersionArn=VERSION)),
        ("Campaign", "Properties.SolutionVersionArn"),
        "the solution version is written out: every deployment goes back to it",
        template(Campaign=campaign(SolutionVersionArn=VERSION.replace("1a2b3c4d", "$LATEST"))),
    ),
    Case(
        "unguarded-release",
        template(Campaign=campaign(CampaignConfig={"SyncWithLatestSolutionVersion": True})),
        ("Campaign", "Properties.CampaignConfig.SyncWithLatestSolutionVersion"),
        "every automatic training goes live as soon as it ends, also a worse one",
        template(Campaign=campaign(CampaignConfig={"SyncWithLatestSolutionVersion": False})),
    ),
    Case(
        "campaign-alarm",
        template(Campaign=campaign(), Alarm=resource("CloudWatch::Alarm", Namespace="AWS/Lambda")),
        ("Campaign", "Properties"),
        "no alarm of the app looks at Amazon Personalize's metrics",
        template(Campaign=campaign(), Alarm=PERSONALIZE_ALARM),
    ),
)
