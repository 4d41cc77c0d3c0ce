"""`tastemaker init`: what it writes passes the check at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tastemaker.model.load import load_project
from tests.support.command_line import run_command
from tests.support.project_files import write_csv

CLICKS = [
    f"u{at % 60},p{at % 40},{1_700_000_000_000 + at * 1000},{'view' if at % 3 else 'buy'},{at % 7}.5"
    for at in range(1_500)
]
PRODUCTS = [
    f"p{at},A long text about the product number {at} of this shop,{'toys' if at % 2 else 'books'},{at}.99"
    for at in range(40)
]
PEOPLE = [f"u{at},{'DE' if at % 2 else 'FR'},{'' if at == 3 else 20 + at}" for at in range(60)]


@pytest.fixture
def raw(tmp_path: Path) -> list[str]:
    """Options that name three raw files with columns of their own names."""
    files = [
        write_csv(tmp_path / "raw/clicks.csv", "customerId,product_id,eventTime,event,price", CLICKS),
        write_csv(tmp_path / "raw/products.csv", "productId,description,category,price", PRODUCTS),
        write_csv(tmp_path / "raw/people.csv", "customer,country,age", PEOPLE),
    ]
    return [part for file in files for part in ("--data", str(file))]


@pytest.mark.slow
def test_raw_files_become_a_project_that_passes_the_check(tmp_path: Path, raw: list[str]) -> None:
    shop = tmp_path / "My Shop 2"
    done = run_command("init", shop, *raw)
    assert done.code == 0, done.err
    assert "a month before anybody asks" in done.out
    project = load_project(shop)
    assert project.project == "my-shop-2"
    assert {one.key: list(one.schema_fields) for one in project.datasets.declared()} == {
        "interactions": ["USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE"],
        "items": ["ITEM_ID", "DESCRIPTION", "CATEGORY", "PRICE"],
        "users": ["USER_ID", "COUNTRY", "AGE"],
    }
    assert project.datasets.items is not None
    assert project.datasets.items.schema_fields["DESCRIPTION"].textual
    assert project.datasets.items.schema_fields["CATEGORY"].categorical
    assert project.datasets.users is not None
    assert project.datasets.users.schema_fields["AGE"].nullable
    checked = run_command("check", "--project", shop, "--json")
    assert checked.code == 0, checked.err
    interactions = json.loads(checked.out)["datasets"]["INTERACTIONS"]
    assert (interactions["rows"], interactions["first_timestamp"]) == (1_500, 1_700_000_000)


@pytest.mark.parametrize("template", ["video", "retail", "news"])
def test_a_template_is_a_good_project_that_only_lacks_its_data(tmp_path: Path, template: str) -> None:
    assert run_command("init", tmp_path / "shop", "--template", template).code == 0
    assert load_project(tmp_path / "shop").solutions["for-you"].recipe == "aws-user-personalization-v2"
    done = run_command("check", "--project", tmp_path / "shop", "--json")
    assert {one["rule"] for one in json.loads(done.out)["findings"]} == {"data-file-not-found"}


def test_templates_differ_in_what_they_recommend(tmp_path: Path) -> None:
    run_command("init", tmp_path / "n", "--template", "news")
    run_command("init", tmp_path / "v", "--template", "video")
    assert list(load_project(tmp_path / "n").campaigns) == ["for-you", "similar", "trending"]
    assert list(load_project(tmp_path / "v").campaigns) == ["for-you", "similar", "popular"]


def test_the_project_file_names_the_schema_beside_it_for_editors(tmp_path: Path) -> None:
    run_command("init", tmp_path / "shop")
    first = (tmp_path / "shop/tastemaker.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=tastemaker.schema.json"
    assert json.loads((tmp_path / "shop/tastemaker.schema.json").read_text(encoding="utf-8"))["$defs"]["Campaign"]


def test_nothing_is_replaced_without_force(tmp_path: Path) -> None:
    (tmp_path / "tastemaker.yaml").write_text("project: mine\n", encoding="utf-8")
    done = run_command("init", tmp_path, "--json")
    assert done.code == 2
    assert [one["rule"] for one in json.loads(done.out)["findings"]] == ["file-exists"]
    assert (tmp_path / "tastemaker.yaml").read_text(encoding="utf-8") == "project: mine\n"
    assert run_command("init", tmp_path, "--force").code == 0


def test_a_file_without_ids_is_refused_with_its_columns(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "colour,size", ["red,1"])
    done = run_command("init", tmp_path / "shop", "--data", path)
    assert done.code == 2
    assert "no column looks like a user's or an item's id: colour, size" in done.err


def test_items_alone_are_not_enough(tmp_path: Path, raw: list[str]) -> None:
    done = run_command("init", tmp_path / "shop", *raw[2:4])
    assert done.code == 2
    assert "none of the files says who did what with which item, and when" in done.err


def test_times_may_be_written_as_text_and_files_as_parquet(tmp_path: Path) -> None:
    lines = Path("examples/retail/data/invoice_lines.parquet")
    assert run_command("init", tmp_path / "shop", "--data", lines).code == 0
    sql = (tmp_path / "shop/sql/interactions.sql").read_text(encoding="utf-8")
    assert 'CAST(epoch(TRY_CAST("InvoiceDate" AS TIMESTAMP)) AS BIGINT) AS TIMESTAMP' in sql
    assert '"Customer ID"' in sql


def test_two_files_of_one_kind_are_refused(tmp_path: Path, raw: list[str]) -> None:
    done = run_command("init", tmp_path / "shop", *raw[:2], *raw[:2])
    assert done.code == 2
    assert "both look like interactions" in done.err


def test_the_written_yaml_is_yaml(tmp_path: Path, raw: list[str]) -> None:
    run_command("init", tmp_path / "shop", *raw)
    tree = YAML(typ="safe").load(tmp_path / "shop/tastemaker.yaml")
    assert tree["sources"]["interactions_raw"].endswith("raw/clicks.csv")
