"""Every answer fits botocore's output shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.simulator.shapes import service_model
from tastemaker.simulator.validation import check_shape

if TYPE_CHECKING:
    from tests.support.simulator import Lab

HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"
_SLIP = "at 'datasetImportJob.roleArn'"
"""The model gives the job's role the pattern of a Personalize ARN, which no role can match."""


def check(lab: Lab, service: str, operation: str, **params: Any) -> dict[str, Any]:
    answer = lab.simulator.call(service, operation, params)
    shape = service_model(service).operation_model(operation).output_shape
    if shape is None:
        assert answer == {}
    else:
        assert [error for error in check_shape(service, shape.name, answer) if _SLIP not in error] == []
    return answer


def test_answers_of_the_control_plane_fit_their_shapes(lab: Lab) -> None:
    group, campaign = lab.serving()
    lab.tracker(group)
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy")'
    unseen = lab.control("CreateFilter", name="unseen", datasetGroupArn=group, filterExpression=expression)["filterArn"]
    solution = lab.control("ListSolutions")["solutions"][0]["solutionArn"]
    lab.control("UpdateSolution", solutionArn=solution, performAutoTraining=True)
    lab.control("UpdateCampaign", campaignArn=campaign, minProvisionedTPS=2)
    lab.wait(60)
    for operation, member in (
        ("ListDatasetGroups", "datasetGroups"),
        ("ListSchemas", "schemas"),
        ("ListDatasets", "datasets"),
        ("ListDatasetImportJobs", "datasetImportJobs"),
        ("ListEventTrackers", "eventTrackers"),
        ("ListFilters", "Filters"),
        ("ListSolutions", "solutions"),
        ("ListSolutionVersions", "solutionVersions"),
        ("ListCampaigns", "campaigns"),
        ("ListRecipes", "recipes"),
    ):
        entry = check(lab, "personalize", operation)[member][0]
        kind = operation.removeprefix("List").removesuffix("s")
        arn_member = kind[0].lower() + kind[1:] + "Arn"
        check(lab, "personalize", f"Describe{kind}", **{arn_member: entry[arn_member]})
    version = lab.control("ListSolutionVersions")["solutionVersions"][0]["solutionVersionArn"]
    check(lab, "personalize", "GetSolutionMetrics", solutionVersionArn=version)
    check(lab, "personalize", "DescribeAlgorithm", algorithmArn="arn:aws:personalize:::algorithm/aws-sims")
    feature = "arn:aws:personalize:::feature-transformation/sims"
    check(lab, "personalize", "DescribeFeatureTransformation", featureTransformationArn=feature)
    check(lab, "personalize", "TagResource", resourceArn=group, tags=[{"tagKey": "a", "tagValue": "b"}])
    check(lab, "personalize", "ListTagsForResource", resourceArn=group)
    check(lab, "personalize", "UntagResource", resourceArn=group, tagKeys=["a"])
    check(lab, "personalize", "DeleteFilter", filterArn=unseen)


def test_answers_of_the_runtime_fit_their_shapes(lab: Lab) -> None:
    lab.serving()
    params = {"campaignArn": HOME, "userId": "u01", "metadataColumns": {"ITEMS": ["GENRE"]}}
    check(lab, "personalize-runtime", "GetRecommendations", **params)


def test_answers_of_ranking_and_events_fit_their_shapes(lab: Lab) -> None:
    group, _ = lab.serving("aws-personalized-ranking-v2")
    check(lab, "personalize-runtime", "GetPersonalizedRanking", campaignArn=HOME, userId="u01", inputList=["i00", "x"])
    event = {"eventType": "view", "sentAt": 1, "itemId": "i00"}
    tracking_id = lab.tracker(group)
    check(lab, "personalize-events", "PutEvents", trackingId=tracking_id, sessionId="s", eventList=[event])
    dataset = "arn:aws:personalize:us-east-1:123456789012:dataset/shop/ITEMS"
    check(lab, "personalize-events", "PutItems", datasetArn=dataset, items=[{"itemId": "i"}])
