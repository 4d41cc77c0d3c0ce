"""From a project file to what constructs need. Needs no credentials and no network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_lambda as lambda_

from tastemaker.assets import stage_lambdas
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.plan.openapi import build_openapi, build_public_document

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.plan.specs import Plan


@dataclass(frozen=True)
class Deployment:
    """One project in one environment.

    Attributes:
        document: OpenAPI document of the plan's routes, tokens unresolved.
        asset: directory with the code of every function.
    """

    plan: Plan
    document: dict[str, Any]
    asset: Path

    def code(self) -> lambda_.Code:
        """Anew for each stack: a code object belongs to one."""
        return lambda_.Code.from_asset(str(self.asset))


def load_deployment(project: Path, environment: str, folder: Path) -> Deployment:
    """Read, plan, and lay the code out.

    Args:
        project: the file, or the folder that holds `tastemaker.yaml`.
        folder: gets the code of the functions, in a folder of the environment's own; the cloud assembly's is good.

    Raises:
        TastemakerError: the file has findings, or the environment does not exist.
    """
    plan = build_plan(load_project(project), environment)
    document = build_openapi(plan.project, plan.routes, user_pool_arn=plan.user_pool_arn)
    asset = stage_lambdas(
        folder / "lambdas" / plan.prefix, build_public_document(document, plan.routes), byte_code=True
    )
    return Deployment(plan, document, asset)
