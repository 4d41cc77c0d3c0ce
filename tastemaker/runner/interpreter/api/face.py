"""The Step Functions API over an engine: handlers in process, `aws-sdk:sfn` tasks, and the wire."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.runner.interpreter.api.callbacks import CallbackOperations
from tastemaker.runner.interpreter.api.executions import ExecutionOperations
from tastemaker.runner.interpreter.api.machines import MachineOperations
from tastemaker.runner.interpreter.api.members import check_members
from tastemaker.runner.interpreter.api.registry import Registry
from tastemaker.runner.interpreter.api.trial import TrialOperations
from tastemaker.runner.interpreter.api.versions import VersionOperations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tastemaker.runner.interpreter.engine import Engine

    Operation = Callable[[Mapping[str, Any]], dict[str, Any]]


class StepFunctionsApi:
    """Answers operations by botocore's names; times are aware datetimes, as an `AwsCaller` gives them."""

    def __init__(self, engine: Engine) -> None:
        registry = Registry(engine)
        chance = Random(f"aliases {engine.seed}")  # noqa: S311 - reproducible by design
        executions = ExecutionOperations(engine, registry, chance)
        self._operations = {
            **_machines(MachineOperations(engine, registry)),
            **_executions(executions),
            **_versions(VersionOperations(engine, registry)),
            **_callbacks(CallbackOperations(engine, registry)),
            "TestState": TrialOperations(engine).test,
        }

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make the call.

        Raises:
            AwsError: as the service would refuse it.
            UnsupportedBySimulatorError: the operation is not built.
        """
        if operation not in self._operations:
            raise UnsupportedBySimulatorError(f"Step Functions {operation}", f"Built: {', '.join(self._operations)}.")
        check_members(operation, params)
        return self._operations[operation](params)


def _machines(machines: MachineOperations) -> dict[str, Operation]:
    return {
        "CreateStateMachine": machines.create,
        "UpdateStateMachine": machines.update,
        "DeleteStateMachine": machines.delete,
        "DescribeStateMachine": machines.describe,
        "DescribeStateMachineForExecution": machines.of_execution,
        "ListStateMachines": machines.list,
        "ValidateStateMachineDefinition": machines.validate,
        "TagResource": machines.tag,
        "UntagResource": machines.untag,
        "ListTagsForResource": machines.list_tags,
    }


def _executions(executions: ExecutionOperations) -> dict[str, Operation]:
    return {
        "StartExecution": executions.start,
        "StartSyncExecution": executions.start_sync,
        "StopExecution": executions.stop,
        "RedriveExecution": executions.redrive,
        "DescribeExecution": executions.describe,
        "ListExecutions": executions.list,
        "GetExecutionHistory": executions.history,
        "ListMapRuns": executions.list_map_runs,
        "DescribeMapRun": executions.describe_map_run,
        "UpdateMapRun": executions.update_map_run,
    }


def _versions(versions: VersionOperations) -> dict[str, Operation]:
    return {
        "PublishStateMachineVersion": versions.publish,
        "ListStateMachineVersions": versions.list,
        "DeleteStateMachineVersion": versions.delete,
        "CreateStateMachineAlias": versions.create_alias,
        "UpdateStateMachineAlias": versions.update_alias,
        "DescribeStateMachineAlias": versions.describe_alias,
        "ListStateMachineAliases": versions.list_aliases,
        "DeleteStateMachineAlias": versions.delete_alias,
    }


def _callbacks(callbacks: CallbackOperations) -> dict[str, Operation]:
    return {
        "SendTaskSuccess": callbacks.succeed,
        "SendTaskFailure": callbacks.fail,
        "SendTaskHeartbeat": callbacks.heartbeat,
        "CreateActivity": callbacks.create_activity,
        "DescribeActivity": callbacks.describe_activity,
        "ListActivities": callbacks.list_activities,
        "DeleteActivity": callbacks.delete_activity,
        "GetActivityTask": callbacks.take_task,
    }
