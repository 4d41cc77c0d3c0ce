"""A budget for Amazon Personalize."""

from __future__ import annotations

from aws_cdk import aws_budgets as budgets
from constructs import Construct

WARNINGS = (("ACTUAL", 80), ("FORECASTED", 100))
"""Per cent of the budget. Source: Cost Management user guide, Managing your costs with AWS Budgets."""


class Budget(Construct):
    """Of the whole account: costs of Amazon Personalize by tag would need tags that the payer has activated."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, monthly_usd: float, topic_arn: str) -> None:
        super().__init__(scope, construct_id)
        subscriber = budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic_arn)
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=f"{name}-personalize",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=monthly_usd, unit="USD"),
                cost_filters={"Service": ["Amazon Personalize"]},
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=per_cent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[subscriber],
                )
                for kind, per_cent in WARNINGS
            ],
        )
