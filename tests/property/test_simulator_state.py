"""The control plane against a small reference model: what exists, what is ready, what blocks what.

Time is part of the game: `wait` lets everything under way finish, so between two waits a resource is new, being
updated or being deleted.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tastemaker.errors import AwsError
from tests.support.simulator import INTERACTIONS_SCHEMA, Lab, build_lab, interactions_csv

ROOT = "arn:aws:personalize:us-east-1:123456789012:"
RECIPE = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
NEW, READY, GONE = "CREATE PENDING", "ACTIVE", "DELETE PENDING"
NAMES = st.sampled_from(["a", "b"])
NOT_FOUND, IN_USE = "ResourceNotFoundException", "ResourceInUseException"
EXISTS = "ResourceAlreadyExistsException"


@dataclass
class Thing:
    """What the reference model knows of one resource."""

    status: str
    parent: str = ""
    tps: int = 1
    coming_tps: int | None = None


def attempt(lab: Lab, operation: str, **params: Any) -> str:
    """The error code of a call; empty when it succeeds."""
    try:
        lab.control(operation, **params)
    except AwsError as error:
        return error.code
    return ""


class ControlPlane(RuleBasedStateMachine):
    """Groups, schemas, datasets, solutions and campaigns by name; one trained solution version is always at hand."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.lab = build_lab(Path(self.folder.name))
        group = self.lab.group("base")
        self.lab.load(self.lab.dataset(group), interactions_csv(users=40), "base")
        self.version = self.lab.version(self.lab.solution(group, name="base"))
        self.groups: dict[str, Thing] = {}
        self.schemas: set[str] = set()
        self.datasets: dict[str, Thing] = {}
        self.solutions: dict[str, Thing] = {}
        self.campaigns: dict[str, Thing] = {}

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule()
    def wait(self) -> None:
        self.lab.wait()
        for things in (self.groups, self.datasets, self.solutions, self.campaigns):
            for name, thing in list(things.items()):
                if thing.status == GONE:
                    del things[name]
                elif thing.coming_tps is not None:
                    thing.tps, thing.coming_tps = thing.coming_tps, None
                thing.status = READY if thing.status == NEW else thing.status

    @rule(name=NAMES)
    def create_group(self, name: str) -> None:
        code = attempt(self.lab, "CreateDatasetGroup", name=name)
        assert code == (EXISTS if name in self.groups else "")
        self.groups.setdefault(name, Thing(NEW))

    @rule(name=NAMES)
    def delete_group(self, name: str) -> None:
        code = attempt(self.lab, "DeleteDatasetGroup", datasetGroupArn=f"{ROOT}dataset-group/{name}")
        children = [*self.datasets.values(), *self.solutions.values()]
        blocked = any(child.parent == name for child in children)
        assert code == self.expected_deletion(self.groups.get(name), blocked=blocked)
        if not code:
            self.groups[name].status = GONE

    @rule(name=NAMES)
    def create_schema(self, name: str) -> None:
        code = attempt(self.lab, "CreateSchema", name=name, schema=json.dumps(INTERACTIONS_SCHEMA))
        assert code == (EXISTS if name in self.schemas else "")
        self.schemas.add(name)

    @rule(name=NAMES)
    def delete_schema(self, name: str) -> None:
        code = attempt(self.lab, "DeleteSchema", schemaArn=f"{ROOT}schema/{name}")
        used = any(key.endswith(f"|{name}") for key in self.datasets)
        assert code == (NOT_FOUND if name not in self.schemas else IN_USE if used else "")
        if not code:
            self.schemas.discard(name)

    @rule(group=NAMES, schema=NAMES)
    def create_dataset(self, group: str, schema: str) -> None:
        params = {"datasetGroupArn": f"{ROOT}dataset-group/{group}", "schemaArn": f"{ROOT}schema/{schema}"}
        code = attempt(self.lab, "CreateDataset", name="d", datasetType="Interactions", **params)
        if group not in self.groups or schema not in self.schemas:
            assert code == NOT_FOUND
        elif self.groups[group].status != READY:
            assert code == IN_USE
        elif any(thing.parent == group for thing in self.datasets.values()):
            assert code == EXISTS
        else:
            assert code == ""
            self.datasets[f"{group}|{schema}"] = Thing(NEW, parent=group)

    @rule(group=NAMES)
    def delete_dataset(self, group: str) -> None:
        code = attempt(self.lab, "DeleteDataset", datasetArn=f"{ROOT}dataset/{group}/INTERACTIONS")
        thing = next((each for each in self.datasets.values() if each.parent == group), None)
        assert code == self.expected_deletion(thing, blocked=False)
        if thing is not None and not code:
            thing.status = GONE

    @rule(name=NAMES, group=NAMES)
    def create_solution(self, name: str, group: str) -> None:
        params = {"datasetGroupArn": f"{ROOT}dataset-group/{group}", "recipeArn": RECIPE, "performAutoTraining": False}
        code = attempt(self.lab, "CreateSolution", name=name, **params)
        if group not in self.groups:
            assert code == NOT_FOUND
        elif name in self.solutions:
            assert code == EXISTS
        elif self.groups[group].status != READY:
            assert code == IN_USE
        else:
            assert code == ""
            self.solutions[name] = Thing(NEW, parent=group)

    @rule(name=NAMES)
    def delete_solution(self, name: str) -> None:
        code = attempt(self.lab, "DeleteSolution", solutionArn=f"{ROOT}solution/{name}")
        assert code == self.expected_deletion(self.solutions.get(name), blocked=False)
        if not code:
            self.solutions[name].status = GONE

    @rule(name=NAMES, tps=st.integers(1, 5))
    def create_campaign(self, name: str, tps: int) -> None:
        params = {"solutionVersionArn": self.version, "minProvisionedTPS": tps}
        code = attempt(self.lab, "CreateCampaign", name=name, **params)
        assert code == (EXISTS if name in self.campaigns else "")
        self.campaigns.setdefault(name, Thing(NEW, tps=tps))

    @rule(name=NAMES, tps=st.integers(1, 5))
    def update_campaign(self, name: str, tps: int) -> None:
        code = attempt(self.lab, "UpdateCampaign", campaignArn=f"{ROOT}campaign/{name}", minProvisionedTPS=tps)
        thing = self.campaigns.get(name)
        if thing is None:
            assert code == NOT_FOUND
        elif thing.status != READY or thing.coming_tps is not None:
            assert code == IN_USE
        else:
            assert code == ""
            thing.coming_tps = tps

    @rule(name=NAMES)
    def delete_campaign(self, name: str) -> None:
        code = attempt(self.lab, "DeleteCampaign", campaignArn=f"{ROOT}campaign/{name}")
        thing = self.campaigns.get(name)
        blocked = thing is not None and thing.coming_tps is not None
        assert code == self.expected_deletion(thing, blocked=blocked)
        if thing is not None and not code:
            thing.status = GONE

    @rule()
    def delete_the_serving_solution(self) -> None:
        if self.campaigns:
            solution = self.version.rpartition("/")[0]
            assert attempt(self.lab, "DeleteSolution", solutionArn=solution) == IN_USE

    @invariant()
    def lists_show_exactly_what_exists(self) -> None:
        assert self.listed("DatasetGroup") == {"base", *self.groups}
        assert self.listed("Solution") == {"base", *self.solutions}
        assert self.listed("Campaign") == set(self.campaigns)
        assert self.listed("Schema") == {"interactions", *self.schemas}

    @invariant()
    def describe_shows_status_and_values(self) -> None:
        for name, thing in self.groups.items():
            described = self.lab.control("DescribeDatasetGroup", datasetGroupArn=f"{ROOT}dataset-group/{name}")
            assert described["datasetGroup"]["status"] == thing.status
        for name, thing in self.campaigns.items():
            campaign = self.lab.control("DescribeCampaign", campaignArn=f"{ROOT}campaign/{name}")["campaign"]
            assert (campaign["status"], campaign["minProvisionedTPS"]) == (thing.status, thing.tps)
            if thing.coming_tps is not None:
                update = campaign["latestCampaignUpdate"]
                assert (update["minProvisionedTPS"], update["status"]) == (thing.coming_tps, NEW)

    def listed(self, kind: str) -> set[str]:
        member = kind[0].lower() + kind[1:] + "s"
        return {entry["name"] for entry in self.lab.control(f"List{kind}s")[member]}

    @staticmethod
    def expected_deletion(thing: Thing | None, *, blocked: bool) -> str:
        if thing is None:
            return NOT_FOUND
        return IN_USE if blocked or thing.status != READY else ""


TestControlPlane = ControlPlane.TestCase
TestControlPlane.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
