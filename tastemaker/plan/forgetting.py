"""Input of `forget`, and the function that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.plan.experiments import build_experiment_table, salt_of, table_arn
from tastemaker.plan.functions import ARCHIVE_PREFIXES
from tastemaker.plan.specs import FunctionSpec
from tastemaker.plan.tokens import (
    DATA_BUCKET,
    DATA_KEY_ARN,
    PARTITION,
    PERSONALIZE_ROLE_ARN,
    personalize_arn,
)

if TYPE_CHECKING:
    from tastemaker.model.project import Project
    from tastemaker.plan.names import Names

_MODES = ("full", "incremental")
_WITH_USERS = ("interactions", "users")


def build_forget_job(project: Project, names: Names) -> dict[str, Any]:
    """Where user data lies; who asks for a deletion adds `Request` and `Users`."""
    datasets = [dataset.key for dataset in project.datasets.declared() if dataset.key in _WITH_USERS]
    return {
        "DatasetGroupArn": names.dataset_group_arn,
        "Bucket": DATA_BUCKET,
        "RoleArn": PERSONALIZE_ROLE_ARN,
        "JobName": names.own("forget"),
        "JobArn": personalize_arn(f"data-deletion-job/{names.own('forget')}"),
        "Prefixes": [
            *(f"{mode}/{key}/" for mode in _MODES for key in datasets),
            *dict.fromkeys(job.input for job in project.batch.values()),
            *(f"batch/{name}/" for name in project.batch),
            *ARCHIVE_PREFIXES,  # also while nothing is archived: what was, still lies there
        ],
        "Tables": [*_side_tables(project), *_experiment_table(project, names)],
        "Evidence": "forget-evidence/",
    }


def _side_tables(project: Project) -> list[dict[str, Any]]:
    return [{"Table": table, "KeyName": key, "Experiments": []} for table, key in project.forget.tables.items()]


def _experiment_table(project: Project, names: Names) -> list[dict[str, Any]]:
    """Its key is a hash of salt, experiment and user."""
    table = build_experiment_table(project)
    if table is None:
        return []
    salted = [{"Name": name, "Salt": salt_of(name, one)} for name, one in project.experiments.items()]
    return [{"Table": names.own(table.name), "KeyName": table.partition_key, "Experiments": salted}]


def build_forget_function(project: Project, names: Names) -> FunctionSpec:
    """It may rewrite the data bucket and delete from the declared tables and that of experiments, nothing else."""
    bucket = f"arn:{PARTITION}:s3:::{DATA_BUCKET}"
    objects = f"{bucket}/*"
    hashed = tuple(table_arn(entry["Table"]) for entry in _experiment_table(project, names))
    tables = (*map(table_arn, project.forget.tables), *hashed)
    return FunctionSpec(
        name="forget",
        handler="lambdas.forget.handler",
        summary="Takes users out of a file or a side table.",
        environment={"BUCKET": DATA_BUCKET},
        actions={
            "s3:ListBucket": (bucket,),
            "s3:GetObject": (objects,),
            "s3:PutObject": (objects,),
            "kms:Decrypt": (DATA_KEY_ARN,),
            "kms:GenerateDataKey": (DATA_KEY_ARN,),
            **({"dynamodb:DeleteItem": tables} if tables else {}),
            **({"dynamodb:Query": hashed} if hashed else {}),
        },
        timeout_seconds=900,
        memory_mb=1024,
    )
