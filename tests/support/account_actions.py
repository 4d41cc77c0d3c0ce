"""Everything that can be asked of the control plane, as steps: what is sent, and what must follow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st

from tests.support.account_driver import (
    ABSENT,
    DELETABLE,
    FILTERS,
    KINDS,
    METRICS,
    PARENTS,
    RECIPE,
    SCHEMAS,
    WEEK,
    WIDE,
    AccountDriver,
    member,
)
from tests.support.batches import job_params
from tests.support.reference_account import (
    ACTIVE,
    EXISTS,
    GONE,
    IN_USE,
    INACTIVE,
    INVALID,
    LIMIT,
    NOT_FOUND,
    ROOT,
    UNTAGGED,
    Resource,
)
from tests.support.simulator import ROLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = st.sampled_from(["a", "b", "c"])
PLACES = st.sampled_from([0, 1, 2, 3, -1, -2, -3, ABSENT])
"""The oldest ones, the newest ones, none at all."""
F = TypeVar("F", bound="Callable[..., None]")
ACTIONS: list[str] = []
ARGUMENTS: dict[str, dict[str, st.SearchStrategy[Any]]] = {}


def action(weight: int = 1, **arguments: st.SearchStrategy[Any]) -> Callable[[F], F]:
    """Marks what a step may do. Rules of their own would not do: Hypothesis leaves most of so many out of a run."""

    def mark(method: F) -> F:
        ACTIONS.extend([method.__name__] * weight)
        ARGUMENTS[method.__name__] = arguments
        return method

    return mark


class AccountActions(AccountDriver):
    """Everything that can be asked of the control plane; what it should answer is worked out beforehand.

    It begins with a custom group and a shop that have data, models and what serves them.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.furnish()

    def furnish(self) -> None:
        """Everything that later rules build upon; each line waits for the one before."""
        for place, shop in enumerate((False, True)):
            name = "shop" if shop else "base"
            self.create_group(name, shop=shop)
            for which in (3, 4) if shop else (0, 1):
                self.create_schema(f"{name}{which}", which)
            self.settle()
            for kind in (0, 1):
                self.create_dataset(place, 2 * place + kind)
            self.settle()
            for kind in (0, 1):
                self.create_import_job(2 * place + kind, f"{name}{kind}")
            self.settle()
        for place, segments in enumerate((False, True)):
            self.create_solution(0, f"base{place}", segments=segments, automatic=False)
            self.settle()
            self.create_solution_version(place)
        self.create_recommender(1, "shop")
        self.create_filter(0, "base", 0)
        self.create_metric_attribution(0, "base")
        self.create_group("spare", shop=False)
        for name in ("spare", "unused"):
            self.create_schema(name, 2)
        self.delete("Schema", -1)
        self.look()
        self.update_dataset(1, -2)
        self.settle()
        self.create_campaign(0, "base", 1)
        self.settle()

    def settle(self) -> None:
        self.pass_time(WEEK)
        self.look()

    @action(6, seconds=st.sampled_from([5, 15, 45, 90, 1_000, 4_000, WEEK]))
    def wait(self, seconds: int) -> None:
        self.pass_time(seconds)

    @action(name=NAMES, shop=st.booleans())
    def create_group(self, name: str, shop: bool) -> None:
        group = self.named("DatasetGroup", name, facts={"domain": "ECOMMERCE" if shop else None})
        domain = {"domain": "ECOMMERCE"} if shop else {}
        problems = self.account.taken("DatasetGroup", name=name)
        problems |= {LIMIT} if len(self.account.live("DatasetGroup")) >= 5 else set()
        self.create(group, problems, name=name, **domain)

    @action(name=NAMES, which=st.integers(0, 4))
    def create_schema(self, name: str, which: int) -> None:
        kind, domain, avro = SCHEMAS[which]
        schema = self.named("Schema", name, status=ACTIVE, facts={"type": kind, "domain": domain, "wide": avro is WIDE})
        params = {"name": name, "schema": json.dumps(avro), **({"domain": domain} if domain is not None else {})}
        self.create(schema, self.account.taken("Schema", name=name), **params)

    @action(group=PLACES, schema=PLACES)
    def create_dataset(self, group: int, schema: int) -> None:
        group_arn, schema_arn = self.pick("DatasetGroup", group), self.pick("Schema", schema)
        problems, facts = self.account.needs(group_arn, schema_arn), self.facts(schema_arn)
        kind = facts.get("type", "ITEMS")
        if NOT_FOUND not in problems and facts["domain"] != self.facts(group_arn)["domain"]:
            problems |= {INVALID}
        arn = f"{ROOT}dataset/{group_arn.rpartition('/')[2]}/{kind}"
        values = {"schemaArn": schema_arn, "datasetGroupArn": group_arn, "datasetType": kind}
        dataset = Resource("Dataset", arn, "d", group_arn, values=values, facts=dict(facts))
        self.create(dataset, problems | self.account.taken("Dataset", arn=arn), name="d", **values)

    @action(dataset=PLACES, schema=PLACES)
    def update_dataset(self, dataset: int, schema: int) -> None:
        arn, schema_arn = self.pick("Dataset", dataset), self.pick("Schema", schema)
        problems = self.account.change_problems(arn) | self.account.needs(schema_arn)
        if NOT_FOUND not in problems:
            old, new = self.facts(self.account.known[arn].values["schemaArn"]), self.facts(schema_arn)
            same = all(old[name] == new[name] for name in ("type", "domain"))
            problems |= set() if same and old["type"] == "ITEMS" and new["wide"] >= old["wide"] else {INVALID}
        self.change(arn, "UpdateDataset", problems, {"schemaArn": schema_arn}, datasetArn=arn, schemaArn=schema_arn)

    @action(dataset=PLACES, name=NAMES)
    def create_import_job(self, dataset: int, name: str) -> None:
        arn = self.pick("Dataset", dataset)
        job = self.named("DatasetImportJob", name, values={"datasetArn": arn}, facts={"target": self.account.find(arn)})
        source = {"dataLocation": f"s3://bucket/in/{self.facts(arn).get('type')}.csv"}
        problems = self.account.needs(arn) | self.account.taken("DatasetImportJob", name=name)
        self.create(job, problems, jobName=name, datasetArn=arn, dataSource=source, roleArn=ROLE)

    @action(dataset=PLACES, name=NAMES)
    def create_export_job(self, dataset: int, name: str) -> None:
        arn = self.pick("Dataset", dataset)
        job = self.named("DatasetExportJob", name, self.group_of(arn), values={"datasetArn": arn})
        output = {"s3DataDestination": {"path": "s3://bucket/out/"}}
        problems = self.account.needs(arn) | self.account.taken("DatasetExportJob", name=name)
        self.create(job, problems, jobName=name, datasetArn=arn, jobOutput=output, roleArn=ROLE)

    @action(group=PLACES, name=NAMES)
    def create_data_deletion_job(self, group: int, name: str) -> None:
        arn = self.pick("DatasetGroup", group)
        job = self.named("DataDeletionJob", name, arn, status="PENDING", values={"datasetGroupArn": arn})
        params = {"dataSource": {"dataLocation": "s3://bucket/in/users.csv"}, "roleArn": ROLE}
        problems = self.account.needs(arn) | self.account.taken("DataDeletionJob", name=name)
        self.create(job, problems, jobName=name, datasetGroupArn=arn, **params)

    @action(group=PLACES, name=NAMES)
    def create_event_tracker(self, group: int, name: str) -> None:
        arn = self.pick("DatasetGroup", group)
        tracker = Resource("EventTracker", "", name, arn, values={"datasetGroupArn": arn})
        problems = self.account.needs(arn) | self.account.taken("EventTracker", name=name, group=arn)
        self.create(tracker, problems, name=name, datasetGroupArn=arn)

    @action(group=PLACES, name=NAMES, which=st.integers(0, 2))
    def create_filter(self, group: int, name: str, which: int) -> None:
        arn, (needed, target, text) = self.pick("DatasetGroup", group), FILTERS[which]
        made = self.named("Filter", name, arn, values={"filterExpression": text}, facts={"target": target})
        problems = {INVALID if code == IN_USE else code for code in self.account.needs(arn)}
        problems |= self.account.taken("Filter", name=name)
        problems |= set() if self.account.has_data(arn, needed) else {INVALID}
        self.create(made, problems, name=name, datasetGroupArn=arn, filterExpression=text)

    @action(group=PLACES, name=NAMES, segments=st.booleans(), automatic=st.booleans())
    def create_solution(self, group: int, name: str, segments: bool, automatic: bool) -> None:
        arn = self.pick("DatasetGroup", group)
        values = {"datasetGroupArn": arn, "performAutoTraining": automatic}
        values["recipeArn"] = RECIPE + ("aws-item-affinity" if segments else "aws-user-personalization-v2")
        solution = self.named("Solution", name, arn, values=values, facts={"segments": segments, "auto": automatic})
        problems = self.account.needs(arn) | self.account.taken("Solution", name=name)
        self.create(solution, problems, name=name, **values)

    @action(solution=PLACES, automatic=st.booleans())
    def update_solution(self, solution: int, automatic: bool) -> None:
        arn, coming = self.pick("Solution", solution), {"performAutoTraining": automatic}
        problems = self.account.change_problems(arn)
        self.change(arn, "UpdateSolution", problems, coming, solutionArn=arn, **coming)
        if not problems:
            self.facts(arn)["auto"] |= automatic

    @action(solution=PLACES)
    def create_solution_version(self, solution: int) -> None:
        arn = self.pick("Solution", solution)
        group = self.group_of(arn)
        version = self.version("", arn)
        version.sheltered = self.is_ready(group)
        self.create(version, self.account.training_problems(arn, group), solutionArn=arn)

    def is_ready(self, group: str) -> bool:
        """Whether trainings of this group succeed: its datasets stay for a while, and the interactions are there."""
        datasets = self.account.live("Dataset", group=group)
        filled = [each.facts["type"] for each in datasets if each.facts.get("filled")]
        return "INTERACTIONS" in filled and all(each.status == ACTIVE for each in datasets)

    @action(version=PLACES)
    def stop_solution_version(self, version: int) -> None:
        arn = self.pick("SolutionVersion", version)
        found = self.account.find(arn)
        after = {"CREATE PENDING": "CREATE STOPPED", "CREATE IN_PROGRESS": "CREATE STOPPING"}
        problems = {NOT_FOUND} if found is None else set() if found.status in after else {IN_USE}
        if self.request("StopSolutionVersionCreation", problems, solutionVersionArn=arn) is not None:
            assert found is not None
            found.status = after[found.status]

    @action(version=PLACES)
    def get_solution_metrics(self, version: int) -> None:
        arn = self.pick("SolutionVersion", version)
        self.request("GetSolutionMetrics", self.account.needs(arn), solutionVersionArn=arn)

    @action(version=PLACES, name=NAMES, tps=st.integers(1, 5))
    def create_campaign(self, version: int, name: str, tps: int) -> None:
        arn = self.pick("SolutionVersion", version)
        values = {"solutionVersionArn": arn, "minProvisionedTPS": tps}
        problems = self.deployment_problems(arn) | self.account.taken("Campaign", name=name)
        self.create(self.named("Campaign", name, self.group_of(arn), values=values), problems, name=name, **values)

    def deployment_problems(self, version_arn: str) -> set[str]:
        problems = self.account.version_problems(version_arn, segments=False)
        solution = self.account.needs(version_arn.rpartition("/")[0])
        return problems | (solution if NOT_FOUND not in problems else set())

    @action(campaign=PLACES, version=PLACES, tps=st.integers(1, 5))
    def update_campaign(self, campaign: int, version: int, tps: int) -> None:
        arn = self.pick("Campaign", campaign)
        coming = {"solutionVersionArn": self.pick("SolutionVersion", version), "minProvisionedTPS": tps}
        problems = self.account.change_problems(arn) | self.deployment_problems(str(coming["solutionVersionArn"]))
        self.change(arn, "UpdateCampaign", problems, coming, campaignArn=arn, **coming)

    @action(group=PLACES, name=NAMES)
    def create_recommender(self, group: int, name: str) -> None:
        arn = self.pick("DatasetGroup", group)
        values = {"datasetGroupArn": arn, "recommenderConfig": {"minRecommendationRequestsPerSecond": 1}}
        made = self.named("Recommender", name, arn, values=values, sheltered=self.is_ready(arn))
        problems = self.account.needs(arn) | self.account.taken("Recommender", name=name)
        suits = self.facts(arn).get("domain") is not None and self.account.has_data(arn, "INTERACTIONS", "ITEMS")
        recipe = f"{RECIPE}aws-ecomm-recommended-for-you"
        self.create(made, problems | (set() if suits else {INVALID}), name=name, recipeArn=recipe, datasetGroupArn=arn)

    @action(recommender=PLACES, rate=st.integers(1, 5))
    def update_recommender(self, recommender: int, rate: int) -> None:
        arn = self.pick("Recommender", recommender)
        coming = {"recommenderConfig": {"minRecommendationRequestsPerSecond": rate}}
        problems = self.account.change_problems(arn)
        self.change(arn, "UpdateRecommender", problems, coming, recommenderArn=arn, **coming)

    @action(recommender=PLACES, starts=st.booleans())
    def switch_recommender(self, recommender: int, starts: bool) -> None:
        arn, verb = self.pick("Recommender", recommender), "Start" if starts else "Stop"
        problems = self.account.change_problems(arn, INACTIVE if starts else ACTIVE)
        if self.request(f"{verb}Recommender", problems, recommenderArn=arn) is not None:
            self.account.known[arn].status = f"{verb.upper()} PENDING"

    @action(segments=st.booleans(), version=PLACES, filtered=st.none() | PLACES, name=NAMES)
    def create_batch_job(self, segments: bool, version: int, filtered: int | None, name: str) -> None:
        kind = "BatchSegmentJob" if segments else "BatchInferenceJob"
        arn = self.pick("SolutionVersion", version)
        problems = self.account.version_problems(arn, segments=segments) | self.account.taken(kind, name=name)
        values = {"solutionVersionArn": arn}
        if filtered is not None:
            values["filterArn"] = self.pick("Filter", filtered)
            problems |= self.account.needs(values["filterArn"])
            suits = self.facts(values["filterArn"]).get("target") == ("UserID" if segments else "ItemID")
            same = self.group_of(values["filterArn"]) == self.group_of(arn)
            problems |= set() if suits and same else {INVALID}
        job = self.named(kind, name, self.group_of(arn), values=values)
        job.sheltered = all(each.status == ACTIVE for each in self.account.live("Solution", "Dataset", group=job.group))
        path = f"s3://bucket/in/{'items' if segments else 'users'}.json"
        self.create(job, problems, **job_params(arn, name, path, **values))

    @action(group=PLACES, name=NAMES)
    def create_metric_attribution(self, group: int, name: str) -> None:
        arn = self.pick("DatasetGroup", group)
        made = self.named("MetricAttribution", name, arn, values={"datasetGroupArn": arn}, facts={"metrics": ["M1"]})
        problems = self.account.needs(arn) | self.account.taken("MetricAttribution", name=name, group=arn)
        problems |= set() if self.account.has_data(arn, "INTERACTIONS") else {INVALID}
        params = {"metrics": [METRICS["M1"]], "metricsOutputConfig": {"roleArn": ROLE}}
        self.create(made, problems, name=name, datasetGroupArn=arn, **params)

    @action(attribution=PLACES, metric=st.sampled_from(["M1", "M2"]), adds=st.booleans())
    def update_metric_attribution(self, attribution: int, metric: str, adds: bool) -> None:
        arn = self.pick("MetricAttribution", attribution)
        problems, metrics = self.account.change_problems(arn), self.facts(arn).get("metrics", ["M1"])
        if (metric in metrics) is adds:
            problems |= {EXISTS if adds else NOT_FOUND}
        left = [*metrics, metric] if adds else [name for name in metrics if name != metric]
        problems |= set() if left and self.account.has_data(self.group_of(arn), "INTERACTIONS") else {INVALID}
        change = {"addMetrics": [METRICS[metric]]} if adds else {"removeMetrics": [metric]}
        if self.request("UpdateMetricAttribution", problems, metricAttributionArn=arn, **change) is not None:
            self.facts(arn)["metrics"] = left

    @action(place=st.integers(0, 40), key=NAMES, value=NAMES)
    def tag(self, place: int, key: str, value: str) -> None:
        arn = self.pick("", place)
        tags = [{"tagKey": key, "tagValue": value}]
        if self.request("TagResource", self.tag_problems(arn), resourceArn=arn, tags=tags) is not None:
            self.account.known[arn].tags[key] = value

    @action(place=st.integers(0, 40), key=NAMES)
    def untag(self, place: int, key: str) -> None:
        arn = self.pick("", place)
        if self.request("UntagResource", self.tag_problems(arn), resourceArn=arn, tagKeys=[key]) is not None:
            self.account.known[arn].tags.pop(key, None)

    @action(place=st.integers(0, 40))
    def list_tags(self, place: int) -> None:
        arn = self.pick("", place)
        answer = self.request("ListTagsForResource", self.tag_problems(arn), resourceArn=arn)
        if answer is not None:
            shown = {tag["tagKey"]: tag["tagValue"] for tag in answer["tags"]}
            assert shown == self.account.known[arn].tags

    def tag_problems(self, arn: str) -> set[str]:
        found = self.account.find(arn)
        return {NOT_FOUND} if found is None else {INVALID} if found.kind in UNTAGGED else set()

    @action(5, kind=st.sampled_from(DELETABLE), place=PLACES)
    def delete(self, kind: str, place: int) -> None:
        arn = self.pick(kind, place)
        problems = self.account.deletion_problems(arn)
        if self.request(f"Delete{kind}", problems, **{f"{member(kind)}Arn": arn}) is not None:
            found = self.account.known[arn]
            found.status = GONE if kind == "Schema" else "DELETE PENDING"
            self.account.expose(*({found.group} if kind in {"Dataset", "Solution"} else ()))

    @action(kind=st.sampled_from(sorted(KINDS)), place=PLACES)
    def describe(self, kind: str, place: int) -> None:
        """Also what is gone, or of another kind."""
        arn = self.pick(kind, place)
        problems = {NOT_FOUND} if self.account.find(arn, kind) is None else set()
        self.request(f"Describe{kind}", problems, **{f"{member(kind)}Arn": arn})

    @action(kind=st.sampled_from(sorted(PARENTS)), place=PLACES, size=st.integers(1, 3))
    def list_page_by_page(self, kind: str, place: int, size: int) -> None:
        """What belongs to one parent; only ListSolutionVersions minds a parent that is not there."""
        arn = self.pick(PARENTS[kind], place)
        strict = kind == "SolutionVersion" and self.account.find(arn) is None
        params: dict[str, Any] = {f"{member(PARENTS[kind])}Arn": arn, "maxResults": size}
        seen: list[str] = []
        while (answer := self.request(f"List{kind}s", {NOT_FOUND} if strict else set(), **params)) is not None:
            seen += self.arns(kind, answer)
            if "nextToken" not in answer:
                break
            params["nextToken"] = answer["nextToken"]
        assert seen == self.expected([each for each in self.account.live(kind) if self.belongs(each, arn)])
