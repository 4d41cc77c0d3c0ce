"""The role that Amazon Personalize assumes to read and write the data bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import Construct

from tastemaker.constructs.service_principals import confused_deputy_conditions
from tastemaker.plan.data_access import PERSONALIZE, role_rights

if TYPE_CHECKING:
    from collections.abc import Mapping


class PersonalizeRole(Construct):
    """The role; `allow_data` gives it its rights once bucket and key exist."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(PERSONALIZE, conditions=confused_deputy_conditions("personalize")),
            description="Amazon Personalize reads datasets from and writes results to the data bucket",
        )

    def allow_data(self, places: Mapping[str, str], *, publishes_metrics: bool) -> None:
        """`places` maps those of `plan.data_access` to ARNs."""
        for actions, place in role_rights(publishes_metrics=publishes_metrics):
            self.role.add_to_policy(iam.PolicyStatement(actions=[*actions], resources=[places[place]]))
