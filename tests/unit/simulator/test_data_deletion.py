from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.shapes import service_model
from tastemaker.simulator.validation import check_shape
from tests.support.batches import build_batch_lab, filter_arn, results, run_job, text_of
from tests.support.simulator import DAY, ROLE, START, Lab, interactions_csv, refused

if TYPE_CHECKING:
    from pathlib import Path

LIST = "s3://bucket/forget/users.csv"
JOB = "arn:aws:personalize:us-east-1:123456789012:data-deletion-job/gdpr"
V1 = "aws-user-personalization"


def params(group: str, job: str = "gdpr", location: str = LIST, **more: Any) -> dict[str, Any]:
    source = {"dataLocation": location}
    return {"jobName": job, "datasetGroupArn": group, "dataSource": source, "roleArn": ROLE, **more}


def forget(lab: Lab, group: str, text: str, job: str = "gdpr") -> dict[str, Any]:
    """Run a job over one file to its end; gives its description."""
    lab.objects.put(LIST, text.encode())
    arn = lab.control("CreateDataDeletionJob", **params(group, job))["dataDeletionJobArn"]
    lab.wait(DAY)
    answer: dict[str, Any] = lab.control("DescribeDataDeletionJob", dataDeletionJobArn=arn)["dataDeletionJob"]
    return answer


def outcome(lab: Lab) -> tuple[str, str | None]:
    answer = lab.control("DescribeDataDeletionJob", dataDeletionJobArn=JOB)["dataDeletionJob"]
    return answer["status"], answer.get("failureReason")


def put_event(lab: Lab, tracking_id: str, item: str = "i00", session: str = "s", **more: str) -> None:
    event = {"eventType": "view", "sentAt": START + 9 * DAY, "itemId": item}
    lab.events("PutEvents", trackingId=tracking_id, sessionId=session, eventList=[event], **more)


def users_group(lab: Lab) -> str:
    group = lab.trained_group()
    users = lab.dataset(group, "Users")
    lab.load(users, "USER_ID,AGE\nu01,1\nu02,2\n", "users")
    lab.events("PutUsers", datasetArn=users, users=[{"userId": "u01", "properties": '{"age": 7}'}, {"userId": "u03"}])
    return group


def test_a_job_has_status_words_of_its_own_and_takes_a_day(lab: Lab) -> None:
    group = lab.trained_group()
    lab.objects.put(LIST, b"USER_ID\nu01\n")
    assert lab.control("CreateDataDeletionJob", **params(group)) == {"dataDeletionJobArn": JOB}
    assert outcome(lab) == ("PENDING", None)
    lab.wait(60)
    assert outcome(lab) == ("IN_PROGRESS", None)
    lab.wait(DAY - 61)
    assert outcome(lab) == ("IN_PROGRESS", None)
    lab.wait(1)
    assert outcome(lab) == ("COMPLETED", None)


def test_metadata_and_interactions_disappear_from_every_dataset(lab: Lab) -> None:
    group = users_group(lab)
    tracking_id = lab.tracker(group)
    put_event(lab, tracking_id, userId="u01")
    put_event(lab, tracking_id, userId="u02")
    # 30 imported interactions, 1 event, 1 imported user, 1 put user
    assert forget(lab, group, "USER_ID\nu01\nnobody\n")["numDeleted"] == 33
    lab.version(lab.solution(group, V1))
    seen = lab.recipe.seen[0]
    assert seen.users is not None
    assert list(seen.users.ids) == ["u02", "u03"]
    assert "u01" not in seen.interactions.user_ids
    assert seen.interactions.user.size == 39 * 30 + 1


def test_other_groups_keep_the_user(lab: Lab) -> None:
    group = lab.trained_group()
    other = lab.group("other")
    lab.control(
        "CreateDataset",
        name="interactions",
        schemaArn="arn:aws:personalize:us-east-1:123456789012:schema/interactions",
        datasetGroupArn=other,
        datasetType="Interactions",
    )
    lab.wait(60)
    lab.load("arn:aws:personalize:us-east-1:123456789012:dataset/other/INTERACTIONS", interactions_csv(), "other")
    forget(lab, group, "USER_ID\nu01\n")
    lab.version(lab.solution(other, V1))
    assert lab.recipe.seen[0].interactions.user.size == 1_200


def test_until_the_job_is_done_the_user_is_trained_on(lab: Lab) -> None:
    group = lab.trained_group()
    lab.objects.put(LIST, b"USER_ID\nu01\n")
    lab.control("CreateDataDeletionJob", **params(group))
    lab.version(lab.solution(group, V1))
    assert "u01" in lab.recipe.seen[0].interactions.user_ids


def test_an_anonymous_session_belongs_to_the_user_who_was_named_in_it(lab: Lab) -> None:
    group = lab.trained_group()
    tracking_id = lab.tracker(group)
    put_event(lab, tracking_id, "i01")
    put_event(lab, tracking_id, "i02", userId="new")
    put_event(lab, tracking_id, "i03", session="other")
    assert forget(lab, group, "USER_ID\nnew\n")["numDeleted"] == 2
    assert forget(lab, group, "USER_ID\nother\n", "again")["numDeleted"] == 1


