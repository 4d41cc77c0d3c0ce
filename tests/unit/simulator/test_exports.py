from __future__ import annotations

from typing import Any

import pytest

from tastemaker.simulator.shapes import service_model
from tastemaker.simulator.validation import check_shape
from tests.support.batches import text_of
from tests.support.simulator import ROLE, Lab, interactions_csv, items_csv, refused

ITEMS = "arn:aws:personalize:us-east-1:123456789012:dataset/shop/ITEMS"
INTERACTIONS = "arn:aws:personalize:us-east-1:123456789012:dataset/shop/INTERACTIONS"
JOB = "arn:aws:personalize:us-east-1:123456789012:dataset-export-job/copy"
_SLIP = "at 'datasetExportJob.roleArn'"
"""The model gives the job's role the pattern of a Personalize ARN, which no role can match."""


def params(dataset: str, **more: Any) -> dict[str, Any]:
    output = {"s3DataDestination": {"path": "s3://bucket/copies/"}}
    return {"jobName": "copy", "datasetArn": dataset, "roleArn": ROLE, "jobOutput": output, **more}


def exported(lab: Lab, dataset: str, **more: Any) -> list[str]:
    """Lines of the file that the job writes."""
    lab.control("CreateDatasetExportJob", **params(dataset, **more))
    lab.wait()
    return text_of(lab, "s3://bucket/copies/copy.csv").splitlines()


def outcome(lab: Lab) -> tuple[str, str | None]:
    answer = lab.control("DescribeDatasetExportJob", datasetExportJobArn=JOB)["datasetExportJob"]
    return answer["status"], answer.get("failureReason")


def items(lab: Lab) -> None:
    """b and c imported, c and d put; c and a second row of b differ, d was put twice alike and once otherwise."""
    dataset = lab.dataset(lab.group(), "Items")
    lab.load(dataset, "PRICE,ITEM_ID,GENRE\n2,b,old\n2,b,old\n3,b,new\n,c,x|y\n", "items")
    for item, properties in (
        ("c", '{"genre": "z", "price": 1.5}'),
        ("d", '{"genre": "q"}'),
        ("d", '{"genre": "q"}'),
        ("d", '{"genre": "r"}'),
    ):
        lab.events("PutItems", datasetArn=dataset, items=[{"itemId": item, "properties": properties}])


def test_bulk_gives_what_was_imported_with_the_header_of_the_schema(lab: Lab) -> None:
    items(lab)
    lines = exported(lab, ITEMS, ingestionMode="BULK")
    assert lines == ["ITEM_ID,GENRE,PRICE", "b,old,2.0", "b,new,3.0", "c,x|y,"]


def test_put_is_the_default_and_gives_what_was_streamed(lab: Lab) -> None:
    items(lab)
    assert exported(lab, ITEMS) == ["ITEM_ID,GENRE,PRICE", "c,z,1.5", "d,q,", "d,r,"]


def test_all_gives_the_newest_record_of_every_id(lab: Lab) -> None:
    items(lab)
    assert exported(lab, ITEMS, ingestionMode="ALL") == ["ITEM_ID,GENRE,PRICE", "b,new,3.0", "c,z,1.5", "d,r,"]


def test_all_gives_every_interaction_once(lab: Lab) -> None:
    group = lab.group()
    dataset, tracking_id = lab.dataset(group), lab.tracker(group)
    text = interactions_csv()
    lab.load(dataset, text + text.splitlines()[1] + "\n", "interactions")
    event = {"eventType": "view", "sentAt": 1_800_000_000, "itemId": "i00"}
    for session, user in (("s", None), ("s", "u00"), ("s", "u00")):
        member = {} if user is None else {"userId": user}
        lab.events("PutEvents", trackingId=tracking_id, sessionId=session, eventList=[event], **member)
    lines = exported(lab, INTERACTIONS, ingestionMode="ALL")
    assert len(lines) == 1 + 1_200 + 1
    assert lines[:3] == [
        "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE",
        "u00,i00,1700000000,buy,5.0",
        "u00,i02,1700000060,view,",
    ]
    assert lines[-1] == "u00,i00,1800000000,view,"


def test_a_dataset_without_records_gives_a_header(lab: Lab) -> None:
    lab.dataset(lab.group(), "Items")
    assert exported(lab, ITEMS, ingestionMode="ALL") == ["ITEM_ID,GENRE,PRICE"]


def test_an_import_reads_the_file_back(lab: Lab) -> None:
    group = lab.group()
    lab.load(lab.dataset(group), interactions_csv(), "interactions")
    dataset = lab.dataset(group, "Items")
    awkward = 'ITEM_ID,GENRE,PRICE\n"a,1","say \\"x\\", \\\\y",0.1\nb,caf\u00e9,1e21\nc,"two\nlines",\n'
    lab.load(dataset, awkward, "items")
    lab.version(lab.solution(group))
    lab.control("CreateDatasetExportJob", **params(ITEMS, ingestionMode="ALL"))
    lab.wait()
    lab.load(dataset, text_of(lab, "s3://bucket/copies/copy.csv"), "again")
    lab.version(lab.solution(group, name="second"))
    first, second = (seen.items for seen in lab.recipe.seen)
    assert first is not None
    assert second is not None
    assert list(first.ids) == list(second.ids) == ["a,1", "b", "c"]
    assert list(first.columns["GENRE"]) == list(second.columns["GENRE"]) == ['say "x", \\y', "caf\u00e9", "two\nlines"]
    assert str(first.columns["PRICE"]) == str(second.columns["PRICE"])


