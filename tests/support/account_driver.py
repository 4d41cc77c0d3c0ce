"""Sends requests to the simulator and looks at the whole account, both against the reference account."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tastemaker.errors import AwsError
from tests.support.batches import build_batch_lab
from tests.support.domains import ITEM_FIELDS, events_csv
from tests.support.reference_account import (
    ACTIVE,
    GONE,
    NEXT,
    NOT_FOUND,
    ROOT,
    Account,
    Resource,
)
from tests.support.simulator import INTERACTIONS_SCHEMA, ITEMS_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = "arn:aws:personalize:::recipe/"
EXTRA = {"name": "COLOUR", "type": ["null", "string"]}
ITEMS, WIDE = ITEMS_SCHEMA, {**ITEMS_SCHEMA, "fields": [*ITEMS_SCHEMA["fields"], EXTRA]}
SHOP_ITEMS = {**ITEMS_SCHEMA, "fields": ITEM_FIELDS["ECOMMERCE"]}
SCHEMAS: tuple[tuple[str, str | None, dict[str, Any]], ...] = (
    ("INTERACTIONS", None, INTERACTIONS_SCHEMA),
    ("ITEMS", None, ITEMS),
    ("ITEMS", None, WIDE),
    ("INTERACTIONS", "ECOMMERCE", INTERACTIONS_SCHEMA),
    ("ITEMS", "ECOMMERCE", SHOP_ITEMS),
)
WEEK = 700_000
FILES = {
    "INTERACTIONS.csv": events_csv("Purchase", "View", users=60),
    "ITEMS.csv": "ITEM_ID,GENRE,PRICE,CATEGORY_L1,COLOUR\n"
    + "".join(f"i{item:02},drama,{item},shoe,red\n" for item in range(10)),
    "users.csv": "USER_ID\nu00\n",
    "items.json": '{"itemId": "i01"}\n',
    "users.json": '{"userId": "u01"}\n{"userId": "u00"}\n',
}
FILTERS = (
    ("INTERACTIONS", "ItemID", 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("View")'),
    ("ITEMS", "ItemID", "INCLUDE ItemID WHERE Items.PRICE > 3"),
    ("INTERACTIONS", "UserID", 'EXCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("Purchase")'),
)
METRICS = {name: {"eventType": "VIEW", "metricName": name, "expression": "SAMPLECOUNT()"} for name in ("M1", "M2")}
KINDS = {
    "DatasetGroup": "dataset-group", "Schema": "schema", "Dataset": "dataset", "DatasetImportJob": "dataset-import-job",
    "DatasetExportJob": "dataset-export-job", "DataDeletionJob": "data-deletion-job", "EventTracker": "event-tracker",
    "Filter": "filter", "Solution": "solution", "SolutionVersion": "solution", "Campaign": "campaign",
    "Recommender": "recommender", "BatchInferenceJob": "batch-inference-job", "BatchSegmentJob": "batch-segment-job",
    "MetricAttribution": "metric-attribution",
}  # fmt: skip
"""Kind to what its ARNs begin with."""
DELETABLE = ("Campaign", "Dataset", "DatasetGroup", "EventTracker", "Filter", "MetricAttribution", "Recommender",
             "Schema", "Solution")  # fmt: skip
PARENTS = {
    "Dataset": "DatasetGroup", "EventTracker": "DatasetGroup", "Filter": "DatasetGroup", "Solution": "DatasetGroup",
    "Recommender": "DatasetGroup", "MetricAttribution": "DatasetGroup", "DataDeletionJob": "DatasetGroup",
    "DatasetImportJob": "Dataset", "DatasetExportJob": "Dataset", "SolutionVersion": "Solution", "Campaign": "Solution",
    "BatchInferenceJob": "SolutionVersion", "BatchSegmentJob": "SolutionVersion",
}  # fmt: skip
"""Kind to the kind by which its list can be narrowed."""
ABSENT = 99
"""The place where there never was anything."""
MAY_BE_NEW = ("SolutionVersion",)
"""An automatic training may begin at any time."""


def member(kind: str) -> str:
    return kind[0].lower() + kind[1:]


class AccountDriver:
    """One simulator beside one reference account.

    Attributes:
        log: every request's operation and error code, empty for success, and `wait` for moves of the clock.
    """

    def __init__(self, folder: Path) -> None:
        self.lab, self.account = build_batch_lab(folder), Account()
        self.log: Counter[tuple[str, str]] = Counter()
        self.waited = self.settled = False
        for name, text in FILES.items():
            self.lab.objects.put(f"s3://bucket/in/{name}", text.encode())

    def request(self, operation: str, problems: set[str], **params: Any) -> dict[str, Any] | None:
        """Send a request that must be answered with one of these codes; it must succeed when there are none."""
        try:
            answer: dict[str, Any] | None = self.lab.control(operation, **params)
        except AwsError as error:
            answer, code = None, error.code
        else:
            code = ""
        assert code in (problems or {""}), (operation, params, code, problems)
        self.log[operation, code] += 1
        return answer

    def create(self, resource: Resource, problems: set[str], **params: Any) -> None:
        answer = self.request(f"Create{resource.kind}", problems, **params)
        if answer is not None:
            arn = answer[f"{member(resource.kind)}Arn"]
            if not resource.arn:
                assert arn.startswith(f"{ROOT}{KINDS[resource.kind]}/")
                resource.arn = arn
            assert arn == resource.arn
            self.account.add(resource)

    def named(self, kind: str, name: str, group: str = "", **more: Any) -> Resource:
        return Resource(kind, f"{ROOT}{KINDS[kind]}/{name}", name, group, **more)

    def pick(self, kind: str, place: int) -> str:
        """The ARN of a resource that exists, one that is gone, or one that never was."""
        arns = [each.arn for each in self.account.known.values() if kind in {"", each.kind}]
        return arns[place % len(arns)] if arns and place != ABSENT else f"{ROOT}{KINDS.get(kind, 'solution')}/absent"

    def group_of(self, arn: str) -> str:
        found = self.account.find(arn)
        return found.group if found is not None else ""

    def facts(self, arn: str) -> dict[str, Any]:
        found = self.account.find(arn)
        return found.facts if found is not None else {}

    def version(self, arn: str, solution_arn: str) -> Resource:
        facts = {"segments": self.facts(solution_arn).get("segments")}
        values = {"solutionArn": solution_arn}
        return Resource("SolutionVersion", arn, None, self.group_of(solution_arn), values=values, facts=facts)

    def change(self, arn: str, operation: str, problems: set[str], coming: dict[str, Any], **params: Any) -> None:
        if self.request(operation, problems, **params) is not None:
            found = self.account.known[arn]
            found.coming, found.update_status = coming, "CREATE PENDING"

    def pass_time(self, seconds: int) -> None:
        """After a week everything under way is done."""
        self.log["wait", ""] += 1
        self.lab.wait(seconds)
        self.waited, self.settled = True, seconds >= WEEK

    def belongs(self, each: Resource, parent: str) -> bool:
        if each.kind == "Campaign":
            return bool(each.values["solutionVersionArn"].startswith(f"{parent}/"))
        return parent in {each.values.get("datasetArn"), each.values.get("solutionArn"), each.group,
                          each.values.get("solutionVersionArn")}  # fmt: skip

    def expected(self, resources: list[Resource]) -> list[str]:
        """Creation order; data deletion jobs begin with the newest."""
        arns = [each.arn for each in resources]
        return arns[::-1] if resources and resources[0].kind == "DataDeletionJob" else arns

    def arns(self, kind: str, answer: dict[str, Any]) -> list[str]:
        entries = answer["Filters" if kind == "Filter" else f"{member(kind)}s"]
        return [entry[f"{member(kind)}Arn"] for entry in entries]

    def look(self) -> None:
        for each in list(self.account.known.values()):
            if each.status != GONE:
                self.look_at(each)
        self.adopt_automatic_versions()
        for kind in KINDS:
            answer = self.request(f"List{kind}s", set())
            assert answer is not None
            assert self.arns(kind, answer) == self.expected(self.account.live(kind))
        self.waited = self.settled = False

    def look_at(self, each: Resource) -> None:
        gone = {NOT_FOUND} if each.status.startswith("DELETE") else set()
        answer = self.request(f"Describe{each.kind}", {"", *gone}, **{f"{member(each.kind)}Arn": each.arn})
        if answer is None:
            each.observe(GONE, waited=self.waited)
            for version in self.account.live("SolutionVersion") if each.kind == "Solution" else ():
                if version.values["solutionArn"] == each.arn:
                    version.status = GONE
            return
        described = answer[member(each.kind)]
        each.observe(described.get("status", ACTIVE), waited=self.waited)
        update = described.get(f"latest{each.kind}Update")
        if update is not None:
            each.observe_update(update["status"], waited=self.waited)
        assert {name: described.get(name) for name in each.values} == each.values
        assert ("failureReason" in described) is (each.status in {"CREATE FAILED", "FAILED"}), described
        assert not (self.settled and (each.status in NEXT or each.coming is not None)) or each.kind in MAY_BE_NEW
        if each.kind == "DatasetImportJob" and each.status == ACTIVE:
            each.facts["target"].facts["filled"] = True
        if each.kind == "MetricAttribution":
            listed = self.request("ListMetricAttributionMetrics", set(), metricAttributionArn=each.arn)
            assert listed == {"metrics": [METRICS[name] for name in each.facts["metrics"]]}

    def adopt_automatic_versions(self) -> None:
        """Versions that solutions made by themselves while time passed."""
        for arn in self.arns("SolutionVersion", self.lab.control("ListSolutionVersions")):
            if self.account.find(arn) is None:
                version = self.version(arn, arn.rpartition("/")[0])
                assert self.waited
                assert self.facts(version.values["solutionArn"])["auto"], arn
                described = self.lab.control("DescribeSolutionVersion", solutionVersionArn=arn)["solutionVersion"]
                assert described["trainingType"] == "AUTOMATIC"
                version.sheltered, version.status = False, described["status"]
                self.account.add(version)
