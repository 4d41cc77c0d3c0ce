from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.simulator.shapes import service_model
from tastemaker.simulator.validation import check_shape
from tests.support.batches import build_batch_lab, filter_arn, job_params, results, run_job, text_of
from tests.support.simulator import Lab, items_csv, refused

if TYPE_CHECKING:
    from pathlib import Path

CREATE = "CreateBatchSegmentJob"
JOB = "arn:aws:personalize:us-east-1:123456789012:batch-segment-job/mail"
ITEM, ATTRIBUTE = "aws-item-affinity", "aws-item-attribute-affinity"
HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return build_batch_lab(tmp_path)


def interactions() -> str:
    """u00 … u39 and i00 … i09: user n viewed item i exactly (n + i) % 7 times; u00 also bought i00."""
    rows = [
        f"u{user:02},i{item:02},{1_700_000_000 + 100 * item + time},view,\n"
        for user in range(40)
        for item in range(10)
        for time in range((user + item) % 7)
    ]
    return HEADER + "".join(rows) + "u00,i00,1700000000,buy,1\n"


def users_csv() -> str:
    return "USER_ID,AGE\n" + "".join(f"u{user:02},{user}\n" for user in range(40))


def group_of(lab: Lab) -> str:
    group = lab.group()
    lab.load(lab.dataset(group), interactions(), "interactions")
    lab.load(lab.dataset(group, "Items"), items_csv(), "items")
    lab.load(lab.dataset(group, "Users"), users_csv(), "users")
    lab.wait()
    return group


def trained(lab: Lab, recipe: str = ITEM) -> str:
    return lab.version(lab.solution(group_of(lab), recipe))


def outcome(lab: Lab) -> tuple[str, str | None]:
    answer = lab.control("DescribeBatchSegmentJob", batchSegmentJobArn=JOB)["batchSegmentJob"]
    return answer["status"], answer.get("failureReason")


def test_a_segment_has_the_users_with_the_greatest_affinity_first(lab: Lab) -> None:
    run_job(lab, CREATE, trained(lab), [{"itemId": "i00"}, {"itemId": "i09"}], numResults=4)
    assert text_of(lab) == (
        '{"input":{"itemId":"i00"},"output":{"recommendedUsers":["u06","u13","u20","u27"]}}\n'
        '{"input":{"itemId":"i09"},"output":{"recommendedUsers":["u04","u11","u18","u25"]}}\n'
    )


def test_a_segment_of_attributes_has_no_input_around_them(lab: Lab) -> None:
    query = 'ITEMS.genre = "comedy" AND ITEMS.PRICE = 9'
    run_job(lab, CREATE, trained(lab, ATTRIBUTE), [{"itemAttributes": query}], numResults=2)
    assert text_of(lab) == (
        '{"itemAttributes":"ITEMS.genre = \\"comedy\\" AND ITEMS.PRICE = 9",'
        '"output":{"recommendedUsers":["u04","u11"]}}\n'
    )


def test_an_attribute_stands_for_all_items_that_have_it(lab: Lab) -> None:
    run_job(lab, CREATE, trained(lab, ATTRIBUTE), [{"itemAttributes": 'Items.GENRE="drama"'}], numResults=2)
    # i00, i02, i04, i06, i08: (4 + 6 + 1 + 3 + 5) views of user 4, 11 …
    assert results(lab)[0]["output"]["recommendedUsers"] == ["u04", "u11"]


def test_a_segment_has_25_users_unless_the_job_says_otherwise(lab: Lab) -> None:
    run_job(lab, CREATE, trained(lab), [{"itemId": "i00"}])
    assert len(results(lab)[0]["output"]["recommendedUsers"]) == 25


def test_a_segment_may_be_smaller_than_asked_for(lab: Lab) -> None:
    run_job(lab, CREATE, trained(lab), [{"itemId": "i00"}], numResults=5_000_000)
    # users 7, 14, 21, 28 and 35 never viewed i00; user 0 bought it
    assert len(results(lab)[0]["output"]["recommendedUsers"]) == 35


def test_users_of_incremental_imports_are_in_no_segment(lab: Lab) -> None:
    group = group_of(lab)
    more = HEADER + "".join(f"new,i00,{time},view,\n" for time in range(1_000))
    dataset = group.replace("dataset-group", "dataset") + "/INTERACTIONS"
    lab.load(dataset, more, "more", "INCREMENTAL")
    run_job(lab, CREATE, lab.version(lab.solution(group, ITEM)), [{"itemId": "i00"}], numResults=1)
    assert results(lab)[0]["output"]["recommendedUsers"] == ["u06"]


def test_a_line_that_cannot_be_answered_has_an_error(lab: Lab) -> None:
    run_job(lab, CREATE, trained(lab), ["oops", {"itemId": "new"}, {"itemId": "i00", "filterValues": {"A": "1"}}])
    assert results(lab) == [
        {"input": "oops", "output": None, "error": "The input line must be a JSON object."},
        {"input": {"itemId": "new"}, "output": None, "error": "Item new was not present at training."},
        {
            "input": {"itemId": "i00", "filterValues": {"A": "1"}},
            "output": None,
            "error": "filterValues needs a filterArn.",
        },
    ]
    assert outcome(lab) == ("ACTIVE", None)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ('genre = "a"', 'At character 1: expected ITEMS.column = "value".'),
        ('ITEMS.GENRE IN ("a")', 'At character 1: expected ITEMS.column = "value".'),
        ('ITEMS.GENRE = "a" OR ITEMS.X = 1', "At character 19: expected AND; other operators are not possible here."),
        ('ITEMS.GENRE = "a" AND', 'At character 22: expected ITEMS.column = "value".'),
        ('ITEMS.COLOUR = "a"', "ITEMS.COLOUR is not a column of the Items dataset."),
        ("ITEMS.GENRE = 1", "ITEMS.GENRE holds strings."),
        ('ITEMS.PRICE = "1"', "ITEMS.PRICE holds numbers."),
        ('ITEMS.GENRE = "horror"', "No item that was present at training has these attributes."),
    ],
)  # fmt: skip
def test_a_query_that_is_wrong_says_where(lab: Lab, query: str, error: str) -> None:
    run_job(lab, CREATE, trained(lab, ATTRIBUTE), [{"itemAttributes": query}])
    assert results(lab) == [{"itemAttributes": query, "output": None, "error": error}]


