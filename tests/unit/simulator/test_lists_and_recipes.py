from __future__ import annotations

import pytest

from tests.support.simulator import Lab, refused


def names(answer: dict[str, object], member: str = "datasetGroups") -> list[str]:
    entries = answer[member]
    assert isinstance(entries, list)
    return [entry["name"] for entry in entries]


def test_lists_are_in_the_order_of_creation(lab: Lab) -> None:
    for name in ("c", "a", "b"):
        lab.group(name)
    assert names(lab.control("ListDatasetGroups")) == ["c", "a", "b"]


def test_pages_of_one_give_everything_once(lab: Lab) -> None:
    for name in ("c", "a", "b"):
        lab.group(name)
    first = lab.control("ListDatasetGroups", maxResults=1)
    second = lab.control("ListDatasetGroups", maxResults=1, nextToken=first["nextToken"])
    third = lab.control("ListDatasetGroups", maxResults=1, nextToken=second["nextToken"])
    assert names(first) + names(second) + names(third) == ["c", "a", "b"]
    assert "nextToken" not in third


def test_a_page_goes_on_where_it_was_although_something_was_deleted(lab: Lab) -> None:
    arns = [lab.group(name) for name in ("a", "b", "c")]
    first = lab.control("ListDatasetGroups", maxResults=2)
    lab.control("DeleteDatasetGroup", datasetGroupArn=arns[0])
    lab.wait()
    assert names(lab.control("ListDatasetGroups", nextToken=first["nextToken"])) == ["c"]


@pytest.mark.parametrize("most", [0, 101])
def test_a_page_has_1_to_100_entries(lab: Lab, most: int) -> None:
    with refused("InvalidInputException", f"Value '{most}' at 'maxResults'"):
        lab.control("ListDatasetGroups", maxResults=most)


def test_a_foreign_token_is_refused(lab: Lab) -> None:
    for name in ("a", "b"):
        lab.group(name)
    token = lab.control("ListDatasetGroups", maxResults=1)["nextToken"]
    message = "The nextToken is not valid for this list; start again without it."
    with refused("InvalidNextTokenException", message):
        lab.control("ListSchemas", nextToken=token)
    with refused("InvalidNextTokenException", message):
        lab.control("ListDatasetGroups", nextToken="nonsense")
    first = lab.control("ListSolutions", maxResults=1)
    assert first == {"solutions": []}


def test_children_are_listed_by_parent(lab: Lab) -> None:
    group, other = lab.group("a"), lab.group("b")
    lab.dataset(group)
    assert names(lab.control("ListDatasets", datasetGroupArn=group), "datasets") == ["interactions"]
    assert names(lab.control("ListDatasets", datasetGroupArn=other), "datasets") == []


def test_twelve_recipes_and_ten_use_cases_are_offered_and_the_withdrawn_ones_are_not(lab: Lab) -> None:
    listed = names(lab.control("ListRecipes", recipeProvider="SERVICE"), "recipes")
    assert len(listed) == 22
    assert listed[0] == "aws-user-personalization-v2"
    assert "aws-hrnn" not in listed


def test_a_recipe_is_described(lab: Lab) -> None:
    recipe = lab.control("DescribeRecipe", recipeArn="arn:aws:personalize:::recipe/aws-sims")["recipe"]
    assert recipe["recipeType"] == "RELATED_ITEMS"
    assert recipe["algorithmArn"] == "arn:aws:personalize:::algorithm/aws-sims"
    assert recipe["featureTransformationArn"] == "arn:aws:personalize:::feature-transformation/sims"


def test_a_recipe_without_a_documented_feature_transformation_shows_none(lab: Lab) -> None:
    recipe = lab.control("DescribeRecipe", recipeArn="arn:aws:personalize:::recipe/aws-similar-items")["recipe"]
    assert "featureTransformationArn" not in recipe


def test_an_algorithm_shows_its_default_hyperparameters(lab: Lab) -> None:
    arn = "arn:aws:personalize:::algorithm/aws-sims"
    algorithm = lab.control("DescribeAlgorithm", algorithmArn=arn)["algorithm"]
    assert algorithm["defaultHyperParameters"] == {"popularity_discount_factor": "0.5", "min_cointeraction_count": "3"}


def test_a_feature_transformation_is_described(lab: Lab) -> None:
    arn = "arn:aws:personalize:::feature-transformation/sims"
    answer = lab.control("DescribeFeatureTransformation", featureTransformationArn=arn)
    assert answer["featureTransformation"]["name"] == "sims"


@pytest.mark.parametrize(
    ("operation", "member", "kind"),
    [
        ("DescribeRecipe", "recipeArn", "recipe"),
        ("DescribeAlgorithm", "algorithmArn", "algorithm"),
        ("DescribeFeatureTransformation", "featureTransformationArn", "feature-transformation"),
    ],
)
def test_what_the_service_does_not_have_is_not_found(lab: Lab, operation: str, member: str, kind: str) -> None:
    arn = f"arn:aws:personalize:::{kind}/absent"
    with refused("ResourceNotFoundException", f"Resource not found: {arn}"):
        lab.control(operation, **{member: arn})


def test_the_recipes_of_a_domain_are_its_use_cases(lab: Lab) -> None:
    assert names(lab.control("ListRecipes", domain="VIDEO_ON_DEMAND"), "recipes") == [
        "aws-vod-because-you-watched-x",
        "aws-vod-more-like-x",
        "aws-vod-most-popular",
        "aws-vod-trending-now",
        "aws-vod-top-picks",
    ]
    entry = lab.control("ListRecipes", domain="ECOMMERCE")["recipes"][0]
    assert entry["domain"] == "ECOMMERCE"


def test_the_recipe_of_a_use_case_is_described_and_is_not_for_solutions(lab: Lab) -> None:
    arn = "arn:aws:personalize:::recipe/aws-vod-most-popular"
    recipe = lab.control("DescribeRecipe", recipeArn=arn)["recipe"]
    assert (recipe["name"], recipe["recipeType"]) == ("aws-vod-most-popular", "POPULAR_ITEMS")
    with refused("InvalidInputException", f"Recipe {arn} is for recommenders; custom solutions take another one."):
        lab.control("CreateSolution", name="s", datasetGroupArn=lab.group(), recipeArn=arn)
