"""Project file to plan to stacks. Needs no credentials and no network; writes to `CDK_OUTDIR`, else `cdk.out`."""

import json
import os
import sys
from pathlib import Path

from aws_cdk import App

from stacks.application import add_stacks
from tastemaker.assets import stage_lambdas
from tastemaker.errors import TastemakerError
from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tastemaker.plan.openapi import build_openapi, build_public_document

HERE = Path(__file__).parent


def main() -> None:
    outdir = Path(os.environ.get("CDK_OUTDIR", "cdk.out"))
    # `python app.py` alone, without the CDK command line, has to see the same feature flags.
    app = App(outdir=str(outdir), context=json.loads((HERE / "cdk.json").read_text())["context"])
    path = app.node.try_get_context("project") or os.environ.get("TASTEMAKER_PROJECT", HERE / "examples/movielens")
    plan = build_plan(load_project(Path(path)))
    document = build_openapi(plan.project, plan.routes, user_pool_arn=plan.user_pool_arn)
    asset = stage_lambdas(outdir / "lambdas", build_public_document(document), byte_code=True)
    add_stacks(app, plan, asset=asset, document=document)
    app.synth()


if __name__ == "__main__":
    try:
        main()
    except TastemakerError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