@pytest.mark.parametrize(("recipe", "most"), [(ITEM, 500), (ATTRIBUTE, 10)])
def test_a_job_has_a_limited_number_of_queries(lab: Lab, recipe: str, most: int) -> None:
    run_job(lab, CREATE, trained(lab, recipe), [{"itemId": "i00"}] * (most + 1))
    reason = f"Input data has {most + 1} queries; at most {most} are supported."
    assert outcome(lab) == ("CREATE FAILED", reason)


def test_a_filter_on_users_reads_its_values_from_the_line(lab: Lab) -> None:
    group = group_of(lab)
    arn = filter_arn(lab, group, "EXCLUDE UserID WHERE Users.AGE < $AGE")
    version = lab.version(lab.solution(group, ITEM))
    lines = [{"itemId": "i00", "filterValues": {"AGE": "14"}}, {"itemId": "i00", "filterValues": {"AGE": "x"}}]
    run_job(lab, CREATE, version, lines, filterArn=arn, numResults=2)
    first, second = results(lab)
    assert first["output"]["recommendedUsers"] == ["u20", "u27"]
    assert second["output"] is None
    assert "AGE" in second["error"]


def test_a_filter_on_events_looks_at_all_items_of_a_user(lab: Lab) -> None:
    group = group_of(lab)
    arn = filter_arn(lab, group, 'INCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("Buy")')
    version = lab.version(lab.solution(group, ITEM))
    run_job(lab, CREATE, version, [{"itemId": "i05"}], filterArn=arn)
    assert results(lab)[0]["output"]["recommendedUsers"] == ["u00"]


def test_the_attribute_recipe_takes_no_filter_on_events_and_none_on_items(lab: Lab) -> None:
    group = group_of(lab)
    events = filter_arn(lab, group, 'INCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("buy")')
    items = filter_arn(lab, group, "INCLUDE ItemID WHERE Items.PRICE > 1", "items")
    version = lab.version(lab.solution(group, ATTRIBUTE))
    with refused("InvalidInputException", "uses Interactions, which recipe arn:aws:personalize:::recipe/aws-item-attr"):
        lab.control(CREATE, **job_params(version, filterArn=events))
    with refused("InvalidInputException", "filters ItemID; this job needs UserID."):
        lab.control(CREATE, **job_params(version, filterArn=items))


def test_other_recipes_make_no_segments(lab: Lab) -> None:
    version = trained(lab, "aws-user-personalization-v2")
    with refused("InvalidInputException", "Batch segment jobs are not supported by recipe"):
        lab.control(CREATE, **job_params(version))


@pytest.mark.parametrize("wanted", [0, 5_000_001])
def test_a_segment_has_1_to_5_million_users(lab: Lab, wanted: int) -> None:
    version = trained(lab)
    with refused("InvalidInputException", f"numResults must be between 1 and 5000000; it is {wanted}."):
        lab.control(CREATE, **job_params(version, numResults=wanted))


def test_a_sixth_job_under_way_is_over_the_quota_whatever_inference_jobs_there_are(lab: Lab) -> None:
    group = group_of(lab)
    version = lab.version(lab.solution(group, ITEM))
    other = lab.version(lab.solution(group, "aws-user-personalization", "other"))
    for number in range(5):
        lab.control("CreateBatchInferenceJob", **job_params(other, f"i{number}"))
    for number in range(5):
        lab.control(CREATE, **job_params(version, f"s{number}"))
    with refused("LimitExceededException", "More than 5 resources with PENDING or IN_PROGRESS status."):
        lab.control(CREATE, **job_params(version, "s5"))


def test_answers_fit_their_shapes_and_are_listed_by_solution_version(lab: Lab) -> None:
    version = trained(lab)
    run_job(lab, CREATE, version, [{"itemId": "i00"}])
    with refused("ResourceAlreadyExistsException", JOB):
        lab.control(CREATE, **job_params(version))
    described = lab.control("DescribeBatchSegmentJob", batchSegmentJobArn=JOB)
    listed = lab.control("ListBatchSegmentJobs", solutionVersionArn=version)
    model = service_model("personalize")
    assert check_shape("personalize", model.operation_model("ListBatchSegmentJobs").output_shape.name, listed) == []
    shape = model.operation_model("DescribeBatchSegmentJob").output_shape.name
    assert check_shape("personalize", shape, described) == []
    assert described["batchSegmentJob"]["numResults"] == 25
    assert [job["batchSegmentJobArn"] for job in listed["batchSegmentJobs"]] == [JOB]
    assert "jobInput" not in listed["batchSegmentJobs"][0]
    assert lab.control("ListBatchSegmentJobs", solutionVersionArn=version + "0") == {"batchSegmentJobs": []}


def test_users_in_segments_are_counted(lab: Lab) -> None:
    run_job(lab, CREATE, trained(lab), [{"itemId": "i00"}, {"itemId": "new"}], numResults=3)
    assert lab.simulator.meter.segment_users == 3
