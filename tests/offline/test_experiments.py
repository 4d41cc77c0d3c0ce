"""An experiment from request to report: local gateway, handlers, table, export."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.aws import REGION, Boto3Caller
from tastemaker.experiments.records import Selection, read_records
from tastemaker.local import Local
from tastemaker.plan.build import build_plan
from tastemaker.plan.specs import ExperimentTableSpec
from tastemaker.runner.experiment_records import read_records as read_table
from tests.support.project_files import edit, read_project
from tests.support.served_api import NAMES, serve_api

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.served_api import ServedApi

pytestmark = pytest.mark.slow
CANARY = "canary-7f3a"
USERS = 40


def _get(api: ServedApi, path: str, user: str) -> dict[str, Any]:
    response = api.gateway.handle("GET", path, [("userId", user)], list(api.headers.items()))
    assert response.status == 200
    body: dict[str, Any] = json.loads(response.body)
    return body


def _post(api: ServedApi, user: str, item: dict[str, Any], source: str) -> None:
    event = {"eventType": "view", "itemId": item["itemId"], "eventAttributionSource": source}
    body = json.dumps({"sessionId": f"{user}-session", "userId": user, "events": [event]}).encode()
    assert api.gateway.handle("POST", "/events", headers=list(api.headers.items()), body=body).status == 200


def _exported(api: ServedApi, folder: Path) -> Path:
    records = list(read_table(Boto3Caller(REGION), NAMES.prefix, ExperimentTableSpec()))
    file = folder / "records.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


def test_what_users_met_and_did_arrives_in_the_report_and_no_id_in_log_or_records(tmp_path: Path) -> None:
    met: dict[str, int] = {"own": 0, "plain": 0}
    with serve_api(tmp_path) as api:
        for number in range(USERS):
            user = f"{CANARY}-{number}"
            body = _get(api, "/popular", user)
            assert _get(api, "/popular", user)["variant"] == body["variant"]
            met[body["variant"]] += 1
            if body["variant"] == "plain":
                _post(api, user, body["items"][0], body["eventAttributionSource"])
        file = _exported(api, tmp_path)
    assert CANARY not in file.read_text()
    assert [line for line in api.lines if CANARY in line] == []
    with read_records([file], Selection("home")) as records:
        arms = {arm.name: (arm.units, arm.conversions) for arm in records.arms({"own": 1.0, "plain": 1.0})}
    assert arms == {"own": (met["own"], 0), "plain": (met["plain"], met["plain"])}
    assert min(met.values()) > 5


def test_outcomes_of_interleaved_items_are_credited_to_the_team_that_picked_them(tmp_path: Path) -> None:
    with serve_api(tmp_path) as api:
        for number in range(6):
            body = _get(api, "/items/i03/related", f"u{number}")
            item = body["items"][0]
            assert body["variant"] == "interleaved"
            _post(api, f"u{number}", item, f"beside:{'new' if number < 4 else 'own'}")
        file = _exported(api, tmp_path)
    with read_records([file], Selection("beside")) as records:
        credited, _ = records.credits(("own", "new"))
        assert records.exposed_units() == 6
    assert credited.sum(axis=0).tolist() == [2, 4]


def test_metadata_come_from_the_table_beside(tmp_path: Path) -> None:
    with serve_api(tmp_path) as api:
        response = api.gateway.handle("GET", "/trending", [("numResults", "500")], list(api.headers.items()))
    items = {item["itemId"]: item.get("metadata") for item in json.loads(response.body)["items"]}
    assert items["i01"] == {"title": "The first one"}
    assert items["i02"] is None


def test_the_laptop_has_the_tables_that_the_project_names(tmp_path: Path) -> None:
    related = "{campaign: similar, metadata: {table: catalogue, key: sku, attributes: [title]}}"
    home = "experiments: {home: {route: recommendations, variants: {a: {campaign: for-you}, b: {items: [i1]}}}}\n"
    plan = build_plan(read_project(tmp_path, edit("{campaign: similar}", related) + home))
    with Local(plan, start_time=1_700_000_000.0) as local:
        names = local.aws.call("dynamodb", "ListTables", {})["TableNames"]
    assert {"catalogue", "shop-dev-experiments"} <= set(names)
