"""Project file to plan to stacks. Needs no credentials and no network; writes to `CDK_OUTDIR`, else `cdk.out`.

`-c project=FOLDER -c environment=prod`, or TASTEMAKER_PROJECT and TASTEMAKER_ENVIRONMENT.
"""

import json
import os
import sys
from pathlib import Path

from aws_cdk import App, Validations

from stacks.application import add_stacks
from tastemaker.constructs.command_line import VERSION_VARIABLE, check_command_line
from tastemaker.constructs.deployment import load_deployment
from tastemaker.constructs.rules import PersonalizeRules
from tastemaker.constructs.synthesis import synthesise
from tastemaker.errors import TastemakerError

HERE = Path(__file__).parent


def main() -> None:
    check_command_line(os.environ.get(VERSION_VARIABLE))
    outdir = Path(os.environ.get("CDK_OUTDIR", "cdk.out"))
    # `python app.py` alone, without the CDK command line, has to see the same feature flags.
    app = App(outdir=str(outdir), context=json.loads((HERE / "cdk.json").read_text())["context"])
    project = app.node.try_get_context("project") or os.environ.get("TASTEMAKER_PROJECT", HERE / "examples/movielens")
    environment = app.node.try_get_context("environment") or os.environ.get("TASTEMAKER_ENVIRONMENT", "dev")
    deployment = load_deployment(Path(project), environment, outdir)
    Validations.of(app).add_plugins(PersonalizeRules())
    add_stacks(app, deployment.plan, asset=deployment.asset, document=deployment.document)
    synthesise(app)


if __name__ == "__main__":
    try:
        main()
    except TastemakerError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
