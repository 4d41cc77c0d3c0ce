"""A local Personalize with 10,000 items and 10,000 users, trained and deployed, for benchmarks.

As a program it serves them over HTTP until it gets SIGTERM: `python -m tests.support.served_catalogue FOLDER RECIPE`
prints one line of JSON, {"url": …, "request": …}, when it is ready.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tastemaker.simulator.clock import SystemClock
from tastemaker.simulator.durations import Durations
from tastemaker.simulator.objects import FolderObjects
from tastemaker.simulator.server import ServerSpec, build_personalize_app, run_servers
from tastemaker.simulator.service import Simulator
from tests.support.simulator import INTERACTIONS_SCHEMA, ITEMS_SCHEMA, ROLE

ITEMS = USERS = 10_000
EVENTS = 300_000
_START = 1_700_000_000
_GENRES = ("drama", "comedy", "crime", "comedy|crime", "documentary")
FILTER = (
    'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy") | INCLUDE ItemID WHERE Items.GENRE IN ("drama","comedy")'
)


def write_files(root: Path, seed: int = 0) -> None:
    """Interactions with a popularity that falls as 1/rank and tastes in blocks of 100 items; one event in ten a buy."""
    rng = np.random.default_rng(seed)
    users = rng.integers(0, USERS, EVENTS)
    ranks = np.minimum(rng.zipf(1.3, EVENTS), 100) - 1
    blocks = (users % 97 + rng.integers(0, 4, EVENTS) * 25) % 100
    items = blocks * 100 + ranks
    times = _START + rng.integers(0, 90 * 86_400, EVENTS)
    kinds = np.where(rng.random(EVENTS) < 0.1, "buy", "view")
    rows = zip(users.tolist(), items.tolist(), times.tolist(), kinds.tolist(), strict=True)
    lines = [f"u{user:05},i{item:05},{time},{kind}," for user, item, time, kind in rows]
    _write(root / "bucket" / "interactions.csv", ["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE", *lines])
    described = [f"i{item:05},{_GENRES[item % len(_GENRES)]},{item % 50}" for item in range(ITEMS)]
    _write(root / "bucket" / "items.csv", ["ITEM_ID,GENRE,PRICE", *described])


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def build_simulator(root: Path) -> Simulator:
    """A simulator on the computer's clock where nothing takes time."""
    return Simulator(clock=SystemClock(), objects=FolderObjects(root), durations=Durations.instant())


def deploy(simulator: Simulator, recipe: str) -> dict[str, Any]:
    """Import, train and deploy; gives a GetRecommendations request without its user or item."""

    def control(operation: str, **params: Any) -> dict[str, Any]:
        answer = simulator.call("personalize", operation, params)
        simulator.settle()
        return answer

    group = control("CreateDatasetGroup", name="bench")["datasetGroupArn"]
    for kind, schema in (("Interactions", INTERACTIONS_SCHEMA), ("Items", ITEMS_SCHEMA)):
        name = kind.lower()
        schema_arn = control("CreateSchema", name=name, schema=json.dumps(schema))["schemaArn"]
        params = {"name": name, "schemaArn": schema_arn, "datasetGroupArn": group, "datasetType": kind}
        dataset = control("CreateDataset", **params)["datasetArn"]
        source = {"dataLocation": f"s3://bucket/{name}.csv"}
        control("CreateDatasetImportJob", jobName=name, datasetArn=dataset, dataSource=source, roleArn=ROLE)
    recipe_arn = f"arn:aws:personalize:::recipe/{recipe}"
    params = {"name": "bench", "datasetGroupArn": group, "recipeArn": recipe_arn, "performAutoTraining": False}
    solution = control("CreateSolution", **params)["solutionArn"]
    version = control("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    campaign = control("CreateCampaign", name="bench", solutionVersionArn=version)["campaignArn"]
    unseen = control("CreateFilter", name="unseen", datasetGroupArn=group, filterExpression=FILTER)["filterArn"]
    return {"campaignArn": campaign, "filterArn": unseen, "numResults": 25}


def main(root: Path, recipe: str) -> None:
    simulator = build_simulator(root)
    request = deploy(simulator, recipe)

    def announce(urls: list[str]) -> None:
        sys.stdout.write(json.dumps({"url": urls[0], "request": request}) + "\n")
        sys.stdout.flush()

    run_servers([ServerSpec(build_personalize_app(simulator))], announce)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
