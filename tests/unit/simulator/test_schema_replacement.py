from __future__ import annotations

from typing import Any

import pytest

from tests.support.simulator import HOUR, INTERACTIONS_SCHEMA, ITEMS_SCHEMA, USERS_SCHEMA, Lab, items_csv, refused

ITEMS = "arn:aws:personalize:us-east-1:123456789012:dataset/shop/ITEMS"
HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"
STOCK = {"name": "STOCK", "type": ["null", "int"]}


def wider(*fields: dict[str, Any]) -> dict[str, Any]:
    return {**ITEMS_SCHEMA, "fields": [*ITEMS_SCHEMA["fields"], *fields]}


def describe(lab: Lab) -> dict[str, Any]:
    answer: dict[str, Any] = lab.control("DescribeDataset", datasetArn=ITEMS)["dataset"]
    return answer


def replace(lab: Lab, avro: dict[str, Any], name: str = "wider") -> str:
    """Ask for another schema; gives its ARN."""
    schema = lab.schema(name=name, avro=avro)
    assert lab.control("UpdateDataset", datasetArn=ITEMS, schemaArn=schema) == {"datasetArn": ITEMS}
    return schema


def stocked_csv(stock: int = 5) -> str:
    """`items_csv` with STOCK, which is `stock` for every item."""
    head, *rows = items_csv().splitlines()
    return "\n".join([f"{head},STOCK", *(f"{row},{stock}" for row in rows)]) + "\n"


def ids(lab: Lab, **more: Any) -> list[str]:
    answer = lab.runtime("GetRecommendations", campaignArn=HOME, userId="u01", **more)
    return sorted(entry["itemId"] for entry in answer["itemList"])


def trained_columns(lab: Lab) -> list[str]:
    items = lab.recipe.seen[-1].items
    assert items is not None
    return sorted(items.columns)


def test_the_old_schema_holds_until_the_update_is_done(lab: Lab) -> None:
    lab.trained_group()
    old = describe(lab)["schemaArn"]
    new = replace(lab, wider(STOCK))
    statuses = [describe(lab)["latestDatasetUpdate"]["status"]]
    assert (describe(lab)["schemaArn"], describe(lab)["status"]) == (old, "ACTIVE")
    lab.wait(10)
    statuses.append(describe(lab)["latestDatasetUpdate"]["status"])
    lab.wait(50)
    statuses.append(describe(lab)["latestDatasetUpdate"]["status"])
    assert statuses == ["CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE"]
    assert describe(lab)["schemaArn"] == new
    assert describe(lab)["latestDatasetUpdate"]["schemaArn"] == new


@pytest.mark.parametrize(
    ("avro", "message"),
    [
        (
            {**ITEMS_SCHEMA, "fields": ITEMS_SCHEMA["fields"][:2]},
            "lacks field PRICE; a replacement keeps every field.",
        ),
        (
            {**ITEMS_SCHEMA, "fields": [*ITEMS_SCHEMA["fields"][:2], {"name": "PRICE", "type": ["null", "double"]}]},
            "must keep its type and attributes.",
        ),
        (wider({"name": "STOCK", "type": "int"}), "New field STOCK of "),
        (USERS_SCHEMA, "is for Users, not for Items."),
    ],
)
def test_a_replacement_keeps_what_there_is(lab: Lab, avro: dict[str, Any], message: str) -> None:
    lab.trained_group()
    with refused("InvalidInputException", message):
        replace(lab, avro)


def test_the_schema_of_interactions_is_for_ever(lab: Lab) -> None:
    arn = lab.dataset(lab.group())
    field = {"name": "DEVICE", "type": ["null", "string"]}
    schema = lab.schema(name="wider", avro={**INTERACTIONS_SCHEMA, "fields": [*INTERACTIONS_SCHEMA["fields"], field]})
    with refused("InvalidInputException", "The schema of a dataset of type INTERACTIONS cannot be replaced."):
        lab.control("UpdateDataset", datasetArn=arn, schemaArn=schema)


