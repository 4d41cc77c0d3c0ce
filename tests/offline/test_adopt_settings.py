"""`adopt` of what is seldom there: a domain, recommenders, a key, batch jobs, metrics, failures; and the command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest

from tastemaker.adoption.account import Account, read_group
from tastemaker.errors import UserFileError
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tests.support.adoption import adopt, find_mutations, find_planned
from tests.support.command_line import run_command
from tests.support.workflows import SHOP, deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.workflows import Shop

pytestmark = pytest.mark.slow

STORE = """\
project: shop
datasetGroup: {domain: ECOMMERCE, customerManagedKey: true}
datasets:
  interactions:
    schema:
      {USER_ID: string, ITEM_ID: string, TIMESTAMP: long, EVENT_TYPE: string, AD: {type: string, categorical: true}}
    path: interactions.csv
recommenders:
  best:
    recipe: aws-ecomm-recommended-for-you
    minRecommendationRequestsPerSecond: 2
    excludedDatasetColumns: {interactions: [AD]}
"""
MORE = (
    SHOP
    + """\
batch:
  mail: {solution: popular, input: batch-input/mail.json, numResults: 5, filter: unseen}
metricAttribution: {name: sales, metrics: {SOLD: {eventType: BUY, expression: SUM(Interactions.EVENT_VALUE)}}}
"""
)


def test_a_domain_with_a_recommender_and_a_key_needs_no_change(tmp_path: Path) -> None:
    with deployed_shop(tmp_path, STORE) as shop:
        rows = [f"u{at % 40:02},i{at % 10:02},{1_700_000_000 + at},View,tv" for at in range(2_000)]
        shop.put("full/interactions/interactions.csv", "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,AD", *rows]))
        shop.local.deploy()
        project, plan, findings = adopt(shop.local, "shop-dev", tmp_path / "adopted.yaml")
        assert (project.dataset_group.domain, project.dataset_group.kms_key_arn) == (
            "ECOMMERCE", shop.local.values["DataKeyArn"],
        )  # fmt: skip
        assert project.recommenders["best"].min_recommendation_requests_per_second == 2
        assert project.recommenders["best"].excluded_dataset_columns == {"interactions": ("AD",)}
        assert findings == []
        assert find_planned(plan) == []
        assert find_mutations(shop.local, plan) == []


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Maintained twice, a week apart, with a batch job each time."""
    with deployed_shop(tmp_path_factory.mktemp("more"), MORE) as shop:
        body = b'{"userId": "u00"}\n'
        shop.local.aws.call(
            "s3", "PutObject", {"Bucket": "shop-dev-data", "Key": "batch-input/mail.json", "Body": body}
        )
        shop.deploy()
        shop.wait(7 * 86_400)
        shop.upload(events=31)
        shop.run("maintain", shop.maintenance())
        yield shop


def test_batch_jobs_metrics_and_the_rhythm_are_read_and_nothing_changes(shop: Shop, tmp_path: Path) -> None:
    project, plan, _ = adopt(shop.local, "shop-dev", tmp_path / "adopted.yaml")
    job = project.batch["mail"]
    assert (job.solution, job.kind, job.input, job.num_results, job.filter, job.schedule) == (
        "popular", "inference", "batch-input/mail.json", 5, "unseen", "rate(7 days)",
    )  # fmt: skip
    assert project.metric_attribution is not None
    assert {name: one.expression for name, one in project.metric_attribution.metrics.items()} == {
        "SOLD": "SUM(Interactions.EVENT_VALUE)"
    }
    assert project.schedules is not None
    assert (project.schedules.full, project.schedules.paused) == ("rate(7 days)", True)
    assert find_planned(plan) == []
    assert find_mutations(shop.local, plan) == []


def test_under_another_name_everything_keeps_its_name_and_nothing_changes(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "adopted.yaml"
    project, plan, _ = adopt(shop.local, "shop-dev", file, project="store", environment="prod")
    assert (project.project, project.names.dataset_group) == ("store", "shop-dev")
    assert project.names.metric_attribution == "shop-dev-sales"
    assert project.names.campaigns == {f"shop-dev-{name}": f"shop-dev-{name}" for name in ("popular", "similar")}
    assert find_planned(plan) == []
    assert find_mutations(shop.local, plan) == []


def test_the_command_writes_the_project_and_tells_what_it_saw(shop: Shop, tmp_path: Path) -> None:
    assert shop.call("ListCampaigns")["campaigns"]
    done = run_command(
        "adopt", "--dataset-group", "shop-dev", "--out", tmp_path / "p", "--region", "us-east-1", "--json"
    )
    report = json.loads(done.out)
    assert (done.code, report["status"], report["project"], report["environment"]) == (0, "OK", "shop", "dev")
    assert {one["rule"] for one in report["findings"]} == {"idle", "no-full-import", "no-kms-key"}
    assert find_planned(build_plan(load_project(tmp_path / "p"))) == []


def test_an_unknown_dataset_group_is_refused_with_the_nearest_name(shop: Shop, tmp_path: Path) -> None:
    assert shop.call("ListDatasetGroups")["datasetGroups"]
    done = run_command("adopt", "--dataset-group", "shop-dve", "--out", tmp_path / "p", "--region", "us-east-1")
    assert done.code == 2
    assert "there is no dataset group `shop-dve` in this account and Region" in done.err
    assert "Did you mean `shop-dev`?" in done.err
    assert not (tmp_path / "p").exists()


def test_an_arn_names_a_dataset_group_too(shop: Shop) -> None:
    arn = shop.call("ListDatasetGroups")["datasetGroups"][0]["datasetGroupArn"]
    account = Account(boto3.client("personalize", region_name="us-east-1"), None, shop.local.clock.now())
    assert read_group(account, arn).group.name == "shop-dev"
    with pytest.raises(UserFileError, match="dataset-group-not-found"):
        read_group(account, arn + "x")