def test_a_deployed_version_answers_a_deleted_user_like_a_new_one(lab: Lab) -> None:
    group, campaign = lab.serving(V1)
    put_event(lab, lab.tracker(group), "i05", userId="u01")

    def answer(user: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = lab.runtime("GetRecommendations", campaignArn=campaign, userId=user)["itemList"]
        return found

    new, neighbour = answer("nobody"), answer("u03")
    assert answer("u01") != new
    forget(lab, group, "USER_ID\nu01\n")
    assert answer("u01") == new
    assert answer("nobody") == new
    assert answer("u03") == neighbour


def test_a_deleted_user_who_returns_has_a_history_again(lab: Lab) -> None:
    group, campaign = lab.serving(V1)
    tracking_id = lab.tracker(group)
    put_event(lab, tracking_id, "i05", userId="u01")
    forget(lab, group, "USER_ID\nu01\n")
    put_event(lab, tracking_id, "i08", userId="u01")
    put_event(lab, tracking_id, "i04", userId="u02")
    answer = lab.runtime("GetRecommendations", campaignArn=campaign, userId="u01", numResults=2)["itemList"]
    assert [entry["itemId"] for entry in answer] == ["i08", "i00"]


def test_filters_know_nothing_of_a_deleted_user(lab: Lab) -> None:
    group, campaign = lab.serving(V1)
    put_event(lab, lab.tracker(group), "i00", userId="u01")
    unseen = filter_arn(lab, group, "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (*)")
    forget(lab, group, "USER_ID\nu01\n")
    request = {"campaignArn": campaign, "filterArn": unseen}
    assert len(lab.runtime("GetRecommendations", userId="u01", **request)["itemList"]) == 10
    assert len(lab.runtime("GetRecommendations", userId="u03", **request)["itemList"]) == 5


def test_segments_of_older_versions_leave_deleted_users_out(tmp_path: Path) -> None:
    lab = build_batch_lab(tmp_path)
    group = lab.trained_group()
    version = lab.version(lab.solution(group, "aws-item-affinity"))
    run_job(lab, "CreateBatchSegmentJob", version, [{"itemId": "i05"}], numResults=2)
    assert results(lab)[0]["output"]["recommendedUsers"] == ["u01", "u03"]
    forget(lab, group, "USER_ID\nu01\n")
    run_job(lab, "CreateBatchSegmentJob", version, [{"itemId": "i05"}], job="again", numResults=2)
    assert results(lab)[0]["output"]["recommendedUsers"] == ["u03", "u05"]


def test_an_export_has_no_deleted_users(lab: Lab) -> None:
    group = users_group(lab)
    forget(lab, group, "USER_ID\nu01\nu02\n")
    lab.control(
        "CreateDatasetExportJob",
        jobName="left",
        datasetArn=group.replace("dataset-group", "dataset") + "/USERS",
        ingestionMode="ALL",
        roleArn=ROLE,
        jobOutput={"s3DataDestination": {"path": "s3://bucket/copies/"}},
    )
    lab.wait()
    assert text_of(lab, "s3://bucket/copies/left.csv") == "USER_ID,AGE\nu03,\n"


def test_training_is_billed_without_the_deleted_records(lab: Lab) -> None:
    group = lab.trained_group()
    put_event(lab, lab.tracker(group), userId="u01")
    forget(lab, group, "USER_ID\nu01\n")
    lab.version(lab.solution(group))
    assert lab.simulator.meter.v2_training_interactions == 1_170


def test_a_folder_is_read_with_its_sub_folders(lab: Lab) -> None:
    group = lab.trained_group()
    lab.objects.put("s3://bucket/forget/a.csv", b"USER_ID\r\nu01\r\n")
    lab.objects.put("s3://bucket/forget/deep/er/b.csv", b'\xef\xbb\xbfUSER_ID\n"u02"\n\nu01\n')
    lab.control("CreateDataDeletionJob", **params(group, location="s3://bucket/forget/"))
    lab.wait(DAY)
    described = lab.control("DescribeDataDeletionJob", dataDeletionJobArn=JOB)["dataDeletionJob"]
    assert (described["status"], described["numDeleted"]) == ("COMPLETED", 60)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ITEM_ID\nu01\n", "Input CSV is missing the following columns: [USER_ID]"),
        ("", "Input CSV is missing the following columns: [USER_ID]"),
        ("USER_ID,AGE\nu01,1\n", "Input CSV must have USER_ID as its single column."),
        ("USER_ID\n" + "x" * 200_000, "Input CSV cannot be read: field larger than field limit (131072)"),
    ],
)
def test_the_file_has_the_single_column_user_id(lab: Lab, text: str, reason: str) -> None:
    described = forget(lab, lab.trained_group(), text)
    assert (described["status"], described["failureReason"]) == ("FAILED", reason)
    assert "numDeleted" not in described


