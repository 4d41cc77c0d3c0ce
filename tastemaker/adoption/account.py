"""A live dataset group through the public APIs: Describe and List alone, nothing is written, nothing is started.

Clients are boto3's, of AWS or of a local endpoint. Control operations of Amazon Personalize allow one call a second;
the client's own retries wait where they are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tastemaker.adoption import history
from tastemaker.adoption.inventory import FoundDataset, Inventory, Place, Resource
from tastemaker.adoption.tagging import find_shared, tell_others
from tastemaker.errors import UserFileError
from tastemaker.facts.statuses import BEING_DELETED, INACTIVE
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.errors import Finding

_OF_ITSELF = {
    "name", "status", "creationDateTime", "lastUpdatedDateTime", "failureReason", "trackingId", "accountId",
    "autoMLResult", "modelMetrics", "datasetGroupArn",
}  # fmt: skip
"""Members of Describe that no Create call takes; also its own ARN and summaries of the latest version or update."""


@dataclass
class Account:
    """One account and Region while it is read.

    Attributes:
        personalize: client.
        metrics: client of CloudWatch; None leaves open who is idle.
        now: epoch seconds.
        arns: a resource's place to its ARN, for what was kept.
        imports: a dataset's ARN to its import jobs, the newest first.
    """

    personalize: Any
    metrics: Any
    now: float
    findings: list[Finding] = field(default_factory=list)
    arns: dict[Place, str] = field(default_factory=dict)
    imports: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def list(self, operation: str, key: str, **params: Any) -> Iterator[dict[str, Any]]:
        for page in self.personalize.get_paginator(operation).paginate(**params):
            yield from page[key]

    def describe(self, kind: str, arn: str, *others: str) -> Resource | None:
        """The resource; None, and a finding, when it failed or is about to go.

        Args:
            kind: as the API's member is called, e.g. `eventTracker`.
            others: ARN members that no Create call takes.
        """
        snake = "".join(f"_{one.lower()}" if one.isupper() else one for one in kind)
        answer = getattr(self.personalize, f"describe_{snake}")(**{f"{kind}Arn": arn})
        found = answer[kind]
        place = Place(f"{snake.replace('_', ' ')} {found['name']}")
        members = {
            member: value
            for member, value in found.items()
            if member not in {*_OF_ITSELF, f"{kind}Arn", *others} and not member.startswith("latest")
        }
        self.arns[place] = arn
        return Resource(found["name"], members, place) if self._is_usable(place, found) else None

    def _is_usable(self, place: Place, found: dict[str, Any]) -> bool:
        """Tells of a failed update, and of whatever is not ACTIVE or about to be."""
        self.findings.extend(_check_updates(place, found))
        status = str(found.get("status", "ACTIVE"))
        if status == INACTIVE:
            hint = "It stays as it is; start it where it is needed."
            message = f"{place.file} is stopped and answers nobody"
            self.findings.append(place.find("recommender-stopped", message, hint, severity="warning"))
        if "FAILED" in status:
            message = f"{place.file} is left out: {status}: {found.get('failureReason', 'no reason was given')}"
            hint = "Delete it, or declare it again and let `ensure` create it."
            self.findings.append(place.find("resource-failed", message, hint))
            return False
        if status in BEING_DELETED:
            message = f"{place.file} is left out: it is being deleted"
            self.findings.append(place.find("resource-leaving", message, "Nothing to do."))
            return False
        return True


def _check_updates(place: Place, found: dict[str, Any]) -> Iterator[Finding]:
    for member, update in found.items():
        if member.startswith("latest") and member.endswith("Update") and "FAILED" in update["status"]:
            message = f"the latest update of {place.file} failed: {update.get('failureReason', 'no reason was given')}"
            hint = "It was carried over as it is now; `tastemaker plan` shows what an update would do."
            yield place.find("update-failed", message, hint, severity="warning")


def read_group(account: Account, name_or_arn: str) -> Inventory:
    """Everything that a dataset group holds; what needs somebody is among the account's findings.

    Raises:
        UserFileError: there is no such dataset group, or it failed.
        ClientError, BotoCoreError: a call was refused or could not be made.
    """
    arn = _find_group(account, name_or_arn)
    group = account.describe("datasetGroup", arn)
    if group is None:
        raise UserFileError(account.findings)
    within = {"datasetGroupArn": arn}
    datasets = tuple(_read_datasets(account, within))
    filters = _describe_all(account, "filter", account.list("list_filters", "Filters", **within))
    tracker = _read_tracker(account, within)
    attribution = _read_attribution(account, within)
    solutions = _describe_all(account, "solution", account.list("list_solutions", "solutions", **within))
    campaigns = tuple(_read_campaigns(account, solutions))
    recommenders = _describe_all(account, "recommender", account.list("list_recommenders", "recommenders", **within))
    found = Inventory(group, datasets, tracker, filters, solutions, campaigns, recommenders)
    found = replace(found, batch=tuple(history.read_batch(account, found)), metric_attribution=attribution, live=True)
    account.findings.extend(history.find_idle(account, found))
    return replace(found, schedules=history.read_schedules(account, found), tags=_read_tags(account, found))


def _find_group(account: Account, name_or_arn: str) -> str:
    groups = {one["name"]: one["datasetGroupArn"] for one in account.list("list_dataset_groups", "datasetGroups")}
    if name_or_arn in groups.values():
        return name_or_arn
    if name_or_arn not in groups:
        message = f"there is no dataset group `{name_or_arn}` in this account and Region"
        hint = build_hint(name_or_arn, groups, "Dataset groups")
        raise UserFileError([Place("account").find("dataset-group-not-found", message, hint)])
    arn: str = groups[name_or_arn]
    return arn


def _describe_all(account: Account, kind: str, listed: Iterator[dict[str, Any]]) -> tuple[Resource, ...]:
    found = (account.describe(kind, one[f"{kind}Arn"]) for one in listed)
    return tuple(one for one in found if one is not None)


def _read_datasets(account: Account, within: dict[str, str]) -> Iterator[FoundDataset]:
    for listed in account.list("list_datasets", "datasets", **within):
        dataset = account.describe("dataset", listed["datasetArn"])
        if dataset is None:
            continue
        schema = account.personalize.describe_schema(schemaArn=dataset.members["schemaArn"])["schema"]
        place = Place(f"schema {schema['name']}")
        text = Resource(schema["name"], {"schema": schema["schema"]}, place)
        location = history.read_imports(account, listed["datasetArn"], dataset)
        yield FoundDataset(listed["datasetType"].upper(), dataset, text, location)


def _read_tracker(account: Account, within: dict[str, str]) -> Resource | None:
    """A group has one at most."""
    listed = account.list("list_event_trackers", "eventTrackers", **within)
    own = _describe_all(account, "eventTracker", listed)
    if own:
        return own[0]
    others = [one["name"] for one in account.list("list_event_trackers", "eventTrackers")]
    if others:
        message = f"the account's event trackers belong to other dataset groups: {', '.join(sorted(others))}"
        hint = "Events sent to their tracking ids never reach this group; declare eventTracker for one of its own."
        place = Place("event tracker")
        account.findings.append(place.find("event-tracker-elsewhere", message, hint, severity="warning"))
    return None


def _read_attribution(account: Account, within: dict[str, str]) -> Resource | None:
    listed = account.list("list_metric_attributions", "metricAttributions", **within)
    found = next(iter(_describe_all(account, "metricAttribution", listed)), None)
    if found is None:
        return None
    params = {"metricAttributionArn": account.arns[found.place]}
    metrics = list(account.list("list_metric_attribution_metrics", "metrics", **params))
    return replace(found, members={**found.members, "metrics": metrics})


def _read_campaigns(account: Account, solutions: tuple[Resource, ...]) -> Iterator[Resource]:
    for solution in solutions:
        arn = account.arns[solution.place]
        for found in _describe_all(account, "campaign", account.list("list_campaigns", "campaigns", solutionArn=arn)):
            yield replace(found, members={**found.members, "solution": solution.name})


def _read_tags(account: Account, found: Inventory) -> dict[str, str]:
    """Those that everything carries; the project sets its tags on everything."""
    tracker = () if found.event_tracker is None else (found.event_tracker,)
    datasets = [dataset.resource for dataset in found.datasets]
    resources = [found.group, *datasets, *tracker, *found.filters, *found.solutions, *found.campaigns]
    tags = {one.place: _list_tags(account, account.arns[one.place]) for one in (*resources, *found.recommenders)}
    shared = find_shared(tags.values())
    for place, own in tags.items():
        account.findings.extend(tell_others(place, place.file, own, shared))
    return shared


def _list_tags(account: Account, arn: str) -> dict[str, str]:
    tags = account.personalize.list_tags_for_resource(resourceArn=arn)["tags"]
    return {one["tagKey"]: one["tagValue"] for one in tags if not one["tagKey"].lower().startswith("aws:")}
