"""What recommenders, promotions, metric attribution and Actions decided where the documentation is silent."""

from __future__ import annotations

from typing import Final

from tastemaker.simulator.fidelity.record import Fidelity, Grade

_RECOMMENDERS, _PROMOTIONS = "Recommenders", "Promotions"
_ATTRIBUTION, _ACTIONS = "Metric attribution", "Actions"
_EXACT, _CHOSEN, _ABSENT = Grade.EXACT, Grade.APPROXIMATE, Grade.ABSENT
_SILENT = "not documented"

FIDELITY: Final = (
    Fidelity("Operations", "CreateRecommender", _CHOSEN, "which algorithm a use case has is a choice", _SILENT),
    Fidelity("Operations", "UpdateRecommender", _CHOSEN, "the new configuration is merged into the old one", _SILENT),
    Fidelity("Operations", "CreateMetricAttribution", _CHOSEN, "a second one is ResourceAlreadyExists", _SILENT),
    Fidelity("Operations", "UpdateMetricAttribution", _CHOSEN, "takes effect at once", _SILENT),
    Fidelity(
        _RECOMMENDERS, "algorithms", _CHOSEN, "each use case trains a custom recipe of this simulator",
        "Developer Guide, ECOMMERCE-use-cases, VIDEO_ON_DEMAND-use-cases",
    ),
    Fidelity(
        _RECOMMENDERS, "required parameters and built-in filters", _EXACT, "as the table of use cases says",
        "Developer Guide, use-case-recipe-features",
    ),
    Fidelity(_RECOMMENDERS, "required event types", _CHOSEN, "compared exactly, case included", _SILENT),
    Fidelity(_RECOMMENDERS, "a training that ends after a stop", _CHOSEN, "its result is dropped", _SILENT),
    Fidelity(_RECOMMENDERS, "price", _CHOSEN, "first tier only; the tiers' bounds are not known", "no price list"),
    Fidelity(
        _PROMOTIONS, "order, filters, legal recipes", _EXACT, "the promotion's filter rules its places only",
        "Developer Guide, promoting-items",
    ),
    Fidelity(_PROMOTIONS, "share of places", _CHOSEN, "a fraction of an item is rounded up", _SILENT),
    Fidelity(_PROMOTIONS, "places", _CHOSEN, "random by seed, user and request", "Developer Guide, promoting-items"),
    Fidelity(_PROMOTIONS, "built-in filters", _CHOSEN, "rule promoted items too", _SILENT),
    Fidelity(_ATTRIBUTION, "file names", _CHOSEN, "import mode and epoch seconds", "Developer Guide: `<Timestamp>`"),
    Fidelity(_ATTRIBUTION, "quarters of an hour", _CHOSEN, "begin at multiples of 900 seconds", _SILENT),
    Fidelity(_ATTRIBUTION, "the 101st source", _CHOSEN, "is refused in PutEvents", _SILENT),
    Fidelity(_ATTRIBUTION, "sources of deleted campaigns", _CHOSEN, "become SOURCE_NAME_UNDEFINED", _SILENT),
    Fidelity(_ATTRIBUTION, "`metricAttribution` without an attribution", _ABSENT, "refused by name", _SILENT),
    Fidelity(
        _ACTIONS, "datasets, PutActions, PutActionInteractions", _EXACT, "limits and errors",
        "Developer Guide, actions-datasets, action-interactions-datasets",
    ),
    Fidelity(_ACTIONS, "event types", _CHOSEN, "any spelling is read; puts normalise it", "guide disagrees"),
)  # fmt: skip
