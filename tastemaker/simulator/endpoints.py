"""What a runtime request addresses: a campaign or a recommender."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.facts.use_cases import UseCase, find_use_case
from tastemaker.simulator.records import Campaign, Recommender
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.world import World

_METADATA = "enableMetadataWithRecommendations"


@dataclass(frozen=True)
class Endpoint:
    """An ACTIVE campaign or recommender with its model.

    Attributes:
        label: kind and ARN, for messages.
        returns_metadata: the request may ask for metadataColumns.
        use_case: of a recommender; None for a campaign.
    """

    arn: str
    label: str
    version: ServedVersion
    returns_metadata: bool
    use_case: UseCase | None


def find_endpoint(world: World, params: dict[str, Any]) -> Endpoint:
    """The endpoint that the request names.

    Raises:
        RefusalError: InvalidInputException unless exactly one is named and it is ACTIVE, or ResourceNotFoundException.
    """
    if ("campaignArn" in params) == ("recommenderArn" in params):
        raise invalid_input("Give either campaignArn or recommenderArn.")
    if "recommenderArn" in params:
        return _recommender(world, params["recommenderArn"])
    return _campaign(world, params["campaignArn"])


def _campaign(world: World, arn: str) -> Endpoint:
    record = world.store.get(Campaign, arn)
    _require_active(f"Campaign {arn}", record.status)
    version = world.trained[record.solution_version_arn]
    enabled = bool(record.campaign_config.get(_METADATA, False)) or version.recipe.v2_pricing
    return Endpoint(arn, f"Campaign {arn}", version, enabled, None)


def _recommender(world: World, arn: str) -> Endpoint:
    record = world.store.get(Recommender, arn)
    _require_active(f"Recommender {arn}", record.status)
    enabled = bool(record.recommender_config.get(_METADATA, False))
    return Endpoint(arn, f"Recommender {arn}", world.trained[arn], enabled, find_use_case(record.recipe_arn))


def _require_active(label: str, status: str) -> None:
    if status != statuses.ACTIVE:
        raise invalid_input(f"{label} must be ACTIVE and is {status}.")
