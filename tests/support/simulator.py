"""A local Personalize for tests: a clock that stands still, a folder as S3, a recipe that fits in a line."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tastemaker.errors import AwsError
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.durations import Durations
from tastemaker.simulator.faults import Faults
from tastemaker.simulator.service import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from tastemaker.simulator.recipes.base import FloatArray, Recipe, Request, TrainingInput

START = 1_800_000_000.0
ROLE = "arn:aws:iam::123456789012:role/personalize"
HOUR = 3_600.0
DAY = 24 * HOUR
INTERACTIONS_SCHEMA = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
        {"name": "EVENT_TYPE", "type": "string"},
        {"name": "EVENT_VALUE", "type": ["null", "float"]},
    ],
    "version": "1.0",
}
ITEMS_SCHEMA = {
    "type": "record",
    "name": "Items",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "ITEM_ID", "type": "string"},
        {"name": "GENRE", "type": ["null", "string"], "categorical": True},
        {"name": "PRICE", "type": ["null", "float"]},
    ],
    "version": "1.0",
}
USERS_SCHEMA = {
    "type": "record",
    "name": "Users",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "AGE", "type": ["null", "int"]},
    ],
    "version": "1.0",
}
SCHEMAS = {"Interactions": INTERACTIONS_SCHEMA, "Items": ITEMS_SCHEMA, "Users": USERS_SCHEMA}


@dataclass
class FolderStore:
    """An ObjectStore over a folder: `s3://bucket/key` is `root/bucket/key`; `denied` locations refuse."""

    root: Path
    denied: set[str] = field(default_factory=set)

    def fetch(self, location: str) -> list[Path]:
        if location in self.denied:
            raise AwsError("s3", "AccessDenied", "Access Denied", 403)
        path = self.root / location.removeprefix("s3://")
        if location.endswith("/"):
            return sorted(file for file in path.glob("*") if file.is_file())
        if not path.exists():
            raise AwsError("s3", "NoSuchKey", "The specified key does not exist.", 404)
        return [path]

    def fetch_tree(self, location: str) -> list[Path]:
        path = self.root / location.removeprefix("s3://")
        if location.endswith("/") and location not in self.denied:
            return sorted(file for file in path.rglob("*") if file.is_file())
        return self.fetch(location)

    def put(self, location: str, body: bytes) -> None:
        if location in self.denied:
            raise AwsError("s3", "AccessDenied", "Access Denied", 403)
        path = self.root / location.removeprefix("s3://")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


@dataclass(frozen=True)
class CountingModel:
    """Scores an item by its interactions, and the items of the user's history a thousand times higher, newest first."""

    item_ids: npt.NDArray[np.object_]
    counts: npt.NDArray[np.float32]
    gives_scores: bool = True
    only: str | None = None
    metrics: Mapping[str, float] = field(default_factory=lambda: {"coverage": 0.5, "precision_at_5": 0.25})

    def score(self, request: Request) -> FloatArray:
        scores = self.counts.copy()
        for place, code in enumerate(request.history.tolist()):
            scores[code] = 1000 + place
        if request.item >= 0:
            scores[request.item] = 9999
        if self.only is not None:
            scores[self.item_ids != self.only] = -np.inf
        return scores / np.float32(1000)

    def save(self, folder: Path) -> None:
        np.save(folder / "counts.npy", self.counts)


@dataclass
class CountingRecipe:
    """Trains a `CountingModel` and remembers what it was given.

    Attributes:
        only: the single item that models score; None for all.
    """

    seen: list[TrainingInput] = field(default_factory=list)
    gives_scores: bool = True
    only: str | None = None

    def train(self, data: TrainingInput) -> CountingModel:
        self.seen.append(data)
        table = data.interactions
        extra = list(data.items.ids) if data.items is not None else []
        ids = np.array(sorted({*table.item_ids, *extra}), object)
        codes = np.searchsorted(ids, table.item_ids)
        counts = np.bincount(codes[table.item], minlength=ids.size) if codes.size else np.zeros(ids.size)
        return CountingModel(ids, counts.astype(np.float32), self.gives_scores, self.only)

    def load(self, folder: Path) -> CountingModel:
        raise NotImplementedError


def interactions_csv(users: int = 40, events: int = 30, *, header: str = "") -> str:
    """`events` interactions of each user u00, u01 … with items i00 … i09; one in three is a buy of value 5."""
    lines = [header or "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"]
    for user in range(users):
        for event in range(events):
            kind, value = ("buy", "5") if event % 3 == 0 else ("view", "")
            item = (user + event * (1 + event % 2)) % 10
            lines.append(f"u{user:02},i{item:02},{1_700_000_000 + event * 60 + user},{kind},{value}")
    return "\n".join(lines) + "\n"


def items_csv(items: int = 10) -> str:
    """Items i00 …: even ones are drama, odd ones comedy|crime; the price is the number."""
    rows = [f"i{item:02},{'drama' if item % 2 == 0 else 'comedy|crime'},{item}" for item in range(items)]
    return "\n".join(["ITEM_ID,GENRE,PRICE", *rows]) + "\n"