def test_one_update_at_a_time_and_no_deletion_meanwhile(lab: Lab) -> None:
    lab.trained_group()
    schema = replace(lab, wider(STOCK))
    with refused("ResourceInUseException", f"{ITEMS} is being updated."):
        lab.control("UpdateDataset", datasetArn=ITEMS, schemaArn=schema)
    with refused("ResourceInUseException", f"{ITEMS} is being updated."):
        lab.control("DeleteDataset", datasetArn=ITEMS)
    with refused("ResourceInUseException", f"{schema} is used by {ITEMS}; delete the dataset first."):
        lab.control("DeleteSchema", schemaArn=schema)


def test_the_old_schema_is_free_afterwards(lab: Lab) -> None:
    lab.trained_group()
    old = describe(lab)["schemaArn"]
    replace(lab, wider(STOCK))
    lab.wait(60)
    assert lab.control("DeleteSchema", schemaArn=old) == {}


def test_unknown_datasets_and_schemas_are_not_found(lab: Lab) -> None:
    schema = lab.schema("Items")
    with refused("ResourceNotFoundException", ITEMS):
        lab.control("UpdateDataset", datasetArn=ITEMS, schemaArn=schema)
    lab.dataset(lab.group(), "Users")
    users = ITEMS.replace("ITEMS", "USERS")
    with refused("ResourceNotFoundException", schema + "x"):
        lab.control("UpdateDataset", datasetArn=users, schemaArn=schema + "x")


def test_old_rows_are_null_in_a_new_column_and_imports_fill_it(lab: Lab) -> None:
    group, _ = lab.serving("aws-user-personalization")
    replace(lab, wider(STOCK))
    lab.wait(60)
    expression = "INCLUDE ItemID WHERE Items.STOCK > 3"
    arn = lab.control("CreateFilter", name="f", datasetGroupArn=group, filterExpression=expression)["filterArn"]
    lab.wait()
    assert ids(lab, filterArn=arn) == []
    lab.load(ITEMS, "ITEM_ID,GENRE,PRICE,STOCK\ni04,drama,4,9\ni05,drama,5,2\n", "more", "INCREMENTAL")
    assert ids(lab, filterArn=arn) == ["i04"]
    lab.load(ITEMS, stocked_csv(), "all")
    assert len(ids(lab, filterArn=arn)) == 10


def test_records_may_be_put_with_the_new_column(lab: Lab) -> None:
    lab.trained_group()
    entry = {"itemId": "i04", "properties": '{"stock": 9}'}
    with refused("InvalidInputException", "properties key stock is not a column of the Items schema."):
        lab.events("PutItems", datasetArn=ITEMS, items=[entry])
    replace(lab, wider(STOCK))
    lab.wait(60)
    assert lab.events("PutItems", datasetArn=ITEMS, items=[entry]) == {}


def test_a_file_without_the_new_column_is_refused_afterwards(lab: Lab) -> None:
    lab.trained_group()
    replace(lab, wider(STOCK))
    lab.wait(60)
    job = lab.load(ITEMS, items_csv(), "old")
    described = lab.control("DescribeDatasetImportJob", datasetImportJobArn=job)["datasetImportJob"]
    assert described["failureReason"] == "Input CSV is missing the following columns: [STOCK]"


def test_existing_solutions_do_not_train_on_the_new_column_and_new_ones_do(lab: Lab) -> None:
    group = lab.trained_group()
    before = lab.solution(group, name="before")
    replace(lab, wider(STOCK))
    lab.wait(60)
    lab.load(ITEMS, stocked_csv(), "all")
    lab.version(before)
    assert trained_columns(lab) == ["GENRE", "PRICE"]
    lab.version(lab.solution(group, name="after"))
    assert trained_columns(lab) == ["GENRE", "PRICE", "STOCK"]


def test_a_training_that_began_before_the_update_is_not_disturbed(lab: Lab) -> None:
    group = lab.trained_group()
    solution = lab.solution(group)
    lab.control("CreateSolutionVersion", solutionArn=solution)
    lab.wait(60)
    replace(lab, wider(STOCK))
    lab.wait(2 * HOUR)
    assert trained_columns(lab) == ["GENRE", "PRICE"]
