"""Adopting what a local project deployed, and asking whether `ensure` would change anything of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

from tastemaker.adoption.account import Account, read_group
from tastemaker.adoption.keys import find_identity
from tastemaker.adoption.settle import settle
from tastemaker.adoption.translate import translate
from tastemaker.changes.find import find_changes
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.adoption.draft import Draft
    from tastemaker.errors import Finding
    from tastemaker.local import Local
    from tastemaker.model.datasets import Dataset
    from tastemaker.model.project import Project
    from tastemaker.plan.specs import Plan

MUTATING = ("create", "update", "delete", "tag", "untag", "start", "stop")


def adopt(
    local: Local,
    dataset_group: str,
    file: Path,
    *,
    project: str | None = None,
    environment: str | None = None,
    metrics: Any = None,
) -> tuple[Project, Plan, list[Finding]]:
    """The project that was written to `file`, its plan and what was told.

    Args:
        project, environment: their names; None takes those that are found.
    """
    client: Any = boto3.client("personalize", region_name="us-east-1")
    account = Account(client, metrics, local.clock.now())
    inventory = read_group(account, dataset_group)
    identity = find_identity(inventory, project, environment, "adopted")
    draft: Draft = translate(inventory, identity)
    draft.tell(*account.findings)
    file.write_text(settle(draft), encoding="utf-8")
    loaded = load_project(file)
    return loaded, build_plan(loaded, identity.environment), draft.findings


def find_planned(plan: Plan) -> list[str]:
    """What `tastemaker plan` shows beside what stays: what would change, and what the project does not declare."""
    changes = find_changes(plan, boto3.client("personalize", region_name="us-east-1"))
    return [f"{one.verb} {one.kind} {one.name}" for one in (*changes.changes, *changes.undeclared)]


def find_mutations(local: Local, plan: Plan) -> list[str]:
    """Calls of Amazon Personalize that change something, when the plan is ensured in this account."""
    called: list[str] = []
    local.caller.listeners.append(lambda call: called.append(call.operation) if "personalize" in call.service else None)
    local.execute("ensure", plan.resources)
    local.caller.listeners.pop()
    return [one for one in called if one.lower().startswith(MUTATING)]


def write_rows(dataset: Dataset, rows: int = 1_200) -> str:
    """A CSV that any recipe can learn from: 40 users, 30 items, the remaining columns by their types."""
    count = {"interactions": rows, "items": 30, "users": 40}[dataset.key]
    columns = [[_write_value(name, one.type, at) for at in range(count)] for name, one in dataset.schema_fields.items()]
    return "\n".join(map(",".join, [tuple(dataset.schema_fields), *zip(*columns, strict=True)])) + "\n"


def _write_value(column: str, kind: str, at: int) -> str:
    fixed = {
        "USER_ID": f"u{at % 40}",
        "ITEM_ID": f"i{(at % 40 + at // 40) % 30}",
        "TIMESTAMP": str(1_760_000_000 + at * 60),
        "CREATION_TIMESTAMP": "1700000000",
        "EVENT_TYPE": "buy" if at % 3 == 0 else "view",
    }
    return fixed.get(column, f"word{at % 5} thing" if kind == "string" else str(at % 7))
