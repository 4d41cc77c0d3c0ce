"""Run a Job (.sync) of the services whose work Step Functions waits for; each test names the section of the guide."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from tastemaker.errors import AwsError
from tastemaker.runner.interpreter.services.jobs import JOB_KINDS
from tests.support.tasks import ScriptedAws, engine_with, jsonpath, played, types_of, without_metadata

GLUE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::glue:startJobRun.sync",
    "Parameters": {"JobName": "j"},
    "End": True,
}


def glue(*states: str) -> ScriptedAws:
    """Glue whose run has these states at one look after the other."""
    runs = [{"JobRun": {"Id": "jr", "JobName": "j", "JobRunState": state}} for state in states]
    return ScriptedAws({"StartJobRun": [{"JobRunId": "jr"}], "GetJobRun": list(runs)})


def test_the_task_returns_what_the_service_says_of_the_ended_run() -> None:
    """Start an AWS Glue job with Step Functions: .sync."""
    aws = glue("RUNNING", "RUNNING", "SUCCEEDED")
    execution = played(jsonpath("S", S=GLUE), engine=engine_with(aws))
    assert execution.output == {"Id": "jr", "JobName": "j", "JobRunState": "SUCCEEDED"}
    assert [call[1:] for call in aws.calls] == [
        ("StartJobRun", {"JobName": "j"}),
        *[("GetJobRun", {"JobName": "j", "RunId": "jr"})] * 3,
    ]
    assert types_of(execution)[1:] == [
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    submitted = execution.history[4]["taskSubmittedEventDetails"]
    assert (submitted["resourceType"], submitted["resource"]) == ("glue", "startJobRun.sync")
    assert without_metadata(json.loads(submitted["output"])) == {"JobRunId": "jr"}
    assert execution.stopped_at == execution.started_at + 15


@pytest.mark.parametrize("state", ["FAILED", "STOPPED", "TIMEOUT", "ERROR"])
def test_a_run_that_fails_fails_the_task_with_its_description(state: str) -> None:
    """Handling errors: States.TaskFailed."""
    execution = played(jsonpath("S", S=GLUE), engine=engine_with(glue(state)))
    assert execution.error == "States.TaskFailed"
    assert json.loads(execution.cause or "") == {"Id": "jr", "JobName": "j", "JobRunState": state}


def test_a_task_that_times_out_stops_the_run() -> None:
    """Run a Job (.sync): if a task is aborted, Step Functions makes a best-effort attempt to cancel it."""
    aws = glue("RUNNING")
    execution = played(jsonpath("S", S={**GLUE, "TimeoutSeconds": 60}), engine=engine_with(aws))
    assert (execution.error, execution.stopped_at) == ("States.Timeout", execution.started_at + 60)
    assert aws.calls[-1] == ("glue", "BatchStopJobRun", {"JobName": "j", "JobRunIds": ["jr"]})


def test_a_stopped_execution_stops_the_run() -> None:
    aws = glue("RUNNING")
    engine = engine_with(aws)
    engine.register("m", jsonpath("S", S=GLUE))
    execution = engine.start("m", {})
    engine.advance(12)
    engine.stop(execution)
    assert (execution.status, aws.calls[-1][1]) == ("ABORTED", "BatchStopJobRun")


def test_work_that_never_ends_meets_the_longest_time_limit() -> None:
    """Task state fields, TimeoutSeconds: the default value is 99999999."""
    execution = played(jsonpath("S", S=GLUE), engine=engine_with(glue("RUNNING")))
    assert execution.error == "States.Timeout"
    assert 99_999_999 <= (execution.stopped_at or 0) - execution.started_at < 99_999_999 + 3600


def test_a_look_that_is_refused_fails_the_task() -> None:
    aws = glue("RUNNING")
    aws.answers["GetJobRun"] = [AwsError("glue", "EntityNotFoundException", "gone", 400, "r")]
    execution = played(jsonpath("S", S=GLUE), engine=engine_with(aws))
    assert execution.error == "Glue.EntityNotFoundException"
    assert execution.cause == (
        "gone (Service: AWSGlue; Status Code: 400; Error Code: EntityNotFoundException; Request ID: r; Proxy: null)"
    )


ANSWERS: dict[str, tuple[dict[str, Any], str, list[Any], Any]] = {
    "athena:startQueryExecution": (
        {"QueryExecutionId": "q"},
        "GetQueryExecution",
        [
            {"QueryExecution": {"QueryExecutionId": "q", "Status": {"State": state}}}
            for state in ("QUEUED", "SUCCEEDED")
        ],
        {"QueryExecution": {"QueryExecutionId": "q", "Status": {"State": "SUCCEEDED"}}},
    ),
    "batch:submitJob": (
        {"jobId": "b", "jobName": "n"},
        "DescribeJobs",
        [{"jobs": [{"jobId": "b", "status": state}]} for state in ("RUNNING", "SUCCEEDED")],
        {"JobId": "b", "Status": "SUCCEEDED"},
    ),
    "codebuild:startBuild": (
        {"build": {"id": "c"}},
        "BatchGetBuilds",
        [{"builds": [{"id": "c", "buildStatus": state}]} for state in ("IN_PROGRESS", "SUCCEEDED")],
        {"Build": {"Id": "c", "BuildStatus": "SUCCEEDED"}},
    ),
    "ecs:runTask": (
        {"tasks": [{"taskArn": "t"}]},
        "DescribeTasks",
        [
            {"tasks": [{"taskArn": "t", "lastStatus": "RUNNING"}]},
            {"tasks": [{"taskArn": "t", "lastStatus": "STOPPED", "containers": [{"exitCode": 0}]}]},
        ],
        {"TaskArn": "t", "LastStatus": "STOPPED", "Containers": [{"ExitCode": 0}]},
    ),
    "sagemaker:createTrainingJob": (
        {"TrainingJobArn": "s"},
        "DescribeTrainingJob",
        [{"TrainingJobName": "n", "TrainingJobStatus": state} for state in ("InProgress", "Completed")],
        {"TrainingJobName": "n", "TrainingJobStatus": "Completed"},
    ),
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "athena:startQueryExecution": {"QueryString": "SELECT 1"},
    "batch:submitJob": {"JobName": "n", "JobQueue": "q", "JobDefinition": "d"},
    "codebuild:startBuild": {"ProjectName": "p"},
    "ecs:runTask": {"Cluster": "c", "TaskDefinition": "d"},
    "sagemaker:createTrainingJob": {
        "TrainingJobName": "n",
        "RoleArn": "r",
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://b"},
        "ResourceConfig": {"VolumeSizeInGB": 1},
        "StoppingCondition": {},
    },
}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_each_service_is_watched_in_its_own_way(name: str) -> None:
    """Integrating optimized services with Step Functions: the page of each service."""
    answer, describe, looks, output = ANSWERS[name]
    start = name.partition(":")[2]
    aws = ScriptedAws({start[:1].upper() + start[1:]: [answer], describe: looks})
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{name}.sync", "Parameters": ARGUMENTS[name], "End": True}
    execution = played(jsonpath("S", S=state), engine=engine_with(aws))
    assert (execution.error, execution.output) == (None, output)


def test_an_ecs_task_whose_container_fails_fails() -> None:
    aws = ScriptedAws(
        {
            "RunTask": [{"tasks": [{"taskArn": "t"}]}],
            "DescribeTasks": [{"tasks": [{"lastStatus": "STOPPED", "containers": [{"exitCode": 1}]}]}],
        }
    )
    state = {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": True}
    state["Parameters"] = ARGUMENTS["ecs:runTask"]
    assert played(jsonpath("S", S=state), engine=engine_with(aws)).error == "States.TaskFailed"


class Anything(dict[str, Any]):
    """Answers or parameters in which every member is there."""

    def __missing__(self, name: str) -> Any:
        return [Anything()] if name == "Tasks" else Anything() if name == "Build" else "x"

    def __contains__(self, name: object) -> bool:
        return True


@pytest.mark.parametrize("name", sorted(JOB_KINDS))
def test_looks_and_stops_are_calls_that_the_service_has(name: str) -> None:
    """The parameters are members of the operations, all that are required among them."""
    service, kind = name.partition(":")[0], JOB_KINDS[name]
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    for operation, build in ((kind.describe, kind.describe_by), (kind.stop, kind.stop_by)):
        shape, given = model.operation_model(operation).input_shape, build(Anything(), Anything())
        assert shape is not None
        assert set(shape.required_members) <= set(given) <= set(shape.members)
