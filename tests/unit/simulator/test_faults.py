from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.errors import AwsError, TastemakerError
from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.faults import PROFILES, Fault, Faults, Kind, load_faults
from tastemaker.simulator.service import Simulator
from tests.support.simulator import (
    DAY,
    HOUR,
    RECIPE_NAMES,
    START,
    CountingRecipe,
    FolderStore,
    Lab,
    interactions_csv,
    refused,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import Recipe

HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"


def faulty(root: Path, *faults: Fault, seed: int = 0, slept: list[float] | None = None) -> Lab:
    clock, objects, recipe = ManualClock(START), FolderStore(root), CountingRecipe()
    recipes: dict[str, Recipe] = dict.fromkeys(RECIPE_NAMES, recipe)
    sleep = None if slept is None else slept.append
    simulator = Simulator(clock=clock, objects=objects, seed=seed, recipes=recipes, faults=Faults(faults), sleep=sleep)
    return Lab(simulator, clock, objects, recipe)


def outcomes(lab: Lab, requests: int = 40) -> str:
    """One letter for each request: `.` answered, `x` refused."""
    letters = []
    for _ in range(requests):
        try:
            lab.control("ListDatasetGroups")
            letters.append(".")
        except AwsError:
            letters.append("x")
    return "".join(letters)


@pytest.mark.parametrize(
    ("kind", "code", "message", "http_status"),
    [
        (Kind.THROTTLING, "ThrottlingException", "Rate exceeded", 400),
        (
            Kind.RATE_LIMIT,
            "LimitExceededException",
            "The limit on the number of requests per second has been exceeded.",
            400,
        ),
        (
            Kind.PENDING_LIMIT,
            "LimitExceededException",
            "More than 5 resources with PENDING or IN_PROGRESS status.",
            400,
        ),
        (
            Kind.ACTIVE_LIMIT,
            "LimitExceededException",
            "More than 5 resources in ACTIVE state. Please delete some and try again.",
            400,
        ),
        (Kind.ACCESS_DENIED, "AccessDeniedException", "User is not authorized to perform this action", 400),
        (
            Kind.INTERNAL_FAILURE,
            "InternalFailure",
            "The request processing has failed because of an unknown error.",
            500,
        ),
        (Kind.SERVICE_UNAVAILABLE, "ServiceUnavailable", "The request has failed due to a temporary failure.", 503),
    ],
)
def test_a_fault_refuses_with_the_services_words(
    tmp_path: Path, kind: Kind, code: str, message: str, http_status: int
) -> None:
    lab = faulty(tmp_path, Fault(kind=kind, operation="CreateDatasetGroup"))
    with refused(code, message, http_status):
        lab.control("CreateDatasetGroup", name="shop")
    assert lab.control("ListDatasetGroups")["datasetGroups"] == []


def test_a_counted_fault_ends(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.THROTTLING, operation="ListDatasetGroups", count=2))
    assert outcomes(lab, 5) == "xx..."


def test_a_fault_concerns_its_operation_only(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.THROTTLING, operation="Describe*"))
    group = lab.group()
    with refused("ThrottlingException", "Rate exceeded"):
        lab.control("DescribeDatasetGroup", datasetGroupArn=group)


def test_a_fault_can_wait_for_one_resource(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.THROTTLING, operation="CreateSchema", params={"name": "items*"}))
    lab.schema("Interactions")
    with refused("ThrottlingException", "Rate exceeded"):
        lab.schema("Items")


def test_params_may_lie_in_a_structure(tmp_path: Path) -> None:
    location = {"dataSource.dataLocation": "s3://bucket/bad*"}
    lab = faulty(tmp_path, Fault(kind=Kind.FAILURE, operation="CreateDatasetImportJob", params=location, reason="No."))
    dataset = lab.dataset(lab.group())
    assert import_outcome(lab, lab.load(dataset, interactions_csv(), "good")) == ("ACTIVE", None)
    assert import_outcome(lab, lab.load(dataset, interactions_csv(), "bad")) == ("CREATE FAILED", "No.")


def import_outcome(lab: Lab, job: str) -> tuple[str, str | None]:
    answer = lab.control("DescribeDatasetImportJob", datasetImportJobArn=job)["datasetImportJob"]
    return answer["status"], answer.get("failureReason")


