"""`find_changes` tells of a quota that would be used up, and `ensure` then meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tastemaker.changes.find import find_changes
from tests.support.aws_fakes import client_error
from tests.support.changes import changes_of
from tests.support.workflows import SHOP, deployed_shop

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


class ServiceQuotas:
    """Answers these quotas; without any it may not be asked."""

    def __init__(self, *quotas: dict[str, Any]) -> None:
        self._quotas = list(quotas)

    def get_paginator(self, _operation: str) -> ServiceQuotas:
        return self

    def paginate(self, **_parameters: str) -> list[dict[str, Any]]:
        if not self._quotas:
            raise client_error("AccessDeniedException")
        return [{"Quotas": self._quotas}]


def test_quotas_that_would_be_used_up_are_told_before_ensure_meets_them(tmp_path: Path) -> None:
    more = [f"more-{at}" for at in range(9)]
    solutions = "".join(f"  {name}: {{recipe: aws-popularity-count}}\n" for name in more)
    campaigns = "".join(f"  {name}: {{solution: {name}}}\n" for name in more[:4])
    text = SHOP.replace("campaigns:\n", f"{solutions}campaigns:\n{campaigns}")
    with deployed_shop(tmp_path, text) as shop:
        told = [(one.operation, one.used, one.needed, one.limit, one.refused) for one in changes_of(shop).shortages]
        assert told == [
            ("CreateSolution", 0, 11, 10, ("shop-dev-more-8",)),
            ("CreateCampaign", 0, 6, 5, ("shop-dev-similar",)),
        ]
        assert shop.failure("ensure", shop.local.plan.resources).startswith(
            "Tastemaker.SolutionQuota: solution shop-dev-more-8 cannot be created: "
        )
        fewer = changes_of(shop, ("  more-8: {recipe: aws-popularity-count}\n", ""))
        assert [one.operation for one in fewer.shortages] == ["CreateCampaign"]


def test_a_group_that_is_too_many_in_the_region_is_told(tmp_path: Path) -> None:
    with deployed_shop(tmp_path) as shop:
        for at in range(5):
            shop.call("CreateDatasetGroup", name=f"other-{at}")
        (found,) = changes_of(shop).shortages
        assert (found.quota, found.used, found.needed, found.limit) == ("dataset groups per Region", 5, 6, 5)
        personalize = boto3.client("personalize", region_name="us-east-1")
        raised = ServiceQuotas({"QuotaName": "Number of active dataset groups", "Value": 6.0})
        assert find_changes(shop.local.plan, personalize, service_quotas=raised).shortages == ()
        denied = find_changes(shop.local.plan, personalize, service_quotas=ServiceQuotas())
        assert [one.limit for one in denied.shortages] == [5]
        assert any(one.startswith("Service Quotas could not be asked, so default quotas") for one in denied.notes)
        assert shop.failure("ensure", shop.local.plan.resources).startswith("Tastemaker.DatasetGroupQuota: ")
