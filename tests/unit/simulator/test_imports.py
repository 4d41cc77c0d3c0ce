from __future__ import annotations

from typing import Any

import pytest

from tests.support.simulator import ITEMS_SCHEMA, ROLE, Lab, interactions_csv, items_csv, refused

NOT_CONFORM = (
    "Input csv has rows that do not conform to the dataset schema. Please ensure all required data fields are present "
    "and that they are of the type specified in the schema."
)
HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n"


def start(lab: Lab, dataset: str, **more: object) -> str:
    source = {"dataLocation": "s3://bucket/a.csv"}
    params = {"jobName": "a", "datasetArn": dataset, "dataSource": source, "roleArn": ROLE, **more}
    arn: str = lab.control("CreateDatasetImportJob", **params)["datasetImportJobArn"]
    return arn


def outcome(lab: Lab, job: str) -> tuple[str, str | None]:
    answer = lab.control("DescribeDatasetImportJob", datasetImportJobArn=job)["datasetImportJob"]
    return answer["status"], answer.get("failureReason")


def loaded(lab: Lab, text: str, kind: str = "Interactions") -> tuple[str, str | None]:
    return outcome(lab, lab.load(lab.dataset(lab.group(), kind), text))


def test_a_job_is_done_when_it_is_active(lab: Lab) -> None:
    dataset = lab.dataset(lab.group())
    lab.objects.put("s3://bucket/a.csv", interactions_csv().encode())
    job = start(lab, dataset)
    assert job == "arn:aws:personalize:us-east-1:123456789012:dataset-import-job/a"
    assert outcome(lab, job) == ("CREATE PENDING", None)
    lab.clock.advance(60)
    assert outcome(lab, job) == ("CREATE IN_PROGRESS", None)
    lab.clock.advance(14 * 60)
    assert outcome(lab, job) == ("ACTIVE", None)


def test_describe_shows_the_request_and_the_default_mode(lab: Lab) -> None:
    job = lab.load(lab.dataset(lab.group()), interactions_csv())
    described = lab.control("DescribeDatasetImportJob", datasetImportJobArn=job)["datasetImportJob"]
    assert described["jobName"] == "job"
    assert described["dataSource"] == {"dataLocation": "s3://bucket/job.csv"}
    assert described["importMode"] == "FULL"
    summary = lab.control("ListDatasetImportJobs")["datasetImportJobs"][0]
    assert "dataSource" not in summary


def test_columns_are_found_by_name_in_any_order_and_more_columns_do_not_matter(lab: Lab) -> None:
    text = "EXTRA,TIMESTAMP,EVENT_VALUE,EVENT_TYPE,ITEM_ID,USER_ID\n" + "x,1,,view,i1,u1\n" * 1_000
    assert loaded(lab, text) == ("ACTIVE", None)


def test_missing_columns_are_listed(lab: Lab) -> None:
    assert loaded(lab, "USER_ID,ITEM_ID\nu,i\n") == (
        "CREATE FAILED",
        "Input CSV is missing the following columns: [TIMESTAMP, EVENT_TYPE, EVENT_VALUE]",
    )


@pytest.mark.parametrize(
    "row",
    [
        "u,i,soon,view,1\n",
        "u,i,1.0,view,1\n",
        "u,i,1e9,view,1\n",
        "u,i,1_000,view,1\n",
        "u,i,0x10,view,1\n",
        "u,i, 1,view,1\n",
        "u,i,,view,1\n",
        ",i,1,view,1\n",
        "u,i,1,view,much\n",
        "u,i,1\n",
        "u,i,1,view,1,more\n",
    ],
)
def test_a_row_that_does_not_fit_the_schema_fails_the_job(lab: Lab, row: str) -> None:
    assert loaded(lab, HEADER + "u,i,1,view,1\n" * 1_000 + row) == ("CREATE FAILED", NOT_CONFORM)


@pytest.mark.parametrize("text", ["+1", "007"])
def test_a_whole_number_may_have_a_sign_and_leading_zeros(lab: Lab, text: str) -> None:
    assert loaded(lab, HEADER + f"u,i,{text},view,1\n" * 1_000) == ("ACTIVE", None)


@pytest.mark.parametrize("text", ["-5", "1700000000000"])
def test_times_are_seconds_since_1970(lab: Lab, text: str) -> None:
    assert loaded(lab, HEADER + f"u,i,{text},view,1\n" * 1_000) == (
        "CREATE FAILED",
        "TIMESTAMP must be from 0 to 99999999999.",
    )


def test_a_byte_order_mark_is_part_of_the_first_column_s_name(lab: Lab) -> None:
    assert loaded(lab, "\ufeff" + HEADER + "u,i,1,view,1\n" * 1_000) == (
        "CREATE FAILED",
        "Input CSV is missing the following columns: [USER_ID]",
    )


