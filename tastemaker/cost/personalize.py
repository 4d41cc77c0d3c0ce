"""What Amazon Personalize bills for a plan. Source: reference §10."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tastemaker.cost.idle import price_recommender_hour
from tastemaker.cost.lines import CostLine
from tastemaker.cost.traffic import BYTES_PER_EVENT
from tastemaker.facts.prices import GIGABYTE, RECOMMENDER_BLOCK_USERS, estimate_training_hours, price_tiered
from tastemaker.facts.recipes import RECIPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.cost.traffic import Traffic
    from tastemaker.facts.prices import Prices
    from tastemaker.facts.recipes import RecipeFacts
    from tastemaker.plan.specs import Plan

SERVICE = "Amazon Personalize"
_DAY_SECONDS, _DAY_HOURS = 86_400, 24
_DAYS_BETWEEN_AUTOMATIC_TRAININGS = 7


def price_campaigns(plan: Plan, traffic: Traffic, prices: Prices) -> Iterator[CostLine]:
    """Every campaign is billed for its minimum, or for its requests where they are more."""
    recipes = _find_recipes(plan)
    found = []
    for solution, job in _find_campaigns(plan):
        floor = job["Campaign"]["MinProvisionedTPS"] * traffic.days * _DAY_SECONDS
        asked = _count_requests(plan, traffic, job["CampaignArn"])
        found.append((job["Key"], recipes[solution], floor, max(floor, asked)))
    v1_total = sum(billed for _, recipe, _, billed in found if not recipe.v2_pricing)
    v1_usd = price_tiered(v1_total, prices.v1_request_tiers)
    for key, recipe, floor, billed in found:
        per_request = prices.v2_per_1000_requests / 1000 if recipe.v2_pricing else v1_usd / v1_total
        yield CostLine(
            SERVICE,
            f"campaign {key} ({recipe.name})",
            f"{billed:,.0f} requests, {'its minimum' if billed == floor else 'as asked'}",
            billed * per_request,
            floor * per_request,
            f"recommendations ({'v2' if recipe.v2_pricing else 'other'} recipes)",
        )


def price_trainings(plan: Plan, traffic: Traffic, prices: Prices, *, automatic: bool = True) -> Iterator[CostLine]:
    """Trainings of the schedules, and automatic ones; the first one, of the deployment, is not part of a month."""
    for solution in plan.maintenance["FULL"]["Solutions"]:
        name = solution["SolutionName"]
        recipe = _find_recipes(plan)[name]
        count = _count_scheduled(plan, traffic, name) + (_count_automatic(plan, traffic, name) if automatic else 0)
        if recipe.v2_pricing:
            each = traffic.interactions / 1000 * prices.v2_training_per_1000_interactions
            quantity = f"{count:.2f} x {traffic.interactions:,} interactions"
        else:
            hours = estimate_training_hours(traffic.interactions)
            each, quantity = hours * prices.v1_training_per_hour, f"{count:.2f} x {hours:.1f} billed hours, roughly"
        meter = f"training ({'v2' if recipe.v2_pricing else 'other'} recipes)"
        yield CostLine(SERVICE, f"training {name} ({recipe.name})", quantity, count * each, count * each, meter)


def price_recommenders(plan: Plan, traffic: Traffic, prices: Prices) -> Iterator[CostLine]:
    """By the hour and the number of users; the larger of minimum and requests beyond the included ones costs extra."""
    blocks = max(math.ceil(traffic.users / RECOMMENDER_BLOCK_USERS), 1)
    hours = traffic.days * _DAY_HOURS
    for recommender in plan.resources.get("Recommenders", ()):
        create = recommender["Create"]
        config = create.get("RecommenderConfig", {})
        floor = config.get("MinRecommendationRequestsPerSecond", 1) * 3_600
        asked = _count_requests(plan, traffic, recommender["Arn"]) / hours
        idle, used = (hours * price_recommender_hour(rate, blocks, prices) for rate in (floor, max(floor, asked)))
        what = f"recommender {create['Name']}"
        quantity = f"{hours:.0f} hours, {blocks} x 100,000 users"
        yield CostLine(SERVICE, what, quantity, used, idle, "recommenders")


def price_ingestion(plan: Plan, traffic: Traffic, prices: Prices) -> CostLine:
    """Full imports, and events; incremental imports hold what the events do not, which nobody declares."""
    imports = traffic.runs.get("full", 0) * traffic.import_bytes
    streams = any(route.path == "/events" for route in plan.routes)
    events = traffic.events_per_day * traffic.days * BYTES_PER_EVENT if streams else 0
    gigabytes = (imports + events) / GIGABYTE
    usd = gigabytes * prices.ingestion_per_gb
    return CostLine(SERVICE, "data ingestion", f"{gigabytes:.3f} GB", usd, 0.0, "data ingestion")


def price_batches(plan: Plan, traffic: Traffic, prices: Prices) -> Iterator[CostLine]:
    """Lines of inference jobs; what segments and themes cost is not known."""
    recipes = _find_recipes(plan)
    after_full = [(job, traffic.runs.get("full", 0)) for job in plan.maintenance["FULL"]["Batch"]["Jobs"]]
    own = [
        (job, traffic.runs.get(schedule.name, 0))
        for schedule in plan.schedules
        if schedule.machine == "batch"
        for job in schedule.input["Jobs"]
    ]
    for job, runs in (*after_full, *own):
        solution = next(name for name in recipes if job["SolutionArn"] == _find_solution_arn(plan, name))
        lines = runs * traffic.batch_lines
        v2 = recipes[solution].v2_pricing
        what = f"batch {job['Name']} ({recipes[solution].name})"
        if job["Kind"] != "INFERENCE":
            yield CostLine(SERVICE, what, f"{runs:.1f} runs; the price of {job['Kind'].lower()} is not known", 0.0)
            continue
        usd = lines / 1000 * prices.v2_per_1000_requests if v2 else price_tiered(lines, prices.v1_batch_tiers)
        meter = f"batch recommendations ({'v2' if v2 else 'other'} recipes)"
        yield CostLine(SERVICE, what, f"{lines:,.0f} lines", usd, usd, meter)


def _find_recipes(plan: Plan) -> dict[str, RecipeFacts]:
    """Solution's key to its recipe."""
    created = {one["Arn"]: one["Create"]["RecipeArn"] for one in plan.resources["Solutions"]}
    return {
        one["SolutionName"]: RECIPES[created[one["Train"]["SolutionArn"]].rpartition("/")[2]]
        for one in plan.maintenance["FULL"]["Solutions"]
    }


