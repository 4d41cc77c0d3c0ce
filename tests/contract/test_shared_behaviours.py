"""What independent simulators of the service agree on, for all operations at once where it concerns several.

What concerns one operation alone is tested with it, in tests/unit/simulator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.shapes import service_model
from tests.support.scenarios import SCENARIOS
from tests.support.shape_samples import all_operations
from tests.support.simulator import refused
from tests.support.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

CONTROL = [name for service, name in all_operations() if service == "personalize"]
PARENTS = [
    (operation, name)
    for operation in CONTROL
    if operation.startswith("Create")
    for name, value in SCENARIOS[operation].params.items()
    if name.endswith("Arn") and (str(value).startswith(("{", "arn:aws:personalize:")))
]
NAMING = [
    (operation, name)
    for operation in CONTROL
    if operation.startswith(("Describe", "Delete"))
    for name in service_model("personalize").operation_model(operation).input_shape.required_members
]
LISTS = [name for name in CONTROL if name.startswith("List") and name != "ListTagsForResource"]
UPDATED = (
    ("Dataset", "dataset", "latestDatasetUpdate"),
    ("Solution", "solution", "latestSolutionUpdate"),
    ("Campaign", "campaign", "latestCampaignUpdate"),
    ("Recommender", "recommender", "latestRecommenderUpdate"),
)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.mark.parametrize(("operation", "member"), PARENTS)
def test_a_create_refuses_each_parent_that_is_not_there(stage: Stage, operation: str, member: str) -> None:
    stage.reach(operation)
    params = stage.params(operation)
    with refused("ResourceNotFoundException", f"{params[member]}-absent"):
        stage.send(operation, {**params, member: f"{params[member]}-absent"})


@pytest.mark.parametrize(("operation", "member"), NAMING)
def test_what_is_no_arn_is_invalid_and_what_is_not_there_is_not_found(
    stage: Stage, operation: str, member: str
) -> None:
    kind = operation.removeprefix("Describe").removeprefix("Delete").lower()
    absent = f"arn:aws:personalize:us-east-1:123456789012:{kind}/absent"
    with refused("ResourceNotFoundException", absent):
        stage.send(operation, {member: absent})
    with refused("InvalidInputException", f"'{member}'"):
        stage.send(operation, {member: "absent"})


@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize("size", [0, 101])
def test_a_page_has_1_to_100_entries(stage: Stage, operation: str, size: int) -> None:
    stage.reach(operation)
    with refused("InvalidInputException", "'maxResults'"):
        stage.send(operation, {**stage.params(operation), "maxResults": size})


@pytest.mark.parametrize(("kind", "member", "update"), UPDATED)
def test_an_update_is_shown_from_the_first_one_on(stage: Stage, kind: str, member: str, update: str) -> None:
    def described() -> dict[str, Any]:
        arn = {f"{member}Arn": stage.known[f"{member}Arn"]}
        found: dict[str, Any] = stage.lab.control(f"Describe{kind}", **arn)[member]
        return found

    stage.reach(f"Update{kind}")
    assert update not in described()
    stage.send(f"Update{kind}", stage.params(f"Update{kind}"))
    assert described()[update]["status"] == "CREATE PENDING"


@pytest.mark.parametrize("domain", ["RETAIL", "ecommerce", ""])
def test_there_are_two_domains(stage: Stage, domain: str) -> None:
    with refused("InvalidInputException", "Member must satisfy enum value set: [ECOMMERCE, VIDEO_ON_DEMAND]"):
        stage.lab.control("CreateDatasetGroup", name="shop", domain=domain)


@pytest.mark.parametrize("child", ["CreateEventTracker", "CreateFilter", "CreateSolution", "CreateMetricAttribution"])
def test_a_group_that_holds_one_thing_cannot_be_deleted(stage: Stage, child: str) -> None:
    stage.play(child)
    arn = next(
        value for name, value in stage.known.items() if child.removeprefix("Create").lower() + "arn" == name.lower()
    )
    group = stage.known["datasetGroupArn"]
    for dataset in stage.lab.control("ListDatasets")["datasets"]:
        stage.lab.control("DeleteDataset", datasetArn=dataset["datasetArn"])
    stage.lab.wait()
    with refused("ResourceInUseException", f"{group} still has {arn}; delete it first."):
        stage.lab.control("DeleteDatasetGroup", datasetGroupArn=group)


def test_a_group_with_a_recommender_cannot_be_deleted(stage: Stage) -> None:
    stage.play("CreateRecommender")
    group = stage.known["datasetGroupArn"]
    stage.lab.control("DeleteDataset", datasetArn=stage.known["datasetArn"])
    stage.lab.wait()
    with refused("ResourceInUseException", f"{group} still has {stage.known['recommenderArn']}; delete it first."):
        stage.lab.control("DeleteDatasetGroup", datasetGroupArn=group)