def test_a_fault_keeps_to_its_time(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.SERVICE_UNAVAILABLE, after_seconds=60, until_seconds=120))
    assert outcomes(lab, 1) == "."
    lab.wait(60)
    assert outcomes(lab, 1) == "x"
    lab.wait(60)
    assert outcomes(lab, 1) == "."


def test_chance_depends_on_the_seed_and_the_requests_only(tmp_path: Path) -> None:
    rare = Fault(kind=Kind.THROTTLING, probability=0.25)
    first, second, other = (outcomes(faulty(tmp_path, rare, seed=seed)) for seed in (1, 1, 2))
    assert first == second
    assert first != other
    assert 4 <= first.count("x") <= 16


def test_chance_does_not_depend_on_requests_that_do_not_concern_the_fault(tmp_path: Path) -> None:
    rare = Fault(kind=Kind.THROTTLING, operation="ListDatasetGroups", probability=0.25)
    quiet, busy = faulty(tmp_path, rare), faulty(tmp_path, rare)
    for _ in range(7):
        busy.control("ListSchemas")
    assert outcomes(quiet) == outcomes(busy)


def test_latency_passes_time_through_its_seam_and_answers(tmp_path: Path) -> None:
    slept: list[float] = []
    lab = faulty(tmp_path, Fault(kind=Kind.LATENCY, operation="List*", seconds=1.5), slept=slept)
    assert outcomes(lab, 2) == ".."
    assert slept == [1.5, 1.5]


def test_a_training_fails_with_its_reason_and_is_free(tmp_path: Path) -> None:
    lab = faulty(
        tmp_path, Fault(kind=Kind.FAILURE, operation="CreateSolutionVersion", reason="Out of memory.", count=1)
    )
    solution = lab.solution(lab.trained_group())
    failed, trained = lab.version(solution), lab.version(solution)
    described = lab.control("DescribeSolutionVersion", solutionVersionArn=failed)["solutionVersion"]
    assert (described["status"], described["failureReason"]) == ("CREATE FAILED", "Out of memory.")
    assert lab.control("DescribeSolutionVersion", solutionVersionArn=trained)["solutionVersion"]["status"] == "ACTIVE"
    assert len(lab.recipe.seen) == 1


def test_an_automatic_training_can_fail(tmp_path: Path) -> None:
    automatic = Fault(
        kind=Kind.FAILURE, operation="CreateSolutionVersion", params={"trainingType": "AUTOMATIC"}, reason="No."
    )
    lab = faulty(tmp_path, automatic)
    solution = lab.solution(lab.trained_group(), performAutoTraining=True)
    lab.wait(4 * HOUR)
    versions = lab.control("ListSolutionVersions", solutionArn=solution)["solutionVersions"]
    assert [(version["status"], version["failureReason"]) for version in versions] == [("CREATE FAILED", "No.")]


def test_a_failed_campaign_update_leaves_the_old_version_serving(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.FAILURE, operation="UpdateCampaign", reason="No capacity."))
    solution = lab.solution(lab.trained_group())
    old, new = lab.version(solution), lab.version(solution)
    campaign = lab.campaign(old)
    lab.control("UpdateCampaign", campaignArn=campaign, solutionVersionArn=new)
    lab.wait()
    described = lab.control("DescribeCampaign", campaignArn=campaign)["campaign"]
    update = described["latestCampaignUpdate"]
    assert (described["status"], described["solutionVersionArn"]) == ("ACTIVE", old)
    assert (update["status"], update["failureReason"], update["solutionVersionArn"]) == (
        "CREATE FAILED",
        "No capacity.",
        new,
    )
    assert lab.runtime("GetRecommendations", campaignArn=campaign, userId="u01")["itemList"]


def test_a_stuck_campaign_never_becomes_active(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.STUCK, operation="CreateCampaign"))
    campaign = lab.campaign(lab.version(lab.solution(lab.trained_group())))
    lab.wait(DAY)
    assert lab.control("DescribeCampaign", campaignArn=campaign)["campaign"]["status"] == "CREATE IN_PROGRESS"


