"""What verbs share that deploy offline: the deployment, and what they ask of it."""

from __future__ import annotations

import csv
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tastemaker.cli.progress import Progress
from tastemaker.local import Local
from tastemaker.simulator.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tastemaker.cli.inspecting import Checked
    from tastemaker.model.project import Project

TITLE_COLUMNS = ("TITLE", "NAME", "ITEM_NAME", "DESCRIPTION")


@contextmanager
def deployed(checked: Checked, *, seed: int, start: float | None, faults: Faults | None = None) -> Iterator[Run]:
    """The project's plan on this computer, nothing imported yet; progress goes to stderr."""
    start_time = checked.day_after_newest_interaction() if start is None else start
    began = time.monotonic()
    with (
        Progress(start_time) as listen,
        Local(checked.plan, start_time=start_time, seed=seed, on_event=listen, faults=faults or Faults()) as local,
    ):
        for table, items in checked.side_tables.items():
            local.fill_table(table, items)
        put_batch_inputs(local, checked.project)
        yield Run(local, dict(checked.files), start_time, began)


def put_batch_inputs(local: Local, project: Project) -> None:
    """What batch jobs read, where the project says which file that is."""
    for job in project.batch.values():
        if job.file is not None:
            params = {"Bucket": local.values["DataBucketName"], "Key": job.input}
            local.aws.call("s3", "PutObject", {**params, "Body": (project.root / job.file).read_bytes()})


@dataclass(frozen=True)
class Run:
    """One offline deployment and its clock."""

    local: Local
    files: dict[str, Path]
    start_time: float
    began: float

    def real_seconds(self) -> float:
        return time.monotonic() - self.began

    def deploy(self) -> None:
        """Upload the prepared files, then ensure, import, train and release.

        Raises:
            WorkflowFailedError: with the execution's error and cause.
        """
        self.local.upload(self.files)
        self.local.deploy()

    def campaigns(self) -> list[dict[str, str]]:
        """What serves now, by name."""
        call = self.local.simulator.call
        listed = call("personalize", "ListCampaigns", {})["campaigns"]
        described = [
            call("personalize", "DescribeCampaign", {"campaignArn": entry["campaignArn"]})["campaign"]
            for entry in listed
        ]
        return [
            {
                "name": campaign["name"],
                "arn": campaign["campaignArn"],
                "solution_version_arn": campaign["solutionVersionArn"],
            }
            for campaign in sorted(described, key=lambda campaign: str(campaign["name"]))
        ]

    def metrics(self) -> dict[str, dict[str, float]]:
        """Offline metrics of the newest training of each solution, as `train` read them."""
        outputs = [
            execution.output
            for execution in self.local.engine.executions
            if execution.machine == "train" and execution.status == "SUCCEEDED"
        ]
        return {output["SolutionName"]: output["Metrics"] for output in outputs}

    def example_user(self) -> str:
        """The first user of the prepared interactions."""
        return self._first("USER_ID")

    def example_event_type(self) -> str:
        return self._first("EVENT_TYPE")

    def _first(self, column: str) -> str:
        with self.files["INTERACTIONS"].open(encoding="utf-8", newline="") as file:
            return str(next(csv.DictReader(file))[column])

    def history(self, user: str) -> set[str]:
        """Items of a user in the prepared interactions."""
        with self.files["INTERACTIONS"].open(encoding="utf-8", newline="") as file:
            return {row["ITEM_ID"] for row in csv.DictReader(file) if row["USER_ID"] == user}

    def titles(self) -> dict[str, str]:
        """Item id to the first column that reads like a name; empty without an Items dataset."""
        if "ITEMS" not in self.files:
            return {}
        with self.files["ITEMS"].open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            column = next((name for name in rows.fieldnames or () if name in TITLE_COLUMNS), None)
            return {} if column is None else {row["ITEM_ID"]: row[column] for row in rows}
