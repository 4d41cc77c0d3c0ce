"""`tastemaker plan` tells exactly what `ensure` then calls, for every kind of resource and every field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.local import Local
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tests.support.changes import plan_of, predicting
from tests.support.project_edits import BASE, EDITS, SHOP, SHOP_EDITS, edited
from tests.support.workflows import START, Shop, deployed_shop

if TYPE_CHECKING:
    from tests.support.project_edits import Edit

pytestmark = pytest.mark.slow
EXAMPLES = sorted(path.parent for path in Path("examples").glob("*/tastemaker.yaml"))


def find_surprises(shop: Shop, tree: dict[str, Any], edits: dict[str, Edit]) -> dict[str, str]:
    """Edit to what was not as predicted; an edit that is not refused stays for those behind it."""
    surprises = dict[str, str]()
    with predicting(shop) as predicted:
        for name, edit in edits.items():
            wanted = edited(tree, edit)
            found, surprises[name] = predicted.find_difference(plan_of(shop.folder, wanted))
            tree = tree if found.refusals else wanted
    return {name: text for name, text in surprises.items() if text}


def test_every_edit_of_a_project_that_serves_is_predicted_to_the_call(tmp_path: Path) -> None:
    with deployed_shop(tmp_path, json.dumps(BASE)) as shop:
        shop.upload(events=90)
        shop.local.deploy()
        assert find_surprises(shop, BASE, EDITS) == {}


def test_every_edit_of_a_domain_that_serves_is_predicted_to_the_call(tmp_path: Path) -> None:
    with deployed_shop(tmp_path, json.dumps(SHOP)) as shop:
        rows = [
            f"u{at % 40:02},i{at % 10:02},{1_700_000_000 + at},{('View', 'Purchase')[at // 40 % 2]}"
            for at in range(2_000)
        ]
        shop.put(
            "full/interactions/interactions.csv", "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE", *rows]) + "\n"
        )
        items = [f"i{at:02},{at}.5,shoe" for at in range(10)]
        shop.put("full/items/items.csv", "\n".join(["ITEM_ID,PRICE,CATEGORY_L1", *items]) + "\n")
        shop.local.deploy()
        assert find_surprises(shop, SHOP, SHOP_EDITS) == {}


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_an_example_that_is_ensured_has_no_changes_and_its_edit_is_predicted(folder: Path, tmp_path: Path) -> None:
    project = load_project(folder / "tastemaker.yaml")
    filters = {**project.filters, "seen": 'INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'}
    edit = {"tags": {"team": "shop"}, "filters": filters, "event_tracker": None}
    with Local(build_plan(project), start_time=START) as local, predicting(Shop(local, tmp_path)) as predicted:
        assert predicted.find_difference(local.plan)[1] == ""
        assert predicted.predict(local.plan).changes == ()
        edited_plan = build_plan(project.model_copy(update=edit))
        assert predicted.find_difference(edited_plan)[1] == ""
        assert predicted.predict(edited_plan).changes == ()


def test_predicting_only_reads(tmp_path: Path) -> None:
    with deployed_shop(tmp_path, json.dumps(BASE)) as shop, predicting(shop) as predicted:
        assert predicted.predict(shop.local.plan).calls != ()
        shop.run("ensure", shop.local.plan.resources)
        assert predicted.predict(plan_of(shop.folder, edited(BASE, EDITS["a recipe with consent"]))).calls != ()
        assert {operation[:4] for operation in predicted.asked} <= {"Desc", "List", "GetP", "GetI"}
        assert predicted.predict(shop.local.plan).changes == ()
