"""Buckets, key, the role of Amazon Personalize and the ledger: everything that outlives a redeployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack

from tastemaker.constructs.data_bucket import DataBucket
from tastemaker.constructs.data_key import DataKey
from tastemaker.constructs.ledger import Ledger
from tastemaker.constructs.personalize_role import PersonalizeRole
from tastemaker.constructs.token_values import DataReferences

if TYPE_CHECKING:
    from constructs import Construct

REMOVAL_POLICY = RemovalPolicy.RETAIN
"""Interactions cannot be collected a second time; deleting a stack must not delete them."""


class DataStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, *, prefix: str, publishes_metrics: bool = False) -> None:
        super().__init__(scope, construct_id, description=f"Tastemaker {prefix}: data, key, ledger")
        role = PersonalizeRole(self, "PersonalizeRole")
        key = DataKey(self, "DataKey", prefix=prefix, role=role.role, removal_policy=REMOVAL_POLICY).key
        bucket = DataBucket(self, "DataBucket", key=key, removal_policy=REMOVAL_POLICY).bucket
        ledger = Ledger(self, "Ledger", removal_policy=REMOVAL_POLICY)
        role.allow_data(bucket.bucket_arn, key.key_arn)
        if publishes_metrics:
            role.allow_metrics()
        self.references = DataReferences(
            bucket_name=bucket.bucket_name,
            key_arn=key.key_arn,
            personalize_role_arn=role.role.role_arn,
            ledger_table_name=ledger.table.table_name,
        )