def test_a_job_goes_through_the_states_of_an_import(lab: Lab) -> None:
    lab.dataset(lab.group(), "Items")
    assert lab.control("CreateDatasetExportJob", **params(ITEMS)) == {"datasetExportJobArn": JOB}
    assert outcome(lab) == ("CREATE PENDING", None)
    lab.wait(60)
    assert outcome(lab) == ("CREATE IN_PROGRESS", None)
    lab.wait(14 * 60)
    assert outcome(lab) == ("ACTIVE", None)


def test_a_folder_without_its_slash_is_a_folder_too(lab: Lab) -> None:
    lab.load(lab.dataset(lab.group(), "Items"), items_csv(1))
    output = {"s3DataDestination": {"path": "s3://bucket/copies"}}
    assert len(exported(lab, ITEMS, ingestionMode="BULK", jobOutput=output)) == 2


def test_a_place_that_may_not_be_written_fails_the_job(lab: Lab) -> None:
    lab.dataset(lab.group(), "Items")
    lab.objects.denied.add("s3://bucket/copies/copy.csv")
    lab.control("CreateDatasetExportJob", **params(ITEMS))
    lab.wait()
    assert outcome(lab) == ("CREATE FAILED", "Insufficient privileges for accessing data in Amazon S3")


def test_a_dataset_that_is_deleted_meanwhile_fails_the_job(lab: Lab) -> None:
    lab.dataset(lab.group(), "Items")
    lab.control("CreateDatasetExportJob", **params(ITEMS))
    lab.control("DeleteDataset", datasetArn=ITEMS)
    lab.wait()
    assert outcome(lab) == ("CREATE FAILED", f"Dataset {ITEMS} no longer exists.")


def test_an_export_needs_an_existing_active_dataset_a_role_and_a_new_name(lab: Lab) -> None:
    with refused("ResourceNotFoundException", ITEMS):
        lab.control("CreateDatasetExportJob", **params(ITEMS))
    lab.dataset(lab.group(), "Items")
    with refused("InvalidInputException", "Value 'null' at 'roleArn'"):
        lab.control("CreateDatasetExportJob", **params(ITEMS, roleArn=None))
    with refused("InvalidInputException", "Invalid S3 output path: https://bucket/ must be a folder"):
        lab.control(
            "CreateDatasetExportJob", **params(ITEMS, jobOutput={"s3DataDestination": {"path": "https://bucket/"}})
        )
    lab.control("CreateDatasetExportJob", **params(ITEMS))
    with refused("ResourceAlreadyExistsException", JOB):
        lab.control("CreateDatasetExportJob", **params(ITEMS))
    lab.control("DeleteDataset", datasetArn=ITEMS)
    with refused("ResourceInUseException", "must be ACTIVE and is DELETE PENDING."):
        lab.control("CreateDatasetExportJob", **params(ITEMS, jobName="late"))


@pytest.mark.parametrize("mode", ["ALL", "BULK", "PUT"])
def test_answers_fit_their_shapes_and_are_listed_by_dataset(lab: Lab, mode: str) -> None:
    group = lab.group()
    lab.dataset(group, "Items")
    lab.dataset(group)
    key = "arn:aws:kms:us-east-1:123456789012:key/k"
    output = {"s3DataDestination": {"path": "s3://bucket/copies/", "kmsKeyArn": key}}
    lab.control("CreateDatasetExportJob", **params(ITEMS, ingestionMode=mode, jobOutput=output))
    lab.control("CreateDatasetExportJob", **params(INTERACTIONS, jobName="other"))
    described = lab.control("DescribeDatasetExportJob", datasetExportJobArn=JOB)
    assert described["datasetExportJob"]["ingestionMode"] == mode
    assert described["datasetExportJob"]["jobOutput"] == output
    listed = lab.control("ListDatasetExportJobs", datasetArn=ITEMS)
    assert [job["jobName"] for job in listed["datasetExportJobs"]] == ["copy"]
    assert set(listed["datasetExportJobs"][0]) == {
        "datasetExportJobArn", "jobName", "status", "creationDateTime", "lastUpdatedDateTime",
    }  # fmt: skip
    for operation, answer in (("DescribeDatasetExportJob", described), ("ListDatasetExportJobs", listed)):
        shape = service_model("personalize").operation_model(operation).output_shape
        assert [error for error in check_shape("personalize", shape.name, answer) if _SLIP not in error] == []
    first = lab.control("ListDatasetExportJobs", maxResults=1)
    second = lab.control("ListDatasetExportJobs", nextToken=first["nextToken"])
    assert [job["jobName"] for job in (*first["datasetExportJobs"], *second["datasetExportJobs"])] == ["copy", "other"]
