"""Services whose work goes on after the call (`.sync`), and how its end is found out.

Source: developer guide, "Integrating optimized services with Step Functions"; the API reference of each service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobKind:
    """One operation that starts work.

    Attributes:
        prefix, client: for the names of errors and in causes, as `name_optimised_error` takes them.
        describe, stop: operations, by botocore's names.
        describe_by, stop_by: their parameters from those of the start and its answer.
        found: the part of the description that the task returns, None while there is none.
        status: its status.
        succeeded, failed: statuses that end the work.
    """

    prefix: str
    client: str
    describe: str
    describe_by: Callable[[Params, Params], Params]
    found: Callable[[Params], Any]
    status: Callable[[Any], str]
    succeeded: frozenset[str]
    failed: frozenset[str]
    stop: str
    stop_by: Callable[[Params, Params], Params]


def _first(member: str) -> Callable[[Params], Any]:
    def found(described: Params) -> Any:
        return next(iter(described.get(member, ())), None)

    return found


def _whole(described: Params) -> Any:
    return described


def _member(name: str) -> Callable[[Params], Any]:
    return lambda value: value.get(name)


def _task_status(task: Any) -> str:
    """An ECS task has succeeded when it stopped and every container ended with 0."""
    if task.get("LastStatus") != "STOPPED":
        return "RUNNING"
    codes = [container.get("ExitCode") for container in task.get("Containers", ())]
    return "SUCCEEDED" if codes and all(code == 0 for code in codes) else "FAILED"


def _task_of(params: Params, response: Params) -> tuple[Params, str]:
    """Cluster and ARN of the first task."""
    cluster = {"cluster": params["cluster"]} if "cluster" in params else {}
    return cluster, response["Tasks"][0]["TaskArn"]


def _sage_maker(kind: str) -> JobKind:
    """A SageMaker job of this kind, e.g. `TrainingJob`; it is known by its name."""
    name = f"{kind}Name"
    return JobKind(
        "SageMaker", "AmazonSageMaker", f"Describe{kind}",
        lambda params, _: {name: params[name]}, _whole, _member(f"{kind}Status"),
        frozenset({"Completed"}), frozenset({"Failed", "Stopped"}),
        f"Stop{kind}", lambda params, _: {name: params[name]},
    )  # fmt: skip


JOB_KINDS: dict[str, JobKind] = {
    "athena:startQueryExecution": JobKind(
        "Athena", "AmazonAthena", "GetQueryExecution",
        lambda _, response: {"QueryExecutionId": response["QueryExecutionId"]},
        _whole, lambda described: str(described["QueryExecution"]["Status"]["State"]),
        frozenset({"SUCCEEDED"}), frozenset({"FAILED", "CANCELLED"}),
        "StopQueryExecution", lambda _, response: {"QueryExecutionId": response["QueryExecutionId"]},
    ),
    "batch:submitJob": JobKind(
        "Batch", "AWSBatch", "DescribeJobs",
        lambda _, response: {"jobs": [response["JobId"]]},
        _first("Jobs"), _member("Status"), frozenset({"SUCCEEDED"}), frozenset({"FAILED"}),
        "TerminateJob", lambda _, response: {"jobId": response["JobId"], "reason": "Aborted by Step Functions"},
    ),
    "codebuild:startBuild": JobKind(
        "CodeBuild", "AWSCodeBuild", "BatchGetBuilds",
        lambda _, response: {"ids": [response["Build"]["Id"]]},
        lambda described: {"Build": build} if (build := _first("Builds")(described)) else None,
        lambda found: str(found["Build"]["BuildStatus"]),
        frozenset({"SUCCEEDED"}), frozenset({"FAILED", "FAULT", "STOPPED", "TIMED_OUT"}),
        "StopBuild", lambda _, response: {"id": response["Build"]["Id"]},
    ),
    "databrew:startJobRun": JobKind(
        "DataBrew", "AWSGlueDataBrew", "DescribeJobRun",
        lambda params, response: {"Name": params["Name"], "RunId": response["RunId"]},
        _whole, _member("State"), frozenset({"SUCCEEDED"}), frozenset({"FAILED", "STOPPED", "TIMEOUT"}),
        "StopJobRun", lambda params, response: {"Name": params["Name"], "RunId": response["RunId"]},
    ),
    "ecs:runTask": JobKind(
        "ECS", "AmazonECS", "DescribeTasks",
        lambda params, response: {**_task_of(params, response)[0], "tasks": [_task_of(params, response)[1]]},
        _first("Tasks"), _task_status, frozenset({"SUCCEEDED"}), frozenset({"FAILED"}),
        "StopTask", lambda params, response: {**_task_of(params, response)[0], "task": _task_of(params, response)[1]},
    ),
    "emr-serverless:startJobRun": JobKind(
        "EMRServerless", "AWSEMRServerless", "GetJobRun",
        lambda params, response: {"applicationId": params["applicationId"], "jobRunId": response["JobRunId"]},
        _whole, lambda described: str(described["JobRun"]["State"]),
        frozenset({"SUCCESS"}), frozenset({"FAILED", "CANCELLED"}),
        "CancelJobRun",
        lambda params, response: {"applicationId": params["applicationId"], "jobRunId": response["JobRunId"]},
    ),
    "glue:startJobRun": JobKind(
        "Glue", "AWSGlue", "GetJobRun",
        lambda params, response: {"JobName": params["JobName"], "RunId": response["JobRunId"]},
        _member("JobRun"), _member("JobRunState"),
        frozenset({"SUCCEEDED"}), frozenset({"FAILED", "STOPPED", "TIMEOUT", "ERROR"}),
        "BatchStopJobRun",
        lambda params, response: {"JobName": params["JobName"], "JobRunIds": [response["JobRunId"]]},
    ),
    "sagemaker:createProcessingJob": _sage_maker("ProcessingJob"),
    "sagemaker:createTrainingJob": _sage_maker("TrainingJob"),
    "sagemaker:createTransformJob": _sage_maker("TransformJob"),
}  # fmt: skip
"""Resource without its prefix and pattern."""
