from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.shapes import service_model
from tastemaker.simulator.validation import check_shape
from tests.support.batches import OUT, build_batch_lab, filter_arn, job_params, results, run_job, text_of
from tests.support.simulator import HOUR, ROLE, START, Lab

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


def outcome(lab: Lab, job: str = JOB) -> tuple[str, str | None]:
    answer = lab.control("DescribeBatchInferenceJob", batchInferenceJobArn=job)["batchInferenceJob"]
    return answer["status"], answer.get("failureReason")


def test_personalised_items_come_with_their_scores_and_no_error(lab: Lab) -> None:
    run_job(lab, CREATE, trained(lab), [{"userId": "u01"}, {"userId": "nobody"}], numResults=3)
    assert text_of(lab) == (
        '{"input":{"userId":"u01"},"output":{"recommendedItems":["i09","i05","i07"],'
        '"scores":[0.1428842,0.1425987,0.1424562]},"error":null}\n'
        '{"input":{"userId":"nobody"},"output":{"recommendedItems":["i00","i01","i02"],"scores":[0.1,0.1,0.1]},'
        '"error":null}\n'
    )


def test_popular_items_have_no_scores(lab: Lab) -> None:
    lab.recipe.gives_scores = False
    run_job(lab, CREATE, trained(lab, "aws-popularity-count"), [{"userId": "nobody"}], numResults=3)
    assert text_of(lab) == '{"input":{"userId":"nobody"},"output":{"recommendedItems":["i00","i01","i02"]}}\n'


def test_a_ranking_orders_the_list_and_puts_unknown_items_last(lab: Lab) -> None:
    line = {"userId": "u01", "itemList": ["i03", "new", "i01", "i00"]}
    run_job(lab, CREATE, trained(lab, "aws-personalized-ranking-v2"), [line])
    assert text_of(lab) == (
        '{"input":{"userId":"u01","itemList":["i03","new","i01","i00"]},'
        '"output":{"recommendedItems":["i01","i03","i00","new"],"scores":[0.4163984,0.415151,0.1684506,null]}}\n'
    )


def test_related_items_have_no_scores(lab: Lab) -> None:
    lab.recipe.gives_scores = False
    run_job(lab, CREATE, trained(lab, "aws-sims"), [{"itemId": "i05"}], numResults=2)
    assert text_of(lab) == '{"input":{"itemId":"i05"},"output":{"recommendedItems":["i05","i00"]}}\n'


def test_the_batch_gives_what_the_campaign_gives(lab: Lab) -> None:
    version = trained(lab)
    campaign = lab.campaign(version)
    run_job(lab, CREATE, version, [{"userId": "u07"}])
    online = lab.runtime("GetRecommendations", campaignArn=campaign, userId="u07")["itemList"]
    output = results(lab)[0]["output"]
    assert output["recommendedItems"] == [entry["itemId"] for entry in online]
    assert output["scores"] == [round(entry["score"], 7) for entry in online]


def test_a_line_gives_25_items_unless_the_job_says_otherwise(lab: Lab) -> None:
    group = lab.group()
    lab.load(lab.dataset(group), "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n" + "".join(
        f"u{n % 50},i{n % 40:02},{1_700_000_000 + n},view,\n" for n in range(1_000)
    ))  # fmt: skip
    run_job(lab, CREATE, lab.version(lab.solution(group, V1)), [{"userId": "x"}])
    assert len(results(lab)[0]["output"]["recommendedItems"]) == 25


def test_a_line_that_cannot_be_answered_has_an_error_and_the_others_are_answered(lab: Lab) -> None:
    lines: list[Any] = [
        "oops",
        ["u01"],
        {"user": "u01"},
        {"userId": 7},
        {"userId": "u01", "context": {}},
        {"userId": "u01", "filterValues": {"G": 1}},
        {"userId": "u01", "filterValues": {"G": "1"}},
        {"userId": "u01"},
    ]
    run_job(lab, CREATE, trained(lab), lines)
    assert [line["error"] for line in results(lab)] == [
        "The input line must be a JSON object.",
        "The input line must be a JSON object.",
        "The input line must have the member userId.",
        "The member userId of the input line must be a string.",
        "The input line has the unknown member context.",
        "The member filterValues of the input line must be a map of strings.",
        "filterValues needs a filterArn.",
        None,
    ]
    assert results(lab)[0] == {"input": "oops", "output": None, "error": "The input line must be a JSON object."}
    assert outcome(lab) == ("ACTIVE", None)


