"""An inventory, in the API's words, to a project file, in its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from tastemaker.adoption import members
from tastemaker.adoption.avro import UnreadableSchemaError, find_differences, read_schema
from tastemaker.adoption.dangers import find_dangers
from tastemaker.adoption.draft import Draft
from tastemaker.adoption.keys import choose_filter_keys, choose_keys
from tastemaker.adoption.members import carry
from tastemaker.facts.recipes import find_recipe
from tastemaker.model.datasets import Datasets
from tastemaker.model.schema import build_avro_schema
from tastemaker.plan.names import content_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tastemaker.adoption.inventory import FoundDataset, Inventory, Resource
    from tastemaker.adoption.keys import Identity

T = TypeVar("T")
_HELD_TYPES = ("INTERACTIONS", "ITEMS", "USERS")
_STAMP_LENGTH = 16
_NAMES_NOTE = (
    "Names that exist on AWS already and do not follow from the keys above. Without its line here, a resource is made "
    "anew under a name of the project's own; a schema's or filter's line holds until its content changes."
)
_PREFIX = "arn:aws:personalize:::recipe/"


def translate(inventory: Inventory, identity: Identity) -> Draft:
    """Everything that the project file can hold; what it cannot is among the findings."""
    draft = Draft()
    draft.put(("project",), identity.project, inventory.group.place)
    _Translation(inventory, identity, draft).run()
    draft.tell(*find_dangers(inventory))
    return draft


class _Translation:
    """One run; the keys that were chosen are shared by what refers to them."""

    def __init__(self, inventory: Inventory, identity: Identity, draft: Draft) -> None:
        self.found, self.draft, self.identity = inventory, draft, identity
        self.names = identity.names
        prefix = self.names.prefix
        self.filters = choose_filter_keys((one.name for one in inventory.filters), prefix)
        self.solutions = choose_keys((one.name for one in inventory.solutions), prefix)
        self.campaigns = choose_keys((one.name for one in inventory.campaigns), prefix)
        self.recommenders = choose_keys((one.name for one in inventory.recommenders), prefix)
        self.batches = choose_keys((one.name for one in inventory.batch), prefix, _STAMP_LENGTH)

    def run(self) -> None:
        self.group()
        _each(self.dataset, self.found.datasets)
        self.event_tracker()
        _each(self.filter, self.found.filters)
        _each(self.solution, self.found.solutions)
        _each(self.campaign, self.found.campaigns)
        _each(self.recommender, self.found.recommenders)
        _each(self.batch, self.found.batch)
        self.metric_attribution()
        self.schedules()
        if "names" in self.draft.tree:
            self.draft.notes["names",] = _NAMES_NOTE
        if self.found.tags:
            self.draft.put(("tags",), dict(self.found.tags), self.found.group.place)

    def group(self) -> None:
        carry(self.draft, self.found.group, members.GROUP, ("datasetGroup",))
        if self.identity.dataset_group != self.names.prefix:
            self.draft.put(("names", "datasetGroup"), self.identity.dataset_group, self.found.group.place)

    def keep_name(self, section: str, key: str, by_rule: str, resource: Resource) -> None:
        """Write the name down where it does not follow from the key; a tool that chose none leaves it to the rule."""
        if resource.name and resource.name != by_rule:
            self.draft.put(("names", section, key), resource.name, resource.place)

    def keep_version(self, section: str, key: str, by_rule: str, resource: Resource, content: Any) -> None:
        if resource.name and resource.name != by_rule:
            value = {"name": resource.name, "contentHash": content_hash(content)}
            self.draft.put(("names", section, key), value, resource.place)

    def dataset(self, dataset: FoundDataset) -> None:
        place, path = dataset.resource.place, ("datasets", dataset.key)
        if dataset.dataset_type not in _HELD_TYPES:
            message = f"dataset {dataset.dataset_type} is left out: the project file holds {', '.join(_HELD_TYPES)}"
            hint = (
                "It stays in the dataset group, undeclared, like the solutions that need it; those and their campaigns "
                "would go with consent.removeUndeclared."
            )
            self.draft.tell(place.find("not-carried-over", message, hint, at_key=True))
            return
        try:
            columns = read_schema(dataset)
        except UnreadableSchemaError as error:
            self.draft.tell(*error.findings)
            return
        carry(self.draft, dataset.resource, members.DATASET)
        carry(self.draft, dataset.schema, members.SCHEMA)
        self.draft.tell(*find_differences(dataset, columns))
        self.draft.put((*path, "schema"), columns, dataset.schema.place)
        self.location(dataset, path)
        declared = Datasets.model_validate({dataset.key: {"schema": columns}}).declared()[0]
        avro = build_avro_schema(declared)
        self.keep_name("datasets", dataset.key, self.names.dataset(dataset.dataset_type), dataset.resource)
        self.keep_version("schemas", dataset.key, self.names.schema(dataset.dataset_type, avro), dataset.schema, avro)

    def location(self, dataset: FoundDataset, path: tuple[str, ...]) -> None:
        """One file is read where it lies; of a folder somebody has to say what belongs together."""
        origin = dataset.resource.place
        if dataset.location.endswith((".csv", ".csv.gz", ".parquet")):
            self.draft.put((*path, "path"), dataset.location, origin, "What the newest full import read.")
        else:
            where = f"The newest full import read {dataset.location}; " if dataset.location else ""
            note = f"{where}put the rows here, in the schema's columns, or read S3: s3://bucket/key.csv"
            self.draft.put((*path, "path"), f"data/{dataset.key}.csv", origin, note[0].upper() + note[1:])

    def event_tracker(self) -> None:
        tracker = self.found.event_tracker
        if tracker is None:
            return
        carry(self.draft, tracker, members.TRACKER)
        key = choose_keys([tracker.name], self.names.prefix)[tracker.name]
        self.draft.put(("eventTracker", "name"), key, tracker.place)
        if tracker.name != self.names.own(key):
            self.draft.put(("names", "eventTracker"), tracker.name, tracker.place)

    def filter(self, one: Resource) -> None:
        carry(self.draft, one, members.FILTER)
        key, expression = self.filters[one.name], one.members.get("filterExpression")
        self.draft.put(("filters", key), expression, one.place.at("filterExpression"))
        if isinstance(expression, str):
            self.keep_version("filters", key, self.names.filter(key, expression), one, expression)

    def solution(self, one: Resource) -> None:
        key = self.solutions[one.name]
        path = ("solutions", key)
        recipe = str(one.members.get("recipeArn", "")).removeprefix(_PREFIX)
        self.draft.put((*path, "recipe"), recipe, one.place.at("recipeArn"))
        if self.trains_itself(one):
            note = "The service trains it by itself, and bills each training; false leaves it to `schedules`."
            self.draft.put((*path, "performAutoTraining"), True, one.place.at("performAutoTraining"), note)
        carry(self.draft, one, members.SOLUTION, path)
        self.keep_name("solutions", key, self.names.solution(key), one)
        self.replace_withdrawn(one, path)

    def trains_itself(self, one: Resource) -> bool:
        """In an account as it is; in a file unless it has a schedule, which then trains everything."""
        if self.found.live:
            return one.members.get("performAutoTraining") is True
        return one.members.get("performAutoTraining", True) is not False and self.found.schedules.full is None

    def replace_withdrawn(self, one: Resource, path: tuple[str, str]) -> None:
        """No new solution is made with a withdrawn recipe; its successor begins anew, under a name by rule."""
        recipe = find_recipe(str(one.members.get("recipeArn", "")))
        if recipe is None or not recipe.withdrawn or self.found.live:
            return
        message = f"recipe {recipe.name} of solution {one.name} is retired; {recipe.successor} takes its place"
        hint = "Hyperparameters of the old recipe are not carried over; compare the two by their metrics."
        self.draft.tell(one.find_member("recipeArn", "recipe-withdrawn", message, hint, severity="warning"))
        kept = {"performAutoTraining": True} if self.trains_itself(one) else {}
        self.draft.put(path, {"recipe": recipe.successor, **kept}, one.place, f"Instead of {recipe.name}.")
        if path[1] in self.draft.tree.get("names", {}).get("solutions", {}):
            self.draft.remove(("names", *path))

    def campaign(self, one: Resource) -> None:
        key, solution = self.campaigns[one.name], str(one.members.get("solution"))
        path = ("campaigns", key)
        self.draft.put((*path, "solution"), self.solutions.get(solution, solution), one.place)
        carry(self.draft, one, members.CAMPAIGN, path)
        self.keep_name("campaigns", key, self.names.campaign(key), one)

    def recommender(self, one: Resource) -> None:
        key = self.recommenders[one.name]
        path = ("recommenders", key)
        self.draft.put(
            (*path, "recipe"), str(one.members.get("recipeArn", "")).removeprefix(_PREFIX), one.place.at("recipeArn")
        )
        carry(self.draft, one, members.RECOMMENDER, path)
        self.keep_name("recommenders", key, self.names.recommender(key), one)

    def batch(self, one: Resource) -> None:
        path, solution = ("batch", self.batches[one.name]), str(one.members.get("solution"))
        location = str(one.members.get("input", ""))
        self.draft.put((*path, "solution"), self.solutions.get(solution, solution), one.place)
        self.draft.put((*path, "kind"), one.members.get("kind"), one.place)
        key = re.sub(r"^s3://[^/]+/", "", location) or f"batch-input/{path[1]}.json"
        note = f"A key in the project's data bucket; until now {location}" if location.startswith("s3://") else ""
        self.draft.put((*path, "input"), key, one.place.at("jobInput"), note)
        for member in ("schedule", "itemNameColumn"):
            if one.members.get(member):
                self.draft.put((*path, member), one.members[member], one.place)
        if one.members.get("filter"):
            name = str(one.members["filter"])
            self.draft.put((*path, "filter"), self.filters.get(name, name), one.place.at("filterArn"))
        carry(self.draft, one, members.BATCH, path)

    def metric_attribution(self) -> None:
        one = self.found.metric_attribution
        if one is None:
            return
        carry(self.draft, one, members.ATTRIBUTION)
        key = choose_keys([one.name], self.names.prefix)[one.name]
        metrics = {
            str(metric["metricName"]): {"eventType": metric["eventType"], "expression": metric["expression"]}
            for metric in one.members["metrics"]
        }
        self.draft.put(("metricAttribution",), {"name": key, "metrics": metrics}, one.place)
        if one.name != self.names.own(key):
            self.draft.put(("names", "metricAttribution"), one.name, one.place)

    def schedules(self) -> None:
        """Paused, because whatever trained until now may go on doing so."""
        found = self.found.schedules
        written: Mapping[str, Any] = {"full": found.full, "incremental": found.incremental}
        kept = {key: expression for key, expression in written.items() if expression is not None}
        if kept:
            note = f"{found.why} Paused: take that away once nothing else trains and imports."
            self.draft.put(("schedules",), {**kept, "timeZone": "UTC", "paused": True}, self.found.group.place, note)


def _each(translate_one: Callable[[T], None], found: Iterable[T]) -> None:
    for one in found:
        translate_one(one)
