"""Campaigns: a solution version that answers requests, and its replacement while the old one keeps serving."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tastemaker.facts import statuses
from tastemaker.facts.recipes import RecipeFacts, RecipeType, find_recipe
from tastemaker.simulator import auto_update, catalogue_refresh, lifecycle
from tastemaker.simulator.control.tags import read_tags
from tastemaker.simulator.exploration import check_exploration
from tastemaker.simulator.filter_memory import deployed_versions, warm
from tastemaker.simulator.pagination import page
from tastemaker.simulator.ranking_influence import check_influence
from tastemaker.simulator.records import Campaign, CampaignUpdate, Solution, SolutionVersion
from tastemaker.simulator.refusals import in_use, invalid_input, too_many_active
from tastemaker.simulator.scheduler import Work
from tastemaker.simulator.shapes import as_wire

if TYPE_CHECKING:
    from tastemaker.simulator.lifecycle import Handler, Step
    from tastemaker.simulator.scheduler import Transition
    from tastemaker.simulator.world import World

_LATEST = "/$LATEST"
_SYNC = "syncWithLatestSolutionVersion"


def create_campaign(world: World, params: dict[str, Any]) -> dict[str, Any]:
    config = params.get("campaignConfig", {})
    _check_config(config, params["solutionVersionArn"])
    version = _resolve(world, params["solutionVersionArn"])
    check_exploration(_facts(version), "campaignConfig", config)
    check_influence(_facts(version), "campaignConfig", config)
    record = Campaign(
        **lifecycle.base(world, world.arn(f"campaign/{params['name']}"), params["name"]),
        solution_version_arn=version.arn,
        min_provisioned_tps=params.get("minProvisionedTPS", 1),
        campaign_config=config,
    )
    world.store.refuse_known(record.arn)
    _check_version(world, version)
    siblings = world.store.select(
        Campaign, lambda other: _group(world, other.solution_version_arn) == version.dataset_group_arn
    )
    if len(siblings) >= world.quotas.campaigns_per_group:
        raise too_many_active(world.quotas.campaigns_per_group)
    lifecycle.begin_creation(world, record, world.durations.campaign_seconds, read_tags(params), step="campaign active")
    return {"campaignArn": record.arn}


def _check_config(config: dict[str, Any], version_arn: str) -> None:
    if config.get(_SYNC) and not version_arn.endswith(_LATEST):
        raise invalid_input(f"{_SYNC} needs a solutionVersionArn that ends with {_LATEST}.")


def _resolve(world: World, version_arn: str) -> SolutionVersion:
    """The version itself, or the newest ACTIVE one for `$LATEST`."""
    if not version_arn.endswith(_LATEST):
        return world.store.get(SolutionVersion, version_arn)
    solution = world.store.get(Solution, version_arn.removesuffix(_LATEST))
    latest = _latest_version(world, solution.arn)
    if latest is None:
        raise in_use(f"{solution.arn} has no ACTIVE solution version yet.")
    return latest


def _latest_version(world: World, solution_arn: str) -> SolutionVersion | None:
    ready = world.store.select(
        SolutionVersion,
        lambda version: version.solution_arn == solution_arn and version.status == statuses.ACTIVE,
    )
    return ready[-1] if ready else None


def _check_version(world: World, version: SolutionVersion) -> None:
    if version.status in {statuses.CREATE_FAILED, statuses.CREATE_STOPPED}:
        raise invalid_input(f"{version.arn} is {version.status} and cannot be deployed.")
    lifecycle.require_active(version)
    lifecycle.require_active(world.store.get(Solution, version.solution_arn))
    if _facts(version).type is RecipeType.USER_SEGMENTATION:
        raise invalid_input(f"Recipe {version.recipe_arn} is for batch segment jobs; it cannot be deployed.")


def _facts(version: SolutionVersion) -> RecipeFacts:
    recipe = find_recipe(version.recipe_arn)
    if recipe is None:
        raise invalid_input(f"Unknown recipe {version.recipe_arn}.")
    return recipe


def _group(world: World, version_arn: str) -> str:
    return world.store.get(SolutionVersion, version_arn).dataset_group_arn


def describe_campaign(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return {"campaign": as_wire(world.store.get(Campaign, params["campaignArn"]), "Campaign")}


def list_campaigns(world: World, params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("solutionArn")
    records = world.store.select(Campaign, lambda record: wanted in {None, record.solution_arn})
    return page(records, params, "campaigns", lambda record: as_wire(record, "CampaignSummary"))


def update_campaign(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The old values keep serving; `latestCampaignUpdate` shows the new ones until they take over."""
    record = world.store.get(Campaign, params["campaignArn"])
    config = params.get("campaignConfig", record.campaign_config)
    wanted = params.get("solutionVersionArn")
    if wanted is not None:
        _check_config(config, wanted)
    elif "campaignConfig" in params:
        _check_config(config, record.solution_version_arn)
    version = _resolve(world, wanted if wanted is not None else record.solution_version_arn)
    if record.status not in {statuses.ACTIVE, statuses.CREATE_FAILED} or _is_updating(record):
        raise in_use(f"{record.arn} is being created, updated or deleted.")
    check_exploration(_facts(version), "campaignConfig", config)
    check_influence(_facts(version), "campaignConfig", config)
    _check_version(world, version)
    tps = params.get("minProvisionedTPS", record.min_provisioned_tps)
    _begin_update(world, record, version.arn, tps, config, world.now())
    return {"campaignArn": record.arn}