@dataclass
class Lab:
    """A simulator with its clock and bucket, and short words for long requests."""

    simulator: Simulator
    clock: ManualClock
    objects: FolderStore
    recipe: CountingRecipe

    def control(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.simulator.call("personalize", operation, params)

    def runtime(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.simulator.call("personalize-runtime", operation, params)

    def events(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.simulator.call("personalize-events", operation, params)

    def wait(self, seconds: float = HOUR) -> None:
        self.clock.advance(seconds)
        self.simulator.settle()

    def group(self, name: str = "shop") -> str:
        arn: str = self.control("CreateDatasetGroup", name=name)["datasetGroupArn"]
        self.wait(60)
        return arn

    def schema(self, kind: str = "Interactions", name: str | None = None, avro: dict[str, Any] | None = None) -> str:
        text = json.dumps(avro or SCHEMAS[kind])
        arn: str = self.control("CreateSchema", name=name or kind.lower(), schema=text)["schemaArn"]
        return arn

    def dataset(self, group_arn: str, kind: str = "Interactions", avro: dict[str, Any] | None = None) -> str:
        schema_arn = self.schema(kind, avro=avro)
        params = {"name": kind.lower(), "schemaArn": schema_arn, "datasetGroupArn": group_arn, "datasetType": kind}
        arn: str = self.control("CreateDataset", **params)["datasetArn"]
        self.wait(60)
        return arn

    def load(self, dataset_arn: str, text: str, job: str = "job", mode: str = "FULL") -> str:
        """Import a CSV and wait; gives the job's ARN."""
        self.objects.put(f"s3://bucket/{job}.csv", text.encode())
        arn: str = self.control(
            "CreateDatasetImportJob",
            jobName=job,
            datasetArn=dataset_arn,
            dataSource={"dataLocation": f"s3://bucket/{job}.csv"},
            roleArn=ROLE,
            importMode=mode,
        )["datasetImportJobArn"]
        self.wait()
        return arn

    def solution(
        self, group_arn: str, recipe: str = "aws-user-personalization-v2", name: str = "feed", **more: Any
    ) -> str:
        params = {"performAutoTraining": False, **more}
        recipe_arn = f"arn:aws:personalize:::recipe/{recipe}"
        arn: str = self.control("CreateSolution", name=name, datasetGroupArn=group_arn, recipeArn=recipe_arn, **params)[
            "solutionArn"
        ]
        self.wait(60)
        return arn

    def version(self, solution_arn: str) -> str:
        arn: str = self.control("CreateSolutionVersion", solutionArn=solution_arn)["solutionVersionArn"]
        self.wait(2 * HOUR)
        return arn

    def campaign(self, version_arn: str, name: str = "home", **more: Any) -> str:
        arn: str = self.control("CreateCampaign", name=name, solutionVersionArn=version_arn, **more)["campaignArn"]
        self.wait()
        return arn

    def trained_group(self) -> str:
        """A group with interactions and items."""
        group = self.group()
        self.load(self.dataset(group), interactions_csv(), "interactions")
        self.load(self.dataset(group, "Items"), items_csv(), "items")
        return group

    def serving(self, recipe: str = "aws-user-personalization-v2") -> tuple[str, str]:
        """Group and campaign ARN, ready for requests."""
        group = self.trained_group()
        return group, self.campaign(self.version(self.solution(group, recipe)))

    def tracker(self, group_arn: str) -> str:
        """trackingId of an ACTIVE event tracker."""
        answer = self.control("CreateEventTracker", name="clicks", datasetGroupArn=group_arn)
        self.wait(60)
        tracking_id: str = answer["trackingId"]
        return tracking_id


@contextmanager
def refused(code: str, message: str, status: int = 400) -> Iterator[None]:
    """Expect an AwsError with this code, this text somewhere in its message, and this HTTP status."""
    with pytest.raises(AwsError) as caught:
        yield
    assert (caught.value.code, caught.value.status) == (code, status), caught.value
    assert message in caught.value.message
    assert len(caught.value.request_id) == 36


RECIPE_NAMES = (
    "aws-user-personalization-v2",
    "aws-user-personalization",
    "aws-personalized-ranking-v2",
    "aws-popularity-count",
    "aws-similar-items",
    "aws-sims",
    "aws-semantic-similarity",
    "aws-item-affinity",
)


def build_lab(
    root: Path,
    *,
    durations: Durations = Durations(),  # noqa: B008 - frozen
    seed: int = 0,
    faults: Faults = Faults(),  # noqa: B008 - frozen
) -> Lab:
    clock, objects, recipe = ManualClock(START), FolderStore(root), CountingRecipe()
    recipes: dict[str, Recipe] = dict.fromkeys(RECIPE_NAMES, recipe)
    simulator = Simulator(clock=clock, objects=objects, seed=seed, durations=durations, recipes=recipes, faults=faults)
    return Lab(simulator, clock, objects, recipe)
