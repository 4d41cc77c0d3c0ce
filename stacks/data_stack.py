"""Buckets, key, the role of Amazon Personalize and the ledger: everything that outlives a redeployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack

from tastemaker.constructs.data import Data

if TYPE_CHECKING:
    from constructs import Construct

    from tastemaker.plan.specs import Plan


class DataStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, *, plan: Plan) -> None:
        super().__init__(scope, construct_id, description=f"Tastemaker {plan.prefix}: data, key, ledger")
        self.references = Data(self, "Default", plan=plan).references
