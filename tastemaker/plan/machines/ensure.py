"""`ensure`: bring Personalize to the declared state, in dependency order; a second run changes nothing.

Input: `Plan.resources` (see `resources.py`). Every kind follows one pattern (`kinds.py`): describe; when it is not
found, create and describe again; wait until ACTIVE; compare; update in place where the API can; replace with the
project's consent; refuse with advice what cannot be changed or would lose data. What exists is adopted.

Kinds that do not depend on each other run side by side; campaigns come after the solutions that may take them away.
Each operation bears one request a second by itself (reference §9), so different kinds never get into each other's way,
and of one kind two run at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.plan.machines import ensure_data, ensure_models, undeclared
from tastemaker.plan.machines.ensure_data import DATASET, FILTER, GROUP, SCHEMA, TRACKER
from tastemaker.plan.machines.ensure_models import ATTRIBUTION, CAMPAIGN_KIND, RECOMMENDER, SOLUTION
from tastemaker.plan.machines.states import (
    State,
    States,
    body,
    covered,
    for_each,
    jsonata,
    machine,
    parallel,
    pass_state,
)

if TYPE_CHECKING:
    from tastemaker.plan.machines.kinds import Kind


ON_DATA = (TRACKER, FILTER, SOLUTION, RECOMMENDER, ATTRIBUTION)
"""What needs datasets and nothing of each other."""
KINDS = (GROUP, SCHEMA, DATASET, *ON_DATA, CAMPAIGN_KIND)
"""In the order in which they depend on each other."""


def build_ensure() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    states: States = {
        "Remember what is wanted": pass_state(
            Assign={"resources": jsonata("$states.input"), "leftovers": []}, next_state="Ensure foundations"
        ),
        "Ensure foundations": parallel(
            [_branch(GROUP, ensure_data.dataset_group()), _branch(SCHEMA, ensure_data.schema())],
            next_state=step_of(DATASET),
            Assign={"groups": jsonata("$states.result[0]"), "schemas": jsonata("$states.result[1]")},
        ),
        **_map(
            DATASET, ensure_data.dataset(), "Ensure what builds on data", Assign={"datasets": jsonata("$states.result")}
        ),
        "Ensure what builds on data": _build_on_data(),
        **_map(
            CAMPAIGN_KIND, ensure_models.campaign(), "Are there tags", Assign={"campaigns": jsonata("$states.result")}
        ),
        **undeclared.tags("Take stock"),
        **undeclared.undeclared("Report"),
        "Report": pass_state(_report(), next_state=None),
    }  # fmt: skip
    return machine(
        "Brings Amazon Personalize to the state that the project file declares.",
        "Remember what is wanted",
        covered(states, "Ensure failed"),
        timeout_seconds=24 * 3600,
    )


def _build_on_data() -> State:
    on_data = [
        _branch(TRACKER, ensure_data.event_tracker()),
        _branch(FILTER, ensure_data.filters()),
        _branch(SOLUTION, ensure_models.solution()),
        _branch(RECOMMENDER, ensure_models.recommender()),
        _branch(ATTRIBUTION, ensure_models.metric_attribution()),
    ]
    found = {"trackers": TRACKER, "attributions": ATTRIBUTION}
    return parallel(
        on_data,
        next_state=step_of(CAMPAIGN_KIND),  # a solution that is replaced takes its campaigns away
        Assign={
            "built": jsonata("$states.result"),
            **{name: jsonata(f"$states.result[{ON_DATA.index(kind)}]") for name, kind in found.items()},
        },
    )


def _report() -> dict[str, Any]:
    built = {kind.section: jsonata(f"$built[{place}]") for place, kind in enumerate(ON_DATA)}
    return {
        "Status": "READY",
        GROUP.section: jsonata("$groups"),
        SCHEMA.section: jsonata("$schemas"),
        DATASET.section: jsonata("$datasets"),
        **built,
        CAMPAIGN_KIND.section: jsonata("$campaigns"),
        "Undeclared": jsonata("$leftovers"),
    }


def step_of(kind: Kind) -> str:
    """The Map over the kind's section."""
    return f"Ensure {kind.what}s"


def _map(kind: Kind, inside: dict[str, Any], next_state: str | None, **fields: Any) -> States:
    items = f"$resources.{kind.section}"
    return {step_of(kind): for_each(items, inside, at_once=kind.at_once, next_state=next_state, **fields)}


def _branch(kind: Kind, inside: dict[str, Any]) -> dict[str, Any]:
    return body(step_of(kind), covered(_map(kind, inside, None), f"{kind.what.capitalize()}s failed"))