def test_a_line_of_hostile_text_is_answered_like_any_other(lab: Lab) -> None:
    lines = ['{"userId":"\\ud800"}', "[" * 100_000, '{"userId":NaN}', '{"userId":"caf\u00e9"}']
    run_job(lab, CREATE, trained(lab), lines, numResults=1)
    texts = text_of(lab).splitlines()
    assert texts[0].startswith('{"input":{"userId":"\\ud800"},"output":{')
    assert texts[1].endswith('"output":null,"error":"The input line must be a JSON object."}')
    assert texts[2] == '{"input":"{\\"userId\\":NaN}","output":null,"error":"The input line must be a JSON object."}'
    assert texts[3].startswith('{"input":{"userId":"caf\u00e9"},"output":{')


def test_a_ranking_line_needs_a_list_of_at_most_500_items(lab: Lab) -> None:
    lists: list[Any] = [[], "i00", [1], [f"i{n}" for n in range(501)]]
    lines = [{"userId": "u01", "itemList": items} for items in lists]
    run_job(lab, CREATE, trained(lab, "aws-personalized-ranking-v2"), lines)
    assert [line["error"] for line in results(lab)] == [
        "The input line must have the member itemList.",
        "The member itemList of the input line must be a list of strings.",
        "The member itemList of the input line must be a list of strings.",
        "itemList must have at most 500 items.",
    ]


def test_every_file_of_a_folder_has_its_result_and_blank_lines_do_not_count(lab: Lab) -> None:
    version = trained(lab)
    lab.objects.put("s3://bucket/in/a.json", b'{"userId":"u01"}\n\n{"userId":"u02"}\n')
    lab.objects.put("s3://bucket/in/b.txt", b'\xef\xbb\xbf{"userId":"u03"}\r\n')
    lab.control(CREATE, **job_params(version, path="s3://bucket/in/"))
    lab.wait()
    assert [path.name for path in lab.objects.fetch(OUT)] == ["_CHECK", "a.json.out", "b.txt.out"]
    assert len(text_of(lab, OUT + "a.json.out").splitlines()) == 2
    assert len(text_of(lab, OUT + "b.txt.out").splitlines()) == 1
    assert text_of(lab, OUT + "_CHECK") == ""


def test_a_filter_reads_its_values_from_the_line(lab: Lab) -> None:
    group = lab.trained_group()
    version = lab.version(lab.solution(group, V1))
    arn = filter_arn(lab, group, "INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)")
    lines = [
        {"userId": "u01", "filterValues": {"GENRE": '"drama"'}},
        {"userId": "u01", "filterValues": {"GENRE": '"crime","horror"'}},
        {"userId": "u01"},
    ]
    run_job(lab, CREATE, version, lines, filterArn=arn)
    drama, crime, nothing = results(lab)
    assert drama["output"]["recommendedItems"] == ["i00", "i02", "i04", "i06", "i08"]
    assert crime["output"]["recommendedItems"] == ["i09", "i05", "i07", "i01", "i03"]
    assert nothing["output"] is None
    assert nothing["error"] == "The filter includes by $GENRE; give a value in filterValues."