def test_a_slow_campaign_needs_its_multiple(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.SLOW, operation="CreateCampaign", factor=3))
    version = lab.version(lab.solution(lab.trained_group()))
    created = lab.clock.now()
    campaign = lab.control("CreateCampaign", name="home", solutionVersionArn=version)["campaignArn"]
    lab.wait(36 * 60 - 1)
    assert lab.control("DescribeCampaign", campaignArn=campaign)["campaign"]["status"] == "CREATE IN_PROGRESS"
    lab.wait(1)
    described = lab.control("DescribeCampaign", campaignArn=campaign)["campaign"]
    assert described["status"] == "ACTIVE"
    assert described["lastUpdatedDateTime"].timestamp() == created + 36 * 60


def test_a_slow_import_is_read_when_it_ends(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.SLOW, operation="CreateDatasetImportJob", factor=8))
    job = lab.load(lab.dataset(lab.group()), interactions_csv())
    assert import_outcome(lab, job) == ("CREATE IN_PROGRESS", None)
    lab.wait()
    assert import_outcome(lab, job) == ("ACTIVE", None)


def test_a_deletion_can_be_stuck(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.STUCK, operation="DeleteDatasetGroup"))
    group = lab.group()
    lab.control("DeleteDatasetGroup", datasetGroupArn=group)
    lab.wait(DAY)
    described = lab.control("DescribeDatasetGroup", datasetGroupArn=group)["datasetGroup"]
    assert described["status"] == "DELETE IN_PROGRESS"


def test_a_denied_key_fails_the_dataset_group(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.DENIED_KEY, operation="CreateDatasetGroup"))
    described = lab.control("DescribeDatasetGroup", datasetGroupArn=lab.group())["datasetGroup"]
    assert (described["status"], described["failureReason"]) == (
        "CREATE FAILED",
        "Insufficient privileges for accessing the key in AWS KMS",
    )


def test_a_request_that_fails_by_itself_spoils_nothing_later(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.FAILURE, operation="CreateDatasetGroup", params={"roleArn": "*role*"}))
    with refused("InvalidInputException", "roleArn and kmsKeyArn must be given together."):
        lab.control("CreateDatasetGroup", name="shop", roleArn="arn:aws:iam::123456789012:role/r")
    described = lab.control("DescribeDatasetGroup", datasetGroupArn=lab.group())["datasetGroup"]
    assert described["status"] == "ACTIVE"


def test_a_runtime_request_meets_faults(tmp_path: Path) -> None:
    lab = faulty(tmp_path, Fault(kind=Kind.INTERNAL_FAILURE, operation="GetRecommendations", count=1))
    lab.serving()
    with refused("InternalFailure", "unknown error", 500):
        lab.runtime("GetRecommendations", campaignArn=HOME, userId="u01")
    assert lab.runtime("GetRecommendations", campaignArn=HOME, userId="u01")["itemList"]


def test_a_profile_can_be_extended() -> None:
    loaded = load_faults(
        {"profile": "throttled", "faults": [{"kind": "slow", "operation": "CreateCampaign", "factor": 4}]}
    )
    assert loaded.faults[:-1] == PROFILES["throttled"].faults
    assert loaded.faults[-1] == Fault(kind=Kind.SLOW, operation="CreateCampaign", factor=4)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_every_profile_can_be_used(tmp_path: Path, name: str) -> None:
    lab = faulty(tmp_path, *load_faults(name).faults)
    assert set(outcomes(lab)) <= {".", "x"}


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("mixd", "There is no fault profile 'mixd'. Profiles: none, throttled, mixed, outage."),
        ({"fault": []}, "Faults have the keys profile and faults, not 'fault'."),
        ({"faults": [{"operation": "*"}]}, "Fault 1 lacks its kind."),
        ({"faults": [{"kind": "slow", "speed": 2}]}, "Fault 1 has an unknown key 'speed'."),
        ({"faults": [{"kind": "gone"}]}, "Fault 1: 'gone' is not a valid Kind. Kinds: throttling,"),
        ({"faults": [{"kind": "slow", "probability": 2}]}, "Fault 1: probability is between 0 and 1, not 2."),
        (
            {"faults": [{"kind": "slow", "operation": "CreateCampain"}]},
            "No operation of Amazon Personalize is named 'CreateCampain'; a fault waits for it.",
        ),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(declared: Any, message: str) -> None:
    with pytest.raises(TastemakerError) as caught:
        load_faults(declared)
    assert str(caught.value).startswith(message)
