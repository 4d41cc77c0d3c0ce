"""What is watched, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from tastemaker.constructs.alarms import Alarms
from tastemaker.constructs.budget import Budget
from tastemaker.constructs.dashboard import Dashboard
from tastemaker.constructs.feature_flags import set_feature_flags
from tastemaker.constructs.token_values import build_token_values
from tastemaker.plan.tokens import TOPIC_ARN, resolve_tokens

if TYPE_CHECKING:
    from tastemaker.constructs.token_values import DataReferences
    from tastemaker.plan.specs import Plan


class Observability(Construct):
    """Looks at everything by its physical name, so it refers to no other stack but the data's."""

    def __init__(self, scope: Construct, construct_id: str, *, plan: Plan, data: DataReferences) -> None:
        super().__init__(scope, construct_id)
        set_feature_flags(self)
        settings, values = plan.deploy.monitoring, build_token_values(plan, data)
        topic_arn = resolve_tokens(TOPIC_ARN, values)
        if settings.dashboard:
            Dashboard(self, "Dashboard", plan=plan, values=values)
        if settings.alarms:
            Alarms(self, "Alarms", plan=plan, values=values, topic_arn=topic_arn)
        if plan.budget_usd is not None:
            Budget(self, "Budget", name=plan.prefix, monthly_usd=plan.budget_usd, topic_arn=topic_arn)


def is_observed(plan: Plan) -> bool:
    """Whether there is anything to make."""
    settings = plan.deploy.monitoring
    return settings.dashboard or settings.alarms or plan.budget_usd is not None
