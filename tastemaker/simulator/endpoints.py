"""What a runtime request addresses: a campaign or a recommender."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.facts.use_cases import UseCase, find_use_case
from tastemaker.simulator.exploration import EXPLORATION_CONFIG, read_exploration
from tastemaker.simulator.ranking_influence import RANKING_INFLUENCE
from tastemaker.simulator.records import Campaign, Recommender
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.exploration import ExplorationSettings
    from tastemaker.simulator.serving import ServedVersion
    from tastemaker.simulator.world import World

_METADATA = "enableMetadataWithRecommendations"


@dataclass(frozen=True)
class Endpoint:
    """An ACTIVE campaign or recommender with its model.

    Attributes:
        label: kind and ARN, for messages.
        returns_metadata: the request may ask for metadataColumns.
        exploration: how new items are mixed in; None where the recipe does not, or manages it by itself.
        influence: `rankingInfluence` of a campaign; empty for none.
        use_case: of a recommender; None for a campaign.
    """

    arn: str
    label: str
    version: ServedVersion
    returns_metadata: bool
    use_case: UseCase | None
    exploration: ExplorationSettings | None = None
    influence: Mapping[str, float] = field(default_factory=dict)


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
    automatic = version.recipe.v2_pricing or version.recipe.incremental_update  # reference §5.4
    enabled = automatic or bool(record.campaign_config.get(_METADATA, False))
    exploration = exploration_of(version, record.campaign_config)
    influence = record.campaign_config.get(RANKING_INFLUENCE, {})
    return Endpoint(arn, f"Campaign {arn}", version, enabled, None, exploration, influence)


def _recommender(world: World, arn: str) -> Endpoint:
    record = world.store.get(Recommender, arn)
    _require_active(f"Recommender {arn}", record.status)
    version, enabled = world.trained[arn], bool(record.recommender_config.get(_METADATA, False))
    exploration = exploration_of(version, record.recommender_config)
    return Endpoint(arn, f"Recommender {arn}", version, enabled, find_use_case(record.recipe_arn), exploration)


def exploration_of(version: ServedVersion, config: Mapping[str, Any]) -> ExplorationSettings | None:
    """How a campaign, recommender or batch job with this configuration explores; None where it has no say in it."""
    if version.novelty is None or version.recipe.v2_pricing:
        return None
    return read_exploration(config.get(EXPLORATION_CONFIG))


def _require_active(label: str, status: str) -> None:
    if status != statuses.ACTIVE:
        raise invalid_input(f"{label} must be ACTIVE and is {status}.")