def _begin_update(
    world: World, record: Campaign, version_arn: str, tps: int, config: dict[str, Any], at: float
) -> None:
    update = CampaignUpdate(
        solution_version_arn=version_arn,
        min_provisioned_tps=tps,
        campaign_config=config,
        status=statuses.CREATE_PENDING,
        creation_date_time=at,
        last_updated_date_time=at,
    )
    world.store.replace(replace(record, latest_campaign_update=update))
    seconds = world.durations.campaign_seconds
    lifecycle.schedule(
        world, record, at + min(world.durations.pending_seconds, seconds / 2), "campaign update progress"
    )
    lifecycle.schedule(world, record, at + seconds, "campaign updated")


def _is_updating(record: Campaign) -> bool:
    update = record.latest_campaign_update
    return update is not None and update.status in statuses.UNDER_WAY


def sync_campaigns(world: World, solution_arn: str, at: float) -> None:
    """Redeploy the solution's campaigns that follow `$LATEST`; one that is being updated is looked at again after."""
    latest = _latest_version(world, solution_arn)
    if latest is None:
        return
    for campaign in world.store.select(Campaign, lambda record: record.solution_arn == solution_arn):
        follows = campaign.campaign_config.get(_SYNC) and campaign.status == statuses.ACTIVE
        if follows and not _is_updating(campaign) and campaign.solution_version_arn != latest.arn:
            _begin_update(world, campaign, latest.arn, campaign.min_provisioned_tps, campaign.campaign_config, at)


def delete_campaign(world: World, params: dict[str, Any]) -> dict[str, Any]:
    record = world.store.get(Campaign, params["campaignArn"])
    if _is_updating(record):
        raise in_use(f"{record.arn} is being updated.")
    lifecycle.begin_deletion(world, record)
    world.meter.close_campaign(record.arn, world.now())
    return {}


def campaign_active(world: World, transition: Transition) -> Work | None:
    lifecycle.activate(world, transition)
    record = lifecycle.current(world, transition, Campaign)
    return _now_serving(world, record, transition.due) if record is not None else None


def campaign_update_progress(world: World, transition: Transition) -> None:
    record = lifecycle.current(world, transition, Campaign)
    if record is not None and record.latest_campaign_update is not None:
        update = replace(
            record.latest_campaign_update,
            status=statuses.CREATE_IN_PROGRESS,
            last_updated_date_time=transition.due,
        )
        world.store.replace(replace(record, latest_campaign_update=update))


def campaign_updated(world: World, transition: Transition) -> Work | None:
    record = lifecycle.current(world, transition, Campaign)
    update = record.latest_campaign_update if record is not None else None
    if record is None or update is None:
        return None
    record = replace(
        record,
        status=statuses.ACTIVE,
        solution_version_arn=update.solution_version_arn,
        min_provisioned_tps=update.min_provisioned_tps,
        campaign_config=update.campaign_config,
        last_updated_date_time=transition.due,
        latest_campaign_update=replace(update, status=statuses.ACTIVE, last_updated_date_time=transition.due),
    )
    world.store.replace(record)
    return _now_serving(world, record, transition.due)


def _now_serving(world: World, record: Campaign, at: float) -> Work | None:
    version = world.store.get(SolutionVersion, record.solution_version_arn)
    world.meter.open_campaign(record.arn, record.min_provisioned_tps, at, v2=_facts(version).v2_pricing)
    auto_update.notice(world, version.dataset_group_arn, at)
    catalogue_refresh.notice(world, version.dataset_group_arn, at)
    sync_campaigns(world, record.solution_arn, at)
    versions = [served for served in deployed_versions(world, version.dataset_group_arn) if served.arn == version.arn]
    return Work(lambda: warm(world, versions, at), lambda _: None) if versions else None


HANDLERS: dict[str, Handler] = {
    "CreateCampaign": create_campaign,
    "DescribeCampaign": describe_campaign,
    "ListCampaigns": list_campaigns,
    "UpdateCampaign": update_campaign,
    "DeleteCampaign": delete_campaign,
}
STEPS: dict[str, Step] = {
    "campaign active": campaign_active,
    "campaign update progress": campaign_update_progress,
    "campaign updated": campaign_updated,
}
