"""Comparing an edited shop with the one that is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

from tastemaker.changes.find import find_changes
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.runner.stepfunctions import install
from tests.support.project_files import edit

if TYPE_CHECKING:
    from tastemaker.changes.records import Changes
    from tastemaker.plan.specs import Plan
    from tests.support.workflows import Shop


def edited_plan(shop: Shop, *edits: tuple[str, str], more: str = "") -> Plan:
    """The shop's plan after passages of its project file were replaced, and lines put behind it."""
    text = (shop.folder / "tastemaker.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        text = edit(old, new, text)
    file = shop.folder / "edited.yaml"
    file.write_text(text + more, encoding="utf-8")
    return build_plan(load_project(file))


def find_in(shop: Shop, plan: Plan) -> Changes:
    """The changes of a plan against the shop's simulator, by clients of all services."""
    with install(shop.local.engine):
        clients: dict[str, Any] = {
            name: boto3.client(service, region_name="us-east-1")
            for name, service in (("ssm", "ssm"), ("dynamodb", "dynamodb"), ("states", "stepfunctions"))
        }
        return find_changes(plan, boto3.client("personalize", region_name="us-east-1"), **clients)


def changes_of(shop: Shop, *edits: tuple[str, str], more: str = "") -> Changes:
    """The changes of an edit against the shop; without one, of the shop's own project."""
    return find_in(shop, edited_plan(shop, *edits, more=more))
