"""`forget`: files, side tables and Personalize, with evidence and without ids in any history."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.shared.assignment import unit_key
from tests.support.workflows import SHOP, Shop, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

BUCKET = "shop-dev-data"
FORGETFUL = (
    SHOP + "forget: {tables: {profiles: user}}\nbatch:\n  mail: {solution: popular, input: batch-input/mail.json}\n"
    "endpoints: {popular: {campaign: popular}}\n"
    "experiments:\n  home: {route: popular, salt: s, variants: {a: {campaign: popular}, b: {items: [i1]}}}\n"
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Deployed; user u07 was forgotten as request gdpr-1."""
    with deployed_shop(tmp_path_factory.mktemp("shop"), FORGETFUL) as shop:
        put(shop, "batch-input/mail.json", '{"userId": "u07"}\n{"userId": "u08"}\n')
        put(shop, "erase/1.csv", "USER_ID\nu07\n")
        shop.local.aws.call("dynamodb", "CreateTable", {
            "TableName": "profiles", "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "user", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "user", "AttributeType": "S"}],
        })  # fmt: skip
        for user in ("u07", "u08"):
            shop.local.aws.call("dynamodb", "PutItem", {"TableName": "profiles", "Item": {"user": {"S": user}}})
        for user, session in (("u07", "s07"), ("u08", "s08")):
            note(shop, user, "exposure#a", "outcome#1", "outcome#2", f"session#{unit_key('s', 'home', session)}")
            note(shop, session, "exposure#a")
        shop.deploy()
        shop.run("forget", request(shop))
        yield shop


def note(shop: Shop, who: str, *records: str) -> None:
    """Records of the experiment `home` of a user or session."""
    for record in records:
        item = {"unit": {"S": unit_key("s", "home", who)}, "record": {"S": record}}
        shop.local.aws.call("dynamodb", "PutItem", {"TableName": "shop-dev-experiments", "Item": item})


def put(shop: Shop, key: str, text: str) -> None:
    shop.local.aws.call("s3", "PutObject", {"Bucket": BUCKET, "Key": key, "Body": text.encode()})


def request(shop: Shop, **changes: Any) -> dict[str, Any]:
    return {**shop.local.plan.forget, "Request": "gdpr-1", "Users": "erase/1.csv", **changes}


def read(shop: Shop, key: str) -> str:
    body: bytes = shop.local.aws.call("s3", "GetObject", {"Bucket": BUCKET, "Key": key})["Body"].read()
    return body.decode()


def test_the_user_is_gone_from_the_files_of_the_next_full_import(shop: Shop) -> None:
    text = read(shop, "full/interactions/interactions.csv")
    assert "u07," not in text
    assert text.count("\n") == 1 + 1_200 - 30


def test_the_number_of_rows_beside_the_file_follows(shop: Shop) -> None:
    found = shop.local.aws.call("s3", "HeadObject", {"Bucket": BUCKET, "Key": "full/interactions/interactions.csv"})
    assert found["Metadata"] == {"rows": "1170"}


def test_files_of_batch_jobs_and_side_tables_are_clean_too(shop: Shop) -> None:
    assert read(shop, "batch-input/mail.json") == '{"userId": "u08"}\n'
    items = shop.local.aws.call("dynamodb", "Scan", {"TableName": "profiles"})["Items"]
    assert items == [{"user": {"S": "u08"}}]


def test_outputs_of_batch_jobs_are_clean_too(shop: Shop) -> None:
    listed = shop.local.aws.call("s3", "ListObjectsV2", {"Bucket": BUCKET, "Prefix": "batch/mail/"})["Contents"]
    outputs = [read(shop, entry["Key"]) for entry in listed if entry["Key"].endswith(".out")]
    assert [json.loads(line)["input"] for line in outputs[0].splitlines()] == [{"userId": "u08"}]


def test_the_evidence_says_what_was_removed_where(shop: Shop) -> None:
    evidence = json.loads(read(shop, "forget-evidence/gdpr-1.json"))
    removed = {entry["What"]: entry["Removed"] for entry in evidence["objects"]}
    assert removed["full/interactions/interactions.csv"] == 30
    assert evidence["dataDeletionJobArn"].endswith("data-deletion-job/shop-dev-forget-gdpr-1")
    assert [entry["Removed"] for entry in evidence["tables"]] == [1, 5]


def test_the_records_of_experiments_are_found_by_their_hash_and_so_are_those_of_the_user_s_sessions(shop: Shop) -> None:
    items = shop.local.aws.call("dynamodb", "Scan", {"TableName": "shop-dev-experiments"})["Items"]
    assert {item["unit"]["S"] for item in items} == {unit_key("s", "home", who) for who in ("u08", "s08")}
    assert len(items) == 5


def test_no_history_holds_an_id(shop: Shop) -> None:
    execution = next(found for found in shop.executions if found.machine == "forget")
    assert "u07" not in json.dumps(execution.history, default=str)


def test_a_request_whose_name_cannot_be_part_of_a_name_is_refused(shop: Shop) -> None:
    assert shop.failure("forget", request(shop, Request="a b")).startswith("Tastemaker.BadRequest: Request must be")
