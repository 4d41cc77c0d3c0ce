"""Exploration: new items among the recommendations (reference §3.2, §3.3, §3.5).

How the service explores is not published. Here an item that is young enough gets a bonus that falls with its number of
interactions and ends at fifty, times a number between 0 and 1 that depends on the seed, the user and the item only.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.simulator.histories import catalogue_codes
from tastemaker.simulator.identifiers import digest
from tastemaker.simulator.recipes.base import top_k
from tastemaker.simulator.recipes.compiled import draw
from tastemaker.simulator.refusals import invalid_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from tastemaker.facts.recipes import RecipeFacts
    from tastemaker.simulator.recipes.base import (
        BoolArray,
        FloatArray,
        IntArray,
        InteractionTable,
        LongArray,
        MetadataTable,
    )

EXPLORATION_CONFIG: Final = "itemExplorationConfig"
EXPLORATION_REASON: Final = "Exploration"
_WEIGHT, _CUT_OFF = "explorationWeight", "explorationItemAgeCutOff"
_DAY_SECONDS = 86_400
_MANAGED_SHARE = 0.001
"""Share of new items in the results of user-personalization-v2 (personalization-apis cheat sheet)."""
_NEW_BELOW_EVENTS = 5
_EXPLORED_BELOW_EVENTS = 50
"""From here on the bonus would be too small to notice: at most 2 % of what an item without interactions gets."""


@dataclass(frozen=True)
class ExplorationSettings:
    """`itemExplorationConfig` with its defaults.

    Attributes:
        weight: 0 explores nothing; at 1 an average item without interactions may come as far as the best one.
        cut_off_days: age up to which an item is explored.
    """

    weight: float = 0.3
    cut_off_days: float = 30.0


@dataclass(frozen=True)
class Novelty:
    """What exploration knows of a catalogue, by item code.

    Attributes:
        born: CREATION_TIMESTAMP; without one the item's first interaction, else the newest one of all. Epoch seconds.
        events: interactions at the training, or at the update that brought the item.
        keys: of the item ids, uint32; what the noise is made from.
        newest: epoch seconds of the newest interaction: the age of items counts from there.
    """

    born: LongArray
    events: IntArray
    keys: npt.NDArray[np.uint32]
    newest: int

    def young(self, cut_off_days: float) -> BoolArray:
        """Items up to this age."""
        mask: BoolArray = self.newest - self.born <= cut_off_days * _DAY_SECONDS
        return mask


def read_exploration(config: Mapping[str, str] | None) -> ExplorationSettings:
    """The settings of an `itemExplorationConfig`; None or empty for the defaults.

    Raises:
        RefusalError: InvalidInputException naming the parameter.
    """
    config = config or {}
    for name in config:
        if name not in {_WEIGHT, _CUT_OFF}:
            raise invalid_input(f"itemExplorationConfig has no parameter '{name}'; use {_WEIGHT} or {_CUT_OFF}.")
    defaults = ExplorationSettings()
    weight = _number(config, _WEIGHT, defaults.weight)
    if not 0 <= weight <= 1:
        raise invalid_input(f"Parameter '{_WEIGHT}' must be a number from 0 to 1; it is '{config.get(_WEIGHT)}'.")
    cut_off = _number(config, _CUT_OFF, defaults.cut_off_days)
    if not 1 <= cut_off < np.inf:
        raise invalid_input(f"Parameter '{_CUT_OFF}' must be a number of days from 1; it is '{config.get(_CUT_OFF)}'.")
    return ExplorationSettings(weight, cut_off)


def check_exploration(recipe: RecipeFacts, owner: str, config: Mapping[str, Any]) -> None:
    """Check the `itemExplorationConfig` of a campaign, recommender or batch job.

    Args:
        owner: member of the request that `config` is, for messages.

    Raises:
        RefusalError: InvalidInputException naming the parameter.
        UnsupportedBySimulatorError: whether the service refuses or ignores it for this recipe is not documented.
    """
    given = config.get(EXPLORATION_CONFIG)
    if not given:
        return
    if recipe.v2_pricing or not recipe.auto_update:
        hint = f"Leave it out: {recipe.name} has no settings for exploration."
        raise UnsupportedBySimulatorError(f"{owner}.{EXPLORATION_CONFIG}", hint)
    read_exploration(given)


def _number(config: Mapping[str, str], name: str, default: float) -> float:
    if name not in config:
        return default
    try:
        return float(config[name])
    except ValueError:
        return float("nan")  # no range holds it


def build_novelty(table: InteractionTable, item_ids: npt.NDArray[np.object_], items: MetadataTable | None) -> Novelty:
    """What the training data says about the age of items."""
    newest = int(table.timestamp[-1]) if table.timestamp.size else 0
    codes = catalogue_codes(table.item_ids, item_ids)
    known = codes[table.item] if codes.size else np.empty(0, np.int32)
    first = np.full(item_ids.size, newest, np.int64)
    # rows are in the order of time, so the last assignment in reverse is the first event
    first[known[::-1][known[::-1] >= 0]] = table.timestamp[::-1][known[::-1] >= 0]
    events = np.bincount(known[known >= 0], minlength=item_ids.size).astype(np.int32)
    return Novelty(creation_times(first, item_ids, items), events, item_keys(item_ids), newest)


def creation_times(first: LongArray, item_ids: npt.NDArray[np.object_], items: MetadataTable | None) -> LongArray:
    """CREATION_TIMESTAMP where the Items dataset has one, else `first`."""
    column = items.columns.get("CREATION_TIMESTAMP") if items is not None else None
    born = first.copy()
    if items is None or column is None:
        return born
    values = np.asarray(column, np.float64)
    codes = catalogue_codes(items.ids, item_ids)
    given = np.isfinite(values) & (codes >= 0)
    born[codes[given]] = values[given].astype(np.int64)
    return born


def item_keys(item_ids: npt.NDArray[np.object_]) -> npt.NDArray[np.uint32]:
    return np.fromiter((zlib.crc32(str(each).encode()) for each in item_ids), np.uint32, item_ids.size)


def explore(
    scores: FloatArray, novelty: Novelty, settings: ExplorationSettings, seed: int, user_id: str | None
) -> FloatArray:
    """Scores with the bonus of young items; the same array where nothing is explored.

    The bonus is weight * noise / (1 + interactions) of the way from the average score to the best one.
    """
    few = novelty.events < _EXPLORED_BELOW_EVENTS
    codes = np.flatnonzero(few & novelty.young(settings.cut_off_days) & np.isfinite(scores))
    if settings.weight == 0 or not codes.size:
        return scores
    finite = scores[np.isfinite(scores)]
    distance = float(finite.max()) - float(finite.mean())
    share = noise(novelty.keys[codes], seed, user_id) / (1.0 + novelty.events[codes])
    explored = scores.copy()
    explored[codes] += (settings.weight * distance * share).astype(np.float32)
    return explored


def explore_managed(
    codes: IntArray, scores: FloatArray, allowed: BoolArray | None, novelty: Novelty, seed: int, user_id: str | None
) -> tuple[IntArray, frozenset[int]]:
    """The results with one in a thousand replaced by the best new item, as user-personalization-v2 does by itself.

    Returns:
        The codes, and which of them are explored.
    """
    drawn = noise(novelty.keys[codes], seed, user_id) < _MANAGED_SHARE
    if not drawn.any():
        return codes, frozenset()
    places = np.flatnonzero(drawn)
    new = novelty.young(ExplorationSettings.cut_off_days) & (novelty.events < _NEW_BELOW_EVENTS)
    new[codes] = False
    chosen = top_k(scores, places.size, new if allowed is None else new & allowed)
    mixed = codes.copy()
    mixed[places[: chosen.size]] = chosen
    return mixed, frozenset(chosen.tolist())


def noise(keys: npt.NDArray[np.uint32], seed: int, user_id: str | None) -> npt.NDArray[np.float64]:
    """A number from 0 to 1 for each item, by seed, user and item."""
    user = np.uint64(int.from_bytes(digest(seed, "exploration", user_id or "")[:8], "big"))
    drawn = np.empty(keys.size)
    draw(keys, user, drawn)
    return drawn