def test_a_filter_knows_what_the_user_of_the_line_did(lab: Lab) -> None:
    group = lab.trained_group()
    version = lab.version(lab.solution(group, V1))
    arn = filter_arn(lab, group, 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy", "view")')
    run_job(lab, CREATE, version, [{"userId": "u01"}, {"userId": "u02"}], filterArn=arn)
    odd, even = results(lab)
    assert odd["output"]["recommendedItems"] == ["i00", "i02", "i04", "i06", "i08"]
    assert even["output"]["recommendedItems"] == ["i01", "i03", "i05", "i07", "i09"]


def test_popular_items_that_v2_adds_have_null_for_a_score(lab: Lab) -> None:
    lab.recipe.only = "i03"
    run_job(lab, CREATE, trained(lab, "aws-user-personalization-v2"), [{"userId": "u01"}], numResults=3)
    output = results(lab)[0]["output"]
    assert output == {"recommendedItems": ["i03", "i00", "i01"], "scores": [1.0, None, None]}


@pytest.mark.parametrize(("age_seconds", "first"), [(14 * 60, "i09"), (16 * 60, "i00")])
def test_an_event_counts_a_quarter_of_an_hour_later(lab: Lab, age_seconds: int, first: str) -> None:
    group = lab.trained_group()
    version, tracking_id = lab.version(lab.solution(group, V1)), lab.tracker(group)
    lab.objects.put("s3://bucket/in/lines.json", b'{"userId":"u01"}')
    lab.control(CREATE, **job_params(version))
    lab.clock.advance(30 * 60 - age_seconds)
    event = {"eventType": "view", "sentAt": START + 30 * HOUR, "itemId": "i00"}
    lab.events("PutEvents", trackingId=tracking_id, sessionId="s", userId="u01", eventList=[event])
    lab.wait()
    assert results(lab)[0]["output"]["recommendedItems"][0] == first


def test_a_recipe_that_does_not_react_to_events_needs_training(lab: Lab) -> None:
    group = lab.trained_group()
    version, tracking_id = lab.version(lab.solution(group, "aws-popularity-count")), lab.tracker(group)
    event = {"eventType": "view", "sentAt": START + 30 * HOUR, "itemId": "i00"}
    lab.events("PutEvents", trackingId=tracking_id, sessionId="s", userId="u01", eventList=[event])
    lab.wait()
    run_job(lab, CREATE, version, [{"userId": "u01"}], numResults=1)
    assert results(lab)[0]["output"]["recommendedItems"] == ["i09"]


def test_a_job_is_done_after_half_an_hour(lab: Lab) -> None:
    version = trained(lab)
    lab.objects.put("s3://bucket/in/lines.json", b'{"userId":"u01"}')
    assert lab.control(CREATE, **job_params(version)) == {"batchInferenceJobArn": JOB}
    assert outcome(lab) == ("CREATE PENDING", None)
    lab.wait(60)
    assert outcome(lab) == ("CREATE IN_PROGRESS", None)
    lab.wait(29 * 60)
    assert outcome(lab) == ("ACTIVE", None)


def test_describe_shows_the_request_and_the_list_a_summary(lab: Lab) -> None:
    version = trained(lab)
    begun = datetime.fromtimestamp(lab.clock.now(), UTC)
    key = "arn:aws:kms:us-east-1:123456789012:key/k"
    source = {"s3DataSource": {"path": "s3://bucket/in/lines.json", "kmsKeyArn": key}}
    lab.control(CREATE, **{**job_params(version), "jobInput": source, "tags": [{"tagKey": "a", "tagValue": "b"}]})
    lab.wait(60)
    shared = {
        "jobName": "mail",
        "batchInferenceJobArn": JOB,
        "solutionVersionArn": version,
        "batchInferenceJobMode": "BATCH_INFERENCE",
        "status": "CREATE IN_PROGRESS",
        "creationDateTime": begun,
        "lastUpdatedDateTime": datetime.fromtimestamp(begun.timestamp() + 10, UTC),
    }
    described = lab.control("DescribeBatchInferenceJob", batchInferenceJobArn=JOB)
    assert described["batchInferenceJob"] == {
        **shared,
        "numResults": 25,
        "jobInput": source,
        "jobOutput": {"s3DataDestination": {"path": OUT}},
        "roleArn": ROLE,
    }
    listed = lab.control("ListBatchInferenceJobs")
    assert listed == {"batchInferenceJobs": [shared]}
    assert check_answer("DescribeBatchInferenceJob", described) == []
    assert check_answer("ListBatchInferenceJobs", listed) == []
    assert lab.control("ListTagsForResource", resourceArn=JOB)["tags"] == [{"tagKey": "a", "tagValue": "b"}]


def check_answer(operation: str, answer: dict[str, Any]) -> list[str]:
    shape = service_model("personalize").operation_model(operation).output_shape
    return check_shape("personalize", shape.name, answer)


def test_jobs_are_listed_by_solution_version_in_pages(lab: Lab) -> None:
    group = lab.trained_group()
    version = lab.version(lab.solution(group, V1))
    other = lab.version(lab.solution(group, V1, "other"))
    for name, arn in (("c", version), ("b", other), ("a", version)):
        lab.control(CREATE, **job_params(arn, name))
    first = lab.control("ListBatchInferenceJobs", solutionVersionArn=version, maxResults=1)
    token = first["nextToken"]
    second = lab.control("ListBatchInferenceJobs", solutionVersionArn=version, maxResults=1, nextToken=token)
    jobs = [*first["batchInferenceJobs"], *second["batchInferenceJobs"]]
    assert [job["jobName"] for job in jobs] == ["c", "a"]
    assert "nextToken" not in second


def test_a_place_without_input_fails_the_job(lab: Lab) -> None:
    lab.control(CREATE, **job_params(trained(lab), path="s3://bucket/absent.json"))
    lab.wait()
    assert outcome(lab) == ("CREATE FAILED", "Invalid S3 input path")


def test_an_empty_folder_fails_the_job(lab: Lab) -> None:
    lab.control(CREATE, **job_params(trained(lab), path="s3://bucket/absent/"))
    lab.wait()
    assert outcome(lab) == ("CREATE FAILED", "Invalid S3 input path")


@pytest.mark.parametrize("denied", ["s3://bucket/in/lines.json", OUT + "_CHECK", OUT + "lines.json.out"])
def test_a_place_that_may_not_be_used_fails_the_job(lab: Lab, denied: str) -> None:
    version = trained(lab)
    lab.objects.put("s3://bucket/in/lines.json", b'{"userId":"u01"}')
    lab.objects.denied.add(denied)
    lab.control(CREATE, **job_params(version))
    lab.wait()
    assert outcome(lab) == ("CREATE FAILED", "Insufficient privileges for accessing data in Amazon S3")


def test_input_that_is_not_utf_8_fails_the_job(lab: Lab) -> None:
    version = trained(lab)
    lab.objects.put("s3://bucket/in/lines.json", b'{"userId":"caf\xe9"}')
    lab.control(CREATE, **job_params(version))
    lab.wait()
    assert outcome(lab) == ("CREATE FAILED", "Input file lines.json must be encoded in UTF-8.")


def test_a_folder_has_at_most_1000_files(lab: Lab) -> None:
    version = trained(lab)
    for number in range(1_001):
        lab.objects.put(f"s3://bucket/in/{number}.json", b"{}")
    lab.control(CREATE, **job_params(version, path="s3://bucket/in/"))
    lab.wait()
    assert outcome(lab) == ("CREATE FAILED", "Input data has 1001 files; at most 1000 are supported.")


def test_a_solution_that_is_deleted_meanwhile_fails_the_job(lab: Lab) -> None:
    version = trained(lab)
    lab.control(CREATE, **job_params(version))
    lab.control("DeleteSolution", solutionArn=version.rpartition("/")[0])
    lab.wait()
    assert outcome(lab) == ("CREATE FAILED", f"Solution version {version} no longer exists.")


@pytest.mark.parametrize(
    ("recipe", "line", "dollars"),
    [
        (V1, "batch recommendations (other recipes)", 0.000134),
        ("aws-user-personalization-v2", "batch recommendations (v2 recipes)", 0.0003),
    ],
)
def test_every_line_is_billed(lab: Lab, recipe: str, line: str, dollars: float) -> None:
    run_job(lab, CREATE, trained(lab, recipe), [{"userId": "u01"}, "oops"])
    assert lab.simulator.meter.report(lab.clock.now())[line] == pytest.approx(dollars)


def test_a_failed_job_is_not_billed(lab: Lab) -> None:
    lab.control(CREATE, **job_params(trained(lab), path="s3://bucket/absent.json"))
    lab.wait()
    assert lab.simulator.meter.batch_lines == {}
