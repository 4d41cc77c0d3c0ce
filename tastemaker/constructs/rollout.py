"""Aliases that requests come through, and how a new version of a function gets behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from tastemaker.constructs.service_principals import confused_deputy_conditions
from tastemaker.constructs.token_values import ALIAS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tastemaker.model.deploy import Api

CODEDEPLOY = "codedeploy.amazonaws.com"


class Rollout(Construct):
    """One alias for each function.

    Args:
        functions: name to function that answers requests.
        warm: names of those that get provisioned concurrency.

    Attributes:
        aliases: name to what the API may invoke.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        api: Api,
        functions: Mapping[str, lambda_.Function],
        warm: Collection[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self._name = name
        self.aliases = {
            one: lambda_.Alias(
                self,
                one,
                alias_name=ALIAS,
                version=function.current_version,
                provisioned_concurrent_executions=(api.provisioned_concurrency or None) if one in warm else None,
            )
            for one, function in functions.items()
        }
        if api.gradual:
            self._deploy_gradually()

    def _deploy_gradually(self) -> None:
        application = codedeploy.LambdaApplication(self, "Application", application_name=self._name)
        role = self._build_role()
        for one, alias in self.aliases.items():
            codedeploy.LambdaDeploymentGroup(
                self,
                f"{one}-deployment",
                application=application,
                deployment_group_name=f"{self._name}-{one}",
                role=role,
                alias=alias,
                deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
                alarms=[self._errors(one, alias)],
            )

    def _errors(self, one: str, alias: lambda_.Alias) -> cloudwatch.Alarm:
        return alias.metric_errors(period=Duration.minutes(1), statistic="Sum").create_alarm(
            self,
            f"{one}-errors",
            alarm_name=f"{self._name}-{one}-errors",
            alarm_description=f"Function {one} fails; a gradual deployment goes back",
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _build_role(self) -> iam.Role:
        """A deployment group adds AWS's own policy for Lambda; only groups of this application may assume the role."""
        conditions = confused_deputy_conditions("codedeploy", f"deploymentgroup:{self._name}/*")
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(CODEDEPLOY, conditions=conditions),
            description=f"CodeDeploy shifts requests to new versions of {self._name}",
        )