def test_a_header_names_each_column_once_whatever_the_case(lab: Lab) -> None:
    assert loaded(lab, "ITEM_ID,GENRE,PRICE,item_id\ni,g,1,j\n", "Items") == (
        "CREATE FAILED",
        "The header of the CSV names a column twice.",
    )


def test_numbers_keep_their_decimals(lab: Lab) -> None:
    group = lab.group()
    lab.load(lab.dataset(group), interactions_csv(), "interactions")
    lab.load(lab.dataset(group, "Items"), "ITEM_ID,GENRE,PRICE\r\ni00,g,5.1\r\n", "items")
    lab.version(lab.solution(group))
    items = lab.recipe.seen[0].items
    assert items is not None
    assert items.columns["PRICE"].tolist() == [5.1]


@pytest.mark.parametrize(
    ("text", "expected"), [("true", "ACTIVE"), ("False", "ACTIVE"), ("1", "CREATE FAILED"), ("yes", "CREATE FAILED")]
)
def test_a_boolean_is_true_or_false_in_any_case(lab: Lab, text: str, expected: str) -> None:
    fields: list[Any] = [*ITEMS_SCHEMA["fields"], {"name": "SOLD", "type": "boolean"}]
    dataset = lab.dataset(lab.group(), "Items", {**ITEMS_SCHEMA, "fields": fields})
    names = [field["name"] for field in fields]
    cells = {"ITEM_ID": "i00", "PRICE": "1", "SOLD": text}
    row = ",".join(cells.get(name, "g") for name in names)
    assert outcome(lab, lab.load(dataset, f"{','.join(names)}\n{row}\n"))[0] == expected


def test_ids_have_at_most_256_characters(lab: Lab) -> None:
    assert loaded(lab, HEADER + f"u,{'i' * 257},1,view,1\n" * 1_000) == (
        "CREATE FAILED",
        "Length cannot be more than 256 characters for ITEM_ID",
    )


def test_strings_have_at_most_1000_characters(lab: Lab) -> None:
    assert loaded(lab, f"ITEM_ID,GENRE,PRICE\ni,{'g' * 1_001},1\n", "Items") == (
        "CREATE FAILED",
        "Length cannot be more than 1000 characters for GENRE",
    )


def test_an_interactions_import_needs_1000_records(lab: Lab) -> None:
    assert loaded(lab, HEADER + "u,i,1,view,1\n" * 999) == (
        "CREATE FAILED",
        "Input CSV has fewer than 1000 interactions; it has 999.",
    )


def test_items_may_be_few(lab: Lab) -> None:
    assert loaded(lab, items_csv(1), "Items") == ("ACTIVE", None)


def test_quotes_are_escaped_by_a_backslash(lab: Lab) -> None:
    group = lab.group()
    lab.load(lab.dataset(group), interactions_csv(), "interactions")
    text = 'ITEM_ID,GENRE,PRICE\ni00,"a \\"b\\", c\\\\d",1\n'
    assert outcome(lab, lab.load(lab.dataset(group, "Items"), text, "items")) == ("ACTIVE", None)
    lab.version(lab.solution(group))
    items = lab.recipe.seen[0].items
    assert items is not None
    assert list(items.columns["GENRE"]) == ['a "b", c\\d']


def test_data_that_is_not_utf_8_fails_the_job(lab: Lab) -> None:
    dataset = lab.dataset(lab.group(), "Items")
    lab.objects.put("s3://bucket/a.csv", b"ITEM_ID,GENRE,PRICE\ni1,caf\xe9,1\n")
    job = start(lab, dataset)
    lab.wait()
    assert outcome(lab, job) == ("CREATE FAILED", "Input CSV must be encoded in UTF-8.")


def test_a_place_without_data_fails_the_job(lab: Lab) -> None:
    job = start(lab, lab.dataset(lab.group()))
    lab.wait()
    assert outcome(lab, job) == ("CREATE FAILED", "Invalid Data location.")


def test_a_place_that_may_not_be_read_fails_the_job(lab: Lab) -> None:
    lab.objects.denied.add("s3://bucket/a.csv")
    job = start(lab, lab.dataset(lab.group()))
    lab.wait()
    assert outcome(lab, job) == ("CREATE FAILED", "Insufficient privileges for accessing data in Amazon S3")


def test_a_folder_is_read_as_one(lab: Lab) -> None:
    dataset = lab.dataset(lab.group())
    lab.objects.put("s3://bucket/f/1.csv", (HEADER + "u,i,1,view,1\n" * 600).encode())
    lab.objects.put("s3://bucket/f/2.csv", (HEADER + "u,i,2,view,1\n" * 600).encode())
    job = start(lab, dataset, dataSource={"dataLocation": "s3://bucket/f/"})
    lab.wait()
    assert outcome(lab, job) == ("ACTIVE", None)


