"""Recommendations as one stack of another team's app: everything comes from `pip install tastemaker[cdk]`.

    python app.py                        # or: npx cdk deploy --app "python app.py"

Reads the MovieLens project beside this folder; a project of your own is a folder with a `tastemaker.yaml`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import App, Stack

from tastemaker.constructs import Data, Observability, Serving, Workflow, apply_standards, load_deployment

if TYPE_CHECKING:
    from constructs import Construct

    from tastemaker.constructs import Deployment

PROJECT = Path(__file__).parent.parent / "movielens"


class Recommendations(Stack):
    """Buckets, workflows, API and alarms of one project; what is yours stands beside them."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment) -> None:
        super().__init__(scope, construct_id)
        plan, code = deployment.plan, deployment.code()
        data = Data(self, "Data", plan=plan).references
        workflow = Workflow(self, "Workflow", plan=plan, data=data, code=code)
        self.api = Serving(self, "Serving", plan=plan, data=data, code=code, document=deployment.document).api
        Observability(self, "Observability", plan=plan, data=data).node.add_dependency(workflow)
        apply_standards(self, plan)


def main() -> None:
    outdir = os.environ.get("CDK_OUTDIR", "cdk.out")
    app = App(outdir=outdir)
    Recommendations(app, "our-recommendations", deployment=load_deployment(PROJECT, "dev", Path(outdir)))
    app.synth()


if __name__ == "__main__":
    main()
