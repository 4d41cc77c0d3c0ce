"""The service's hyperparameters as settings of the engine (docs/fidelity.md says what stands for what).

The service's models are recurrent networks and transformers, the engine here is closed-form: a hyperparameter acts on
what plays its part. Without any the settings are the engine's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tastemaker.simulator.fidelity.record import Fidelity, Grade
from tastemaker.simulator.recipes.fitting import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.simulator.recipes.fitting import Settings
    from tastemaker.simulator.recipes.queries import QueryRule

EVER_DAYS: Final = 1e6
"""A time constant at which nothing fades."""
_AREA, _CHOSEN = "Training options", Grade.APPROXIMATE
_USER_PAGE = "Developer Guide, native-recipe-new-item-USER_PERSONALIZATION"
FIDELITY: Final = (
    Fidelity(
        _AREA, "`bptt`", _CHOSEN,
        "How many later events of a history an item is learnt to lead to, at most 30 (the default, 32, reaches no "
        "further) and at most 8 for direct transitions.", _USER_PAGE,
    ),
    Fidelity(
        _AREA, "`recency_mask`", _CHOSEN,
        "false: popularity counts all events alike and new items have no bonus for being new; cold users get the items "
        "that were popular over all time.", _USER_PAGE,
    ),
    Fidelity(
        _AREA, "`apply_recency_bias`", _CHOSEN,
        "false: as `recency_mask` false, and all items of a history weigh the same in a request.",
        "Developer Guide, native-recipe-user-personalization-v2",
    ),
    Fidelity(
        _AREA, "`hidden_dimension`", _CHOSEN,
        "The closed-form models have full rank. A solution that sets the parameter gets factors of that rank as one "
        "more component, whose weight is learnt; one that does not has none.", _USER_PAGE,
    ),
    Fidelity(
        _AREA, "`item_id_hidden_dim`, `item_metadata_hidden_dim`", _CHOSEN,
        "Set by HPO only, as documented: rank of a factor part of co-occurrence, and rank to which the TF-IDF of "
        "metadata is reduced; without HPO both have full rank.", "Developer Guide, native-recipe-similar-items",
    ),
)  # fmt: skip


def build_settings(hyperparameters: Mapping[str, str]) -> Settings:
    """Settings of the personalization engine; what is not set stays as it is."""
    settings = SETTINGS
    if "bptt" in hyperparameters:
        steps = int(hyperparameters["bptt"])
        nearest = min(settings.transition_window, steps)
        settings = replace(settings, window=min(settings.window, steps), transition_window=nearest)
    if "hidden_dimension" in hyperparameters:
        settings = replace(settings, factors=int(hyperparameters["hidden_dimension"]))
    if _off(hyperparameters, "recency_mask"):
        settings = _without_trends(settings)
    if _off(hyperparameters, "apply_recency_bias"):
        settings = _without_recency(_without_trends(settings))
    return settings


def _off(hyperparameters: Mapping[str, str], name: str) -> bool:
    return hyperparameters.get(name, "true").lower() == "false"


def _without_trends(settings: Settings) -> Settings:
    return replace(settings, popularity_days=(EVER_DAYS,), freshness_days=())


def _without_recency(settings: Settings) -> Settings:
    """Every item within a rule's reach weighs 1."""
    return replace(
        settings,
        taste=_flat(settings.taste),
        recent_taste=_flat(settings.recent_taste),
        steps=_flat(settings.steps),
        last_step=_flat(settings.last_step),
        content=_flat(settings.content),
    )


def _flat(rule: QueryRule) -> QueryRule:
    return replace(rule, rate=0.0, floor=1.0)