def _find_solution_arn(plan: Plan, name: str) -> str:
    solutions = plan.maintenance["FULL"]["Solutions"]
    return str(next(one["Train"]["SolutionArn"] for one in solutions if one["SolutionName"] == name))


def _find_campaigns(plan: Plan) -> list[tuple[str, dict[str, Any]]]:
    """Solution's key and release job of every campaign."""
    solutions = plan.maintenance["FULL"]["Solutions"]
    return [(solution["SolutionName"], job) for solution in solutions for job in solution["Campaigns"]]


def _count_requests(plan: Plan, traffic: Traffic, owner_arn: str) -> float:
    """Requests of the month through every route that asks this campaign or recommender."""
    asking = [route for route in plan.routes if owner_arn in route.settings.get("owner", {}).values()]
    return traffic.days * sum(traffic.requests_per_day.get(route.key, 0) for route in asking)


def _count_scheduled(plan: Plan, traffic: Traffic, name: str) -> float:
    count = 0.0
    for mode, schedule in (("FULL", "full"), ("INCREMENTAL", "incremental")):
        solution = next(one for one in plan.maintenance[mode]["Solutions"] if one["SolutionName"] == name)
        count += traffic.runs.get(schedule, 0) * (solution["Action"] == "TRAIN")
    return count


def _count_automatic(plan: Plan, traffic: Traffic, name: str) -> float:
    create = next(one for one in plan.resources["Solutions"] if one["Arn"] == _find_solution_arn(plan, name))["Create"]
    if not create.get("PerformAutoTraining", True):
        return 0
    config = create.get("SolutionConfig", {}).get("AutoTrainingConfig", {})
    rate = str(config.get("SchedulingExpression", f"rate({_DAYS_BETWEEN_AUTOMATIC_TRAININGS} days)"))
    return traffic.days / int("".join(filter(str.isdigit, rate)))
