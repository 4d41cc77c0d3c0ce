"""One page about a project on CloudWatch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from tastemaker.constructs.dashboard_page import build_page
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.plan.specs import Plan

WIDTH, HEIGHT, COLUMNS = 8, 6, 3
"""CloudWatch's grid is 24 units wide. Source: CloudWatch API reference, dashboard body structure."""


class Dashboard(Construct):
    """Three widgets in a row, in reading order."""

    def __init__(self, scope: Construct, construct_id: str, *, plan: Plan, values: Mapping[str, str]) -> None:
        super().__init__(scope, construct_id)
        placed = [
            {**one, "x": place % COLUMNS * WIDTH, "y": place // COLUMNS * HEIGHT, "width": WIDTH, "height": HEIGHT}
            for place, one in enumerate(build_page(plan))
        ]
        body = resolve_tokens({"widgets": placed}, values)
        cloudwatch.CfnDashboard(self, "Dashboard", dashboard_name=plan.prefix, dashboard_body=json.dumps(body))