def test_the_files_of_a_folder_must_have_one_header(lab: Lab) -> None:
    dataset = lab.dataset(lab.group(), "Items")
    lab.objects.put("s3://bucket/f/1.csv", b"ITEM_ID,GENRE,PRICE\ni1,a,1\n")
    lab.objects.put("s3://bucket/f/2.csv", b"ITEM_ID,PRICE,GENRE\ni1,1,a\n")
    job = start(lab, dataset, dataSource={"dataLocation": "s3://bucket/f/"})
    lab.wait()
    assert outcome(lab, job) == ("CREATE FAILED", "All files of an import must have the same header.")


def test_full_replaces_and_incremental_extends_interactions(lab: Lab) -> None:
    group = lab.group()
    dataset = lab.dataset(group)
    solution = lab.solution(group)
    lab.load(dataset, interactions_csv(users=50, events=30), "first")
    lab.load(dataset, interactions_csv(users=40, events=30), "second")
    lab.version(solution)
    assert lab.recipe.seen[-1].interactions.user.size == 1_200
    third = interactions_csv(users=40, events=30).replace("u", "v").replace("bvy", "buy")
    lab.load(dataset, third, "third", "INCREMENTAL")
    lab.version(solution)
    assert lab.recipe.seen[-1].interactions.user.size == 2_400


def test_incremental_items_replace_those_with_the_same_id(lab: Lab) -> None:
    group = lab.group()
    lab.load(lab.dataset(group), interactions_csv(), "interactions")
    dataset = lab.dataset(group, "Items")
    lab.load(dataset, "ITEM_ID,GENRE,PRICE\na,old,1\nb,old,2\n", "first")
    lab.load(dataset, "ITEM_ID,GENRE,PRICE\nb,new,3\nc,new,4\nc,newest,\n", "second", "INCREMENTAL")
    lab.version(lab.solution(group))
    items = lab.recipe.seen[0].items
    assert items is not None
    assert list(items.ids) == ["a", "b", "c"]
    assert list(items.columns["GENRE"]) == ["old", "new", "newest"]
    assert str(items.columns["PRICE"]) == "[ 1.  3. nan]"
    assert items.categorical == {"GENRE"}


def test_incremental_needs_a_full_import_before(lab: Lab) -> None:
    with refused("InvalidInputException", "importMode INCREMENTAL needs an earlier import with importMode FULL."):
        start(lab, lab.dataset(lab.group()), importMode="INCREMENTAL")


def test_a_failed_import_leaves_the_data_as_it_was(lab: Lab) -> None:
    group = lab.trained_group()
    dataset = lab.control("ListDatasets")["datasets"][0]["datasetArn"]
    lab.load(dataset, "USER_ID\nu\n", "bad")
    lab.version(lab.solution(group))
    assert lab.recipe.seen[0].interactions.user.size == 1_200


def test_equal_rows_count_once(lab: Lab) -> None:
    group = lab.group()
    lab.load(lab.dataset(group), interactions_csv() + interactions_csv().split("\n", 1)[1])
    lab.version(lab.solution(group))
    assert lab.recipe.seen[0].interactions.user.size == 1_200


def test_a_sixth_import_under_way_is_over_the_quota(lab: Lab) -> None:
    dataset = lab.dataset(lab.group())
    for number in range(5):
        start(lab, dataset, jobName=f"j{number}")
    with refused("LimitExceededException", "More than 5 resources with PENDING or IN_PROGRESS status."):
        start(lab, dataset, jobName="j5")


def test_job_names_are_used_once(lab: Lab) -> None:
    dataset = lab.dataset(lab.group())
    start(lab, dataset)
    with refused("ResourceAlreadyExistsException", "dataset-import-job/a"):
        start(lab, dataset)


def test_a_job_needs_an_existing_active_dataset_and_an_s3_location(lab: Lab) -> None:
    absent = "arn:aws:personalize:us-east-1:123456789012:dataset/shop/ITEMS"
    with refused("ResourceNotFoundException", absent):
        start(lab, absent)
    dataset = lab.dataset(lab.group())
    with refused("InvalidInputException", "dataSource.dataLocation must be a location in Amazon S3"):
        start(lab, dataset, dataSource={"dataLocation": "https://example.com/a.csv"})
    lab.control("DeleteDataset", datasetArn=dataset)
    with refused("ResourceInUseException", "must be ACTIVE and is DELETE PENDING."):
        start(lab, dataset)


def test_publishing_attribution_metrics_needs_a_metric_attribution(lab: Lab) -> None:
    with refused("InvalidInputException", "publishAttributionMetricsToS3 needs a metric attribution"):
        start(lab, lab.dataset(lab.group()), publishAttributionMetricsToS3=True)
