"""How the bill of a month without requests changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.changes.records import Verb
from tastemaker.changes.wanted import describe
from tastemaker.cost.idle import price_idle_campaign, price_idle_recommender
from tastemaker.facts.recipes import find_recipe
from tastemaker.plan.machines.ensure_models import CAMPAIGN_KIND, RECOMMENDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.changes.reader import Reader
    from tastemaker.changes.wanted import Wanted

_CONTINUED = frozenset({Verb.UPDATE, Verb.CREATE, Verb.LATER})


class IdlePrices:
    """What campaigns and recommenders cost by existing.

    Args:
        solutions: ARN of a campaign of the project to that of its solution.
        recipes: ARN of a solution of the project to that of its recipe.
    """

    def __init__(self, solutions: Mapping[str, str], recipes: Mapping[str, str], reader: Reader) -> None:
        self._solutions, self._recipes, self._reader = solutions, recipes, reader

    def grow(self, wanted: Wanted, verb: Verb) -> float | None:
        """US dollars a month, once it is as the project wants it; None where it stays or cannot be told."""
        if verb not in _CONTINUED or wanted.kind not in {CAMPAIGN_KIND, RECOMMENDER}:
            return None
        kind = wanted.kind.what
        before = 0.0 if wanted.description is None else self._price(kind, wanted.arn, wanted.description)
        params = {**wanted.params}
        if wanted.entry.get("KeepTps") and wanted.description is not None:
            params |= {"minProvisionedTPS": wanted.description.get("minProvisionedTPS")}
            params |= {"recommenderConfig": wanted.description.get("recommenderConfig", {})}
        after = self._price(kind, wanted.arn, params)
        return None if before is None or after is None or before == after else after - before

    def price_undeclared(self, kind: str, arn: str) -> float | None:
        """US dollars a month of what the project does not declare; None where it costs nothing by existing."""
        if kind not in {CAMPAIGN_KIND.what, RECOMMENDER.what}:
            return None
        member = CAMPAIGN_KIND.member if kind == CAMPAIGN_KIND.what else RECOMMENDER.member
        description = describe(member, arn, self._reader)
        return None if description is None else self._price(kind, arn, description)

    def _price(self, kind: str, arn: str, params: Mapping[str, Any]) -> float | None:
        """At up to a hundred thousand users."""
        if kind == RECOMMENDER.what:
            return price_idle_recommender(params["recommenderConfig"].get("minRecommendationRequestsPerSecond", 1))
        recipe = find_recipe(self._find_recipe(arn, params))
        return None if recipe is None else price_idle_campaign(recipe, params["minProvisionedTPS"])

    def _find_recipe(self, arn: str, params: Mapping[str, Any]) -> str:
        solution = self._solutions.get(arn) or str(params["solutionVersionArn"]).rpartition("/")[0]
        if solution in self._recipes:
            return self._recipes[solution]
        described = describe("Solution", solution, self._reader) or {}
        return str(described.get("recipeArn", ""))
