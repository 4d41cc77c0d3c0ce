"""What experiments and side tables add to routes and functions."""

from __future__ import annotations

from tastemaker.model.project import Project
from tastemaker.plan.functions import build_functions
from tastemaker.plan.routes import build_routes
from tests.support.route_shop import ALL_ENDPOINTS, CAMPAIGN_ARN, NAMES, SIMILAR_ARN, functions_of, routes_of, shop_of

TRIAL = {
    "home": {
        "route": "recommendations",
        "variants": {"own": {"campaign": "for-you", "weight": 3}, "plain": {"items": ["i1"]}},
    },
    "beside": {
        "route": "related",
        "mode": "interleave",
        "salt": "again",
        "variants": {"own": {"campaign": "similar"}, "new": {"recommender": "newer"}},
    },
}
TABLE_ARN = "arn:${Partition}:dynamodb:${Region}:${AccountId}:table/shop-dev-experiments"


def _with_trial() -> Project:
    return Project.model_validate({**shop_of(ALL_ENDPOINTS).model_dump(by_alias=True), "experiments": TRIAL})


def test_a_route_knows_its_experiment_and_events_know_all() -> None:
    settings = {route.key: route.settings for route in build_routes(_with_trial(), NAMES)}
    assert settings["GET /users/{userId}/recommendations"]["experiment"] == {
        "name": "home",
        "salt": "home",
        "mode": "split",
        "table": "shop-dev-experiments",
        "variants": [
            {"name": "own", "weight": 3, "owner": {"campaignArn": CAMPAIGN_ARN}},
            {"name": "plain", "weight": 1, "items": ["i1"]},
        ],
    }
    assert settings["POST /events"]["experiments"] == {
        "home": {"salt": "home", "table": "shop-dev-experiments", "variants": ["own", "plain"]},
        "beside": {"salt": "again", "table": "shop-dev-experiments", "variants": ["own", "new"]},
    }


def test_a_function_may_ask_its_variants_and_write_its_records() -> None:
    project = _with_trial()
    actions = {one.name: one.actions for one in build_functions(project, NAMES, build_routes(project, NAMES))}
    assert actions["related"] == {
        "personalize:GetRecommendations": (
            SIMILAR_ARN,
            "arn:${Partition}:personalize:${Region}:${AccountId}:recommender/shop-dev-newer",
        ),
        "dynamodb:UpdateItem": (TABLE_ARN,),
    }
    assert actions["track"]["dynamodb:BatchWriteItem"] == (TABLE_ARN,)


def test_where_no_path_names_a_user_the_query_may_name_a_session() -> None:
    parameters = {
        route.operation_id: [one.name for one in route.parameters] for route in build_routes(_with_trial(), NAMES)
    }
    assert "sessionId" in parameters["getRelatedItems"]
    assert "sessionId" not in parameters["getRecommendations"]


def test_without_experiments_nothing_is_asked_or_granted() -> None:
    assert all("experiment" not in route.settings for route in routes_of(ALL_ENDPOINTS))
    assert all("dynamodb" not in action for one in functions_of(ALL_ENDPOINTS) for action in one.actions)


def test_a_side_table_is_read_by_the_functions_of_its_routes_alone() -> None:
    side = {"table": "catalogue", "key": "id", "attributes": ["title", "price"]}
    endpoints = {**ALL_ENDPOINTS, "related": {"campaign": "similar", "metadata": side}}
    settings = {route.key: route.settings for route in routes_of(endpoints)}
    assert settings["GET /items/{itemId}/related"]["sideTable"] == side
    assert settings["GET /items/{itemId}/related"]["maxResults"] == 500
    actions = {one.name: one.actions for one in functions_of(endpoints)}
    arn = "arn:${Partition}:dynamodb:${Region}:${AccountId}:table/catalogue"
    assert actions["related"]["dynamodb:BatchGetItem"] == (arn,)
    assert "dynamodb:BatchGetItem" not in actions["recommend"]
