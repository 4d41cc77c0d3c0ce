"""`params.json` of `ml_ops`, the Step Functions sample among AWS's Amazon Personalize samples.

Source: next_steps/operations/ml_ops (example/params.json, personalize-step-functions/template.yaml and the functions
create-solution and create-campaign) of github.com/aws-samples/amazon-personalize-samples. The state machine knows the
solutions `userPersonalization`, `sims` and `personalizedRanking`, and for each of them `<solution>Campaign`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tastemaker.adoption.inventory import FoundDataset, Inventory, Resource
from tastemaker.adoption.nodes import leave_out_doubles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.adoption.nodes import Node

_SOLUTIONS = ("userPersonalization", "sims", "personalizedRanking")
_CAMPAIGN = "Campaign"
_TYPES = ("Interactions", "Items", "Users")


def read_ml_ops(root: Node) -> Inventory | None:
    """None, and findings, without a dataset group."""
    parts = root.mapping("datasetGroup", "datasets", "solutions", "eventTracker", "campaigns", "filters")
    group = parts["datasetGroup"].resource()
    if group is None:
        return None
    solutions = dict(_read_solutions(parts.get("solutions")))
    filters = [one.resource() for one in parts["filters"].entries()] if "filters" in parts else []
    return Inventory(
        group=group,
        datasets=tuple(_read_datasets(parts.get("datasets"))),
        event_tracker=parts["eventTracker"].resource() if "eventTracker" in parts else None,
        filters=leave_out_doubles([one for one in filters if one is not None], root.findings),
        solutions=leave_out_doubles(list(solutions.values()), root.findings),
        campaigns=leave_out_doubles(list(_read_campaigns(parts.get("campaigns"), solutions)), root.findings),
    )


def _read_datasets(node: Node | None) -> Iterator[FoundDataset]:
    """The tool names schemas at run time, so that is left to the project's rule."""
    for kind, one in (node.mapping(*_TYPES) if node is not None else {}).items():
        parts = one.mapping("name", "schema")
        found = one.resource("schema")
        if found is not None and "schema" in parts:
            yield FoundDataset(kind.upper(), found, Resource("", {"schema": parts["schema"].value}, one.place))
        elif found is not None:
            one.refuse("schema-unreadable", f"{one.words} has no schema", "Add it as CreateSchema takes it.")


def _read_solutions(node: Node | None) -> Iterator[tuple[str, Resource]]:
    for key, one in (node.mapping(*_SOLUTIONS) if node is not None else {}).items():
        found = one.resource()
        if found is not None:
            yield key, found


def _read_campaigns(node: Node | None, solutions: dict[str, Resource]) -> Iterator[Resource]:
    known = [f"{key}{_CAMPAIGN}" for key in _SOLUTIONS]
    for key, one in (node.mapping(*known) if node is not None else {}).items():
        found, solution = one.resource(), solutions.get(key.removesuffix(_CAMPAIGN))
        if solution is None:
            message = f"{one.words} is left out: there is no solution {key.removesuffix(_CAMPAIGN)}"
            one.refuse("campaign-unknown-solution", message, "Declare the solution, or remove the campaign.")
        elif found is not None:
            yield replace(found, members={**found.members, "solution": solution.name})
