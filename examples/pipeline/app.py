"""A pipeline in a tools account that deploys to a development account, asks, and deploys to production.

    npx aws-cdk@2.1148.1 deploy --app "python app.py" -c connection=ARN -c repository=our-team/recommendations \
        -c tools=111… -c dev=222… -c prod=333…

Every push to the repository changes all that follows, the pipeline included. Both other accounts have to trust the
tools account once: `npx cdk bootstrap --trust 111… --cloudformation-execution-policies … aws://222…/eu-west-1`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import App, Environment, Stack, Stage, pipelines

from tastemaker.constructs import Data, Observability, Serving, Workflow, apply_standards, load_deployment

if TYPE_CHECKING:
    from constructs import Construct

    from tastemaker.constructs import Deployment

PROJECT = Path(__file__).parent
REGION = "eu-west-1"
PLACEHOLDERS = {
    "connection": "arn:aws:codeconnections:eu-west-1:111111111111:connection/11111111-2222-3333-4444-555555555555",
    "repository": "our-team/recommendations",
    "tools": "111111111111",
    "dev": "222222222222",
    "prod": "333333333333",
}
"""What `-c` replaces; these let the example be synthesised."""


COMMAND_LINE = "aws-cdk@2.1148.1"
"""The one that fits aws-cdk-lib 2.275."""


def synth_commands(settings: dict[str, str]) -> list[str]:
    """The pipeline synthesises itself with the settings that it was deployed with."""
    context = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return ["pip install 'tastemaker[cdk]'", f"npx --yes {COMMAND_LINE} synth --quiet --app 'python app.py' {context}"]


class Films(Stage):
    """One environment of the project, in an account of its own."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, env: Environment) -> None:
        super().__init__(scope, construct_id, env=env)
        plan, code = deployment.plan, deployment.code()
        stack = Stack(self, "films")
        data = Data(stack, "Data", plan=plan).references
        workflow = Workflow(stack, "Workflow", plan=plan, data=data, code=code)
        Serving(stack, "Serving", plan=plan, data=data, code=code, document=deployment.document)
        Observability(stack, "Observability", plan=plan, data=data).node.add_dependency(workflow)
        apply_standards(stack, plan)


class Pipeline(Stack):
    """Builds itself, then each environment in turn; production waits for somebody's consent."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: dict[str, str], folder: Path) -> None:
        super().__init__(scope, construct_id, env=Environment(account=settings["tools"], region=REGION))
        source = pipelines.CodePipelineSource.connection(
            settings["repository"], "main", connection_arn=settings["connection"]
        )
        pipeline = pipelines.CodePipeline(
            self,
            "Pipeline",
            pipeline_name="films",
            cross_account_keys=True,
            enable_key_rotation=True,
            synth=pipelines.ShellStep("Synth", input=source, commands=synth_commands(settings)),
        )
        for name, checks in (("dev", []), ("prod", [pipelines.ManualApprovalStep("Release")])):
            account = Environment(account=settings[name], region=REGION)
            stage = Films(self, name, deployment=load_deployment(PROJECT, name, folder), env=account)
            pipeline.add_stage(stage, pre=checks)


def main() -> None:
    outdir = os.environ.get("CDK_OUTDIR", "cdk.out")
    app = App(outdir=outdir)
    settings = {name: app.node.try_get_context(name) or default for name, default in PLACEHOLDERS.items()}
    Pipeline(app, "films-pipeline", settings=settings, folder=Path(outdir))
    app.synth()


if __name__ == "__main__":
    main()
