"""The caller's items in the order that suits a user.

Reads: ROUTES, DEADLINE_MILLISECONDS
Calls: personalize:GetPersonalizedRanking, dynamodb:UpdateItem, dynamodb:BatchGetItem
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .shared.body import json_body, refuse_unknown
from .shared.checks import checked_id, id_problem, kind_of
from .shared.frame import serve
from .shared.http import path_parameter
from .shared.listing import find_listing
from .shared.problem import bad_parameter
from .shared.recommendations import chosen_parameters, list_answer
from .shared.settings import check_user, route_settings
from .shared.tiers import Ask, Found, Serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .shared.http import Answer
    from .shared.settings import Routes


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer POST /users/{userId}/ranking."""
    return serve(event, context, rank)


def rank(event: Mapping[str, Any], routes: Routes, serving: Serving) -> Answer:
    """Rank; where the service does not answer, the items come back in the caller's order, source `input-order`."""
    settings = route_settings(event, routes)
    user_id = checked_id(path_parameter(event, "userId"), "userId")
    check_user(event, settings, user_id)
    items = _checked_items(json_body(event), settings["maxResults"])
    parameters = {"userId": user_id, "inputList": list(items), **chosen_parameters(event, settings)}
    ask = Ask("get_personalized_ranking", "personalizedRanking", parameters, None)
    in_order = Found([{"itemId": item_id} for item_id in items], "input-order")
    listing = find_listing(event, settings, ask, serving, user_id, last_resort=in_order)
    # The service's own members win: an old score that the caller sent along is not the new one.
    ranked = [{**items[entry["itemId"]], **entry} for entry in listing.found.items]
    return list_answer(settings, ask, replace(listing.found, items=ranked), part=listing.part)


def _checked_items(body: dict[str, Any], max_items: int) -> dict[str, dict[str, Any]]:
    """Item id to the caller's object, in the caller's order; of equal ids the first."""
    refuse_unknown(body, ("items",))
    items = body.get("items")
    if not isinstance(items, list):
        raise bad_parameter(f"items must be an array, found {kind_of(items)}.")
    if not 1 <= len(items) <= max_items:
        raise bad_parameter(f"items must hold 1 to {max_items} items, found {len(items)}.")
    checked: dict[str, dict[str, Any]] = {}
    for place, item in enumerate(items):
        entry = item if isinstance(item, dict) else {"itemId": item}
        problem = id_problem(entry.get("itemId"), f"itemId of item {place}")
        if problem is not None:
            raise bad_parameter(problem)
        checked.setdefault(entry["itemId"], {name: entry[name] for name in entry if name != "score"})
    return checked
