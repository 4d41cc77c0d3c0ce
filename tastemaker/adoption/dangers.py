"""What costs money or breaks without anybody noticing; the same for accounts and for other tools' files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.prices import PRICES, price_tiered
from tastemaker.facts.recipes import find_recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.adoption.inventory import Inventory, Resource
    from tastemaker.errors import Finding

_MONTH_SECONDS = 30 * 86_400
_REALTIME_HINT = "Declare eventTracker, and send events to its tracking id."


def find_dangers(inventory: Inventory) -> Iterator[Finding]:
    """Warnings, in the order of the project file's sections."""
    if "kmsKeyArn" not in inventory.group.members:
        message = f"dataset group {inventory.group.name} is encrypted with a key of AWS's own, not with yours"
        hint = "That cannot be changed; a new dataset group can have datasetGroup.customerManagedKey: true."
        yield inventory.group.place.find("no-kms-key", message, hint, severity="warning")
    yield from _check_events(inventory)
    for solution in inventory.solutions:
        yield from _check_training(solution, live=inventory.live)
        yield from _check_search(solution)
    for campaign in inventory.campaigns:
        yield from _check_capacity(campaign, _find_recipe_arn(inventory, campaign))


def _check_events(inventory: Inventory) -> Iterator[Finding]:
    """A recipe that reacts to events gets none."""
    recipes = [find_recipe(str(one.members.get("recipeArn"))) for one in inventory.solutions]
    if inventory.event_tracker is None and any(recipe is not None and recipe.realtime for recipe in recipes):
        message = f"dataset group {inventory.group.name} has no event tracker, and its recipes react to live events"
        yield inventory.group.place.find("no-event-tracker", message, _REALTIME_HINT, severity="warning")


def _check_training(solution: Resource, *, live: bool) -> Iterator[Finding]:
    automatic = solution.members.get("performAutoTraining", None if not live else False)
    if automatic is False:
        return
    rhythm = _find_rhythm(solution)
    if automatic is None:
        message = f"solution {solution.name} does not set performAutoTraining: the service then trains it {rhythm}"
        place = solution.place
    else:
        message = f"solution {solution.name} is trained by the service {rhythm}"
        place = solution.place.at("performAutoTraining")
    hint = "Every training is billed. Set performAutoTraining: false where schedules train."
    yield place.find("auto-training", message, hint, severity="warning")


def _check_search(solution: Resource) -> Iterator[Finding]:
    """Values hardly move from one search to the next (reference, pitfall 32)."""
    if solution.members.get("performHPO") is True:
        message = f"solution {solution.name} searches for hyperparameters at every training, each try billed like one"
        hint = (
            "Search once: declare a new solution with what DescribeSolutionVersion calls tunedHPOParams, without HPO."
        )
        yield solution.find_member("performHPO", "hpo", message, hint, severity="warning")


def _find_rhythm(solution: Resource) -> str:
    config = solution.members.get("solutionConfig")
    auto = config.get("autoTrainingConfig") if isinstance(config, dict) else None
    expression = auto.get("schedulingExpression") if isinstance(auto, dict) else None
    return f"at {expression}" if expression else "every 7 days"


def _check_capacity(campaign: Resource, recipe_arn: str) -> Iterator[Finding]:
    tps = campaign.members.get("minProvisionedTPS")
    recipe = find_recipe(recipe_arn)
    if not isinstance(tps, int) or tps <= 1 or recipe is None:
        return
    usd = price_minimum(tps, v2=recipe.v2_pricing)
    message = f"campaign {campaign.name} is billed for {tps} requests a second, asked or not: about ${usd:,.0f} a month"
    hint = "Capacity follows the traffic by itself; minProvisionedTPS: 1, or `scaling`, costs less."
    yield campaign.find_member("minProvisionedTPS", "provisioned-tps", message, hint, severity="warning")


def price_minimum(tps: int, *, v2: bool) -> float:
    """US dollars of thirty days at a campaign's minimum."""
    requests = tps * _MONTH_SECONDS
    return requests / 1000 * PRICES.v2_per_1000_requests if v2 else price_tiered(requests, PRICES.v1_request_tiers)


def _find_recipe_arn(inventory: Inventory, campaign: Resource) -> str:
    solution = campaign.members.get("solution")
    return next((str(one.members.get("recipeArn")) for one in inventory.solutions if one.name == solution), "")
