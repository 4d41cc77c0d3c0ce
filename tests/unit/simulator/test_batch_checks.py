"""What CreateBatchInferenceJob refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.errors import UnsupportedBySimulatorError
from tests.support.batches import OUT, build_batch_lab, filter_arn, job_params
from tests.support.simulator import Lab, refused

if TYPE_CHECKING:
    from pathlib import Path

CREATE = "CreateBatchInferenceJob"
V1 = "aws-user-personalization"
JOB = "arn:aws:personalize:us-east-1:123456789012:batch-inference-job/mail"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return build_batch_lab(tmp_path)


def trained(lab: Lab, recipe: str = V1) -> str:
    return lab.version(lab.solution(lab.trained_group(), recipe))


@pytest.mark.parametrize("wanted", [0, -1, 501])
def test_a_line_gives_1_to_500_items(lab: Lab, wanted: int) -> None:
    version = trained(lab)
    with refused("InvalidInputException", f"numResults must be between 1 and 500; it is {wanted}."):
        lab.control(CREATE, **job_params(version, numResults=wanted))


@pytest.mark.parametrize(
    ("path", "target", "message"),
    [
        ("https://bucket/a.json", OUT, "Invalid S3 input path: https://bucket/a.json must be a location such as"),
        ("s3://bucket/in/a.json", "s3://bucket/out", "Invalid S3 output path: s3://bucket/out must be a folder"),
        ("s3://bucket/in/a.json", "https://b/", "Invalid S3 output path: https://b/ must be a folder"),
        ("s3://bucket/in/a.json", "s3://bucket/in/", "Invalid S3 output path: s3://bucket/in/ must differ"),
        ("s3://bucket/in/", "s3://bucket/in/", "Invalid S3 output path: s3://bucket/in/ must differ"),
    ],
)
def test_locations_are_checked_at_once(lab: Lab, path: str, target: str, message: str) -> None:
    params = {**job_params(trained(lab), path=path), "jobOutput": {"s3DataDestination": {"path": target}}}
    with refused("InvalidInputException", message):
        lab.control(CREATE, **params)


def test_trending_now_has_no_batches(lab: Lab) -> None:
    version = trained(lab, "aws-trending-now")
    message = "Batch inference is not supported by recipe arn:aws:personalize:::recipe/aws-trending-now."
    with refused("InvalidInputException", message):
        lab.control(CREATE, **job_params(version))


def test_segments_have_jobs_of_their_own(lab: Lab) -> None:
    version = trained(lab, "aws-item-affinity")
    with refused("InvalidInputException", "is for batch segment jobs; use CreateBatchSegmentJob."):
        lab.control(CREATE, **job_params(version))


def test_job_names_are_used_once(lab: Lab) -> None:
    version = trained(lab)
    lab.control(CREATE, **job_params(version))
    with refused("ResourceAlreadyExistsException", JOB):
        lab.control(CREATE, **job_params(version))


def test_the_solution_version_must_exist_and_be_active(lab: Lab) -> None:
    solution = lab.solution(lab.trained_group(), V1)
    with refused("ResourceNotFoundException", f"Resource not found: {solution}/0"):
        lab.control(CREATE, **job_params(f"{solution}/0"))
    version = lab.control("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    with refused("ResourceInUseException", "must be ACTIVE and is CREATE PENDING."):
        lab.control(CREATE, **job_params(version))
    lab.control("StopSolutionVersionCreation", solutionVersionArn=version)
    with refused("InvalidInputException", "is CREATE STOPPED and cannot be used."):
        lab.control(CREATE, **job_params(version))


def test_a_sixth_job_under_way_is_over_the_quota(lab: Lab) -> None:
    version = trained(lab)
    for number in range(5):
        lab.control(CREATE, **job_params(version, f"j{number}"))
    with refused("LimitExceededException", "More than 5 resources with PENDING or IN_PROGRESS status."):
        lab.control(CREATE, **job_params(version, "j5"))
    lab.wait()
    lab.control(CREATE, **job_params(version, "j5"))


def test_the_filter_must_be_active_fit_the_job_and_be_of_the_same_group(lab: Lab) -> None:
    group = lab.trained_group()
    version = lab.version(lab.solution(group, V1))
    expression = "INCLUDE ItemID WHERE Items.PRICE > 1"
    params = {"name": "new", "datasetGroupArn": group, "filterExpression": expression}
    pending = lab.control("CreateFilter", **params)["filterArn"]
    with refused("ResourceInUseException", "filter/new must be ACTIVE and is CREATE PENDING."):
        lab.control(CREATE, **job_params(version, filterArn=pending))
    with refused("ResourceNotFoundException", "filter/absent"):
        lab.control(CREATE, **job_params(version, filterArn=pending.replace("new", "absent")))
    users = filter_arn(lab, group, 'INCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("buy")', "users")
    with refused("InvalidInputException", "filters UserID; this job needs ItemID."):
        lab.control(CREATE, **job_params(version, filterArn=users))
    current = filter_arn(lab, group, "INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE", "current")
    with refused("InvalidInputException", "uses CurrentItem, which needs a related-items recipe."):
        lab.control(CREATE, **job_params(version, filterArn=current))


def test_a_filter_stays_while_a_job_uses_it(lab: Lab) -> None:
    group = lab.trained_group()
    version = lab.version(lab.solution(group, V1))
    arn = filter_arn(lab, group, "INCLUDE ItemID WHERE Items.PRICE > 1")
    lab.control(CREATE, **job_params(version, filterArn=arn))
    with refused("ResourceInUseException", f"{arn} is used by {JOB}, which is CREATE PENDING."):
        lab.control("DeleteFilter", filterArn=arn)
    lab.wait()
    lab.control("DeleteFilter", filterArn=arn)


def test_themes_and_ranking_influence_are_not_simulated(lab: Lab) -> None:
    version = trained(lab)
    with pytest.raises(UnsupportedBySimulatorError, match="batchInferenceJobMode THEME_GENERATION"):
        lab.control(CREATE, **job_params(version, batchInferenceJobMode="THEME_GENERATION"))
    influence = {"rankingInfluence": {"POPULARITY": 0.5}}
    with pytest.raises(UnsupportedBySimulatorError, match=r"batchInferenceJobConfig\.rankingInfluence"):
        lab.control(CREATE, **job_params(version, batchInferenceJobConfig=influence))
    fields = {"fieldsForThemeGeneration": {"itemName": "GENRE"}}
    with refused("InvalidInputException", "themeGenerationConfig needs batchInferenceJobMode THEME_GENERATION."):
        lab.control(CREATE, **job_params(version, themeGenerationConfig=fields))
