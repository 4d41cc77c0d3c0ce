"""A small project deployed offline, for tests of the state machines: 1,200 interactions, two quick recipes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.errors import WorkflowFailedError
from tastemaker.local import Local
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.plan.tokens import resolve_tokens
from tastemaker.simulator.faults import Faults
from tests.support.simulator import interactions_csv, items_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.simulator.faults import Fault

START = 1_767_225_600.0
"""2026-01-01T00:00:00Z, after all interactions."""

SHOP = """\
project: shop
datasets:
  interactions:
    schema: {USER_ID: string, ITEM_ID: string, TIMESTAMP: long, EVENT_TYPE: string, EVENT_VALUE: {type: float, nullable: true}}
    path: interactions.csv
  items:
    schema: {ITEM_ID: string, GENRE: {type: string, categorical: true, nullable: true}, PRICE: {type: float, nullable: true}}
    path: items.csv
filters:
  unseen: EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")
solutions:
  popular: {recipe: aws-popularity-count}
  similar: {recipe: aws-sims}
campaigns:
  popular: {solution: popular}
  similar: {solution: similar}
schedules: {full: "cron(0 3 ? * SUN *)", incremental: "cron(0 3 ? * MON-SAT *)"}
"""  # noqa: E501
MUTATING = ("create", "update", "delete", "tag", "untag", "start", "stop")


@dataclass
class Shop:
    """The deployed project and what its machines called."""

    local: Local
    folder: Path

    def run(self, machine: str, machine_input: Mapping[str, Any]) -> Any:
        """Output of the machine; WorkflowFailedError when it fails."""
        return self.local.execute(machine, dict(machine_input)).output

    def failure(self, machine: str, machine_input: Mapping[str, Any]) -> str:
        """`error: cause` of a machine that must fail."""
        try:
            self.run(machine, machine_input)
        except WorkflowFailedError:
            execution = next(found for found in reversed(self.executions) if found.machine == machine)
            return f"{execution.error}: {execution.cause}"
        raise AssertionError(f"{machine} succeeded")

    @property
    def executions(self) -> list[Execution]:
        return self.local.engine.executions

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.local.simulator.call("personalize", operation, params)

    def calls(self, since: int = 0) -> list[str]:
        """Calls of Personalize by the executions from number `since` on, e.g. `createSolution`."""
        details = [
            event["taskScheduledEventDetails"]
            for execution in self.executions[since:]
            for event in execution.history
            if event["type"] == "TaskScheduled"
        ]
        return [str(call["resource"]) for call in details if call["resourceType"] == "aws-sdk:personalize"]

    def mutations(self, since: int = 0) -> list[str]:
        """Those calls that change something."""
        return [call for call in self.calls(since) if call.startswith(MUTATING)]

    def upload(self, **rows: int) -> None:
        """Datasets of the full import; `events` per user and `items` as wanted."""
        bulk = {
            "full/interactions/interactions.csv": interactions_csv(events=rows.get("events", 30)),
            "full/items/items.csv": items_csv(rows.get("items", 10)),
        }
        for key, text in bulk.items():
            self.put(key, text)

    def put(self, key: str, text: str) -> None:
        file = self.folder / "upload.csv"
        file.write_text(text, encoding="utf-8")
        self.local.put_dataset(key, file)

    def deploy(self) -> None:
        self.upload()
        self.local.deploy()

    def maintenance(self, mode: str = "FULL", **changes: Any) -> dict[str, Any]:
        return {**self.local.plan.maintenance[mode], **changes}

    def ledger(self, *decisions: str) -> list[dict[str, str]]:
        """Rows of decisions in time order, as plain text; all of them without an argument."""
        rows = self.local.aws.call("dynamodb", "Scan", {"TableName": self.local.values["LedgerTableName"]})["Items"]
        plain = [{name: next(iter(value.values())) for name, value in row.items()} for row in rows]
        found = [row for row in plain if row.get("decision") in decisions or not decisions]
        return sorted(found, key=lambda row: row["recorded"])

    def resolved(self, value: Any) -> Any:
        return resolve_tokens(value, self.local.values)

    def wait(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.local.engine.advance(seconds)


@contextmanager
def deployed_shop(folder: Path, text: str = SHOP, *faults: Fault, seed: int = 0) -> Iterator[Shop]:
    """Nothing is ensured or imported yet."""
    file = folder / "tastemaker.yaml"
    file.write_text(text, encoding="utf-8")
    plan = build_plan(load_project(file))
    with Local(plan, start_time=START, seed=seed, faults=Faults(faults)) as local:
        yield Shop(local, folder)


@contextmanager
def ensured_shop(folder: Path) -> Iterator[Shop]:
    """Ensured and uploaded, nothing imported."""
    with deployed_shop(folder) as shop:
        shop.run("ensure", shop.local.plan.resources)
        shop.upload()
        yield shop