def test_a_failed_job_deletes_nothing(lab: Lab) -> None:
    group = lab.trained_group()
    lab.objects.put("s3://bucket/forget/a.csv", b"USER_ID\nu01\n")
    lab.objects.put("s3://bucket/forget/b.csv", b"USER_ID\ncaf\xe9\n")
    lab.control("CreateDataDeletionJob", **params(group, location="s3://bucket/forget/"))
    lab.wait(DAY)
    assert outcome(lab) == ("FAILED", "Input CSV must be encoded in UTF-8.")
    lab.version(lab.solution(group, V1))
    assert lab.recipe.seen[0].interactions.user.size == 1_200


def test_a_place_without_files_or_without_access_fails_the_job(lab: Lab) -> None:
    group = lab.trained_group()
    lab.control("CreateDataDeletionJob", **params(group))
    lab.wait(DAY)
    assert outcome(lab) == ("FAILED", "Invalid Data location.")
    lab.objects.denied.add(LIST)
    described = forget_denied(lab, group)
    assert described["failureReason"] == "Insufficient privileges for accessing data in Amazon S3"


def forget_denied(lab: Lab, group: str) -> dict[str, Any]:
    arn = lab.control("CreateDataDeletionJob", **params(group, "denied"))["dataDeletionJobArn"]
    lab.wait(DAY)
    answer: dict[str, Any] = lab.control("DescribeDataDeletionJob", dataDeletionJobArn=arn)["dataDeletionJob"]
    return answer


def test_the_input_has_at_most_100_megabytes(lab: Lab) -> None:
    group = lab.trained_group()
    lab.objects.put(LIST, b"USER_ID\n" + b"x" * 100_000_000)
    lab.control("CreateDataDeletionJob", **params(group))
    lab.wait(DAY)
    reason = "Input data has 100000008 bytes; the most for a data deletion job is 100000000."
    assert outcome(lab) == ("FAILED", reason)


def test_a_sixth_pending_job_of_a_group_is_over_the_quota(lab: Lab) -> None:
    group, other = lab.group(), lab.group("other")
    for number in range(5):
        lab.control("CreateDataDeletionJob", **params(group, f"j{number}"))
    with refused("LimitExceededException", "More than 5 resources with PENDING or IN_PROGRESS status."):
        lab.control("CreateDataDeletionJob", **params(group, "j5"))
    lab.control("CreateDataDeletionJob", **params(other, "j6"))
    lab.wait(60)
    lab.control("CreateDataDeletionJob", **params(group, "j5"))


def test_a_job_needs_an_existing_active_group_a_location_and_a_new_name(lab: Lab) -> None:
    absent = "arn:aws:personalize:us-east-1:123456789012:dataset-group/absent"
    with refused("ResourceNotFoundException", absent):
        lab.control("CreateDataDeletionJob", **params(absent))
    group = lab.control("CreateDatasetGroup", name="shop")["datasetGroupArn"]
    with refused("ResourceInUseException", "must be ACTIVE and is CREATE PENDING."):
        lab.control("CreateDataDeletionJob", **params(group))
    lab.wait()
    with refused("InvalidInputException", "dataSource.dataLocation must be a location in Amazon S3"):
        lab.control("CreateDataDeletionJob", **params(group, dataSource={}))
    lab.control("CreateDataDeletionJob", **params(group))
    with refused("ResourceAlreadyExistsException", JOB):
        lab.control("CreateDataDeletionJob", **params(group))


def test_the_newest_jobs_are_listed_first_and_by_group(lab: Lab) -> None:
    group, other = lab.group(), lab.group("other")
    for name, owner in (("a", group), ("x", other), ("b", group), ("c", group)):
        lab.control("CreateDataDeletionJob", **params(owner, name))
    first = lab.control("ListDataDeletionJobs", datasetGroupArn=group, maxResults=2)
    second = lab.control("ListDataDeletionJobs", datasetGroupArn=group, maxResults=2, nextToken=first["nextToken"])
    assert [job["jobName"] for job in first["dataDeletionJobs"]] == ["c", "b"]
    assert [job["jobName"] for job in second["dataDeletionJobs"]] == ["a"]
    assert "nextToken" not in second
    assert [job["jobName"] for job in lab.control("ListDataDeletionJobs")["dataDeletionJobs"]] == ["c", "b", "x", "a"]


def test_answers_fit_their_shapes(lab: Lab) -> None:
    group = lab.trained_group()
    described = {"dataDeletionJob": forget(lab, group, "USER_ID\nu01\n")}
    listed = lab.control("ListDataDeletionJobs")
    for operation, answer in (("DescribeDataDeletionJob", described), ("ListDataDeletionJobs", listed)):
        shape = service_model("personalize").operation_model(operation).output_shape
        assert check_shape("personalize", shape.name, answer) == []
    assert described["dataDeletionJob"]["dataSource"] == {"dataLocation": LIST}
    assert set(listed["dataDeletionJobs"][0]) == {
        "dataDeletionJobArn", "datasetGroupArn", "jobName", "status", "creationDateTime", "lastUpdatedDateTime",
    }  # fmt: skip
