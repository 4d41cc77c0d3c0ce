"""What a handler of this kind usually looks like: boto3, Powertools with its validating resolver, pydantic.

Only for comparison in `test_cold_start.py`; nothing else uses it.
"""

# Annotations are evaluated by pydantic, hence no `from __future__ import annotations`.

import os
from typing import Annotated, Any

import boto3
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BaseModel

logger = Logger(service="recommend")
tracer = Tracer(service="recommend")
app = APIGatewayRestResolver(enable_validation=True)
runtime = boto3.client("personalize-runtime")


class Item(BaseModel):
    itemId: str  # noqa: N815 - the API spells it so
    score: float | None = None


class Recommendations(BaseModel):
    recommendationId: str | None = None  # noqa: N815
    items: list[Item]


@app.get("/users/<user_id>/recommendations")
@tracer.capture_method
def recommend(
    user_id: Annotated[str, Path(min_length=1, max_length=256)],
    num_results: Annotated[int, Query(alias="numResults", ge=1, le=500)] = 25,
) -> Recommendations:
    found = runtime.get_recommendations(
        campaignArn=os.environ["CAMPAIGN_ARN"],
        filterArn=os.environ["FILTER_ARN"],
        userId=user_id,
        numResults=num_results,
    )
    items = [Item(itemId=item["itemId"], score=item.get("score")) for item in found["itemList"]]
    return Recommendations(recommendationId=found.get("recommendationId"), items=items)


@logger.inject_lambda_context
@tracer.capture_lambda_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)
