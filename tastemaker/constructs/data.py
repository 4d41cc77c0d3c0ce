"""Everything that outlives a redeployment: buckets, key, the role of Amazon Personalize and the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from constructs import Construct

from tastemaker.constructs.data_bucket import DataBucket
from tastemaker.constructs.data_key import DataKey
from tastemaker.constructs.feature_flags import set_feature_flags
from tastemaker.constructs.ledger import Ledger
from tastemaker.constructs.personalize_role import PersonalizeRole
from tastemaker.constructs.token_values import DataReferences
from tastemaker.plan.data_access import BUCKET, EVERYTHING, KEY, OBJECTS

if TYPE_CHECKING:
    from tastemaker.plan.specs import Plan


def removal_policy_of(plan: Plan) -> RemovalPolicy:
    """Interactions cannot be collected a second time, so they are kept unless the project says otherwise."""
    return RemovalPolicy.DESTROY if plan.deploy.on_delete == "destroy" else RemovalPolicy.RETAIN


class Data(Construct):
    """What the plan reads and remembers.

    Attributes:
        references: what the other constructs need of it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, plan: Plan) -> None:
        super().__init__(scope, construct_id)
        set_feature_flags(self)
        removal_policy = removal_policy_of(plan)
        role = PersonalizeRole(self, "PersonalizeRole")
        data_key = DataKey(self, "DataKey", prefix=plan.prefix, role=role.role, removal_policy=removal_policy)
        key = data_key.key
        bucket = DataBucket(
            self,
            "DataBucket",
            key=key,
            removal_policy=removal_policy,
            archive_keep_days=plan.archive_keep_days,
            announces_objects=bool(plan.arrivals),
            has_results=plan.preparation is not None,
        ).bucket
        ledger = Ledger(self, "Ledger", key=key, removal_policy=removal_policy)
        places = {BUCKET: bucket.bucket_arn, OBJECTS: bucket.arn_for_objects("*"), KEY: key.key_arn, EVERYTHING: "*"}
        role.allow_data(places, publishes_metrics=plan.publishes_metrics)
        if plan.budget_usd is not None:
            data_key.allow_budgets()
        self.references = DataReferences(
            bucket_name=bucket.bucket_name,
            key_arn=key.key_arn,
            personalize_role_arn=role.role.role_arn,
            ledger_table_name=ledger.table.table_name,
        )
