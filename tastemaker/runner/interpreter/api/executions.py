"""Operations on executions and Map Runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.errors import UnsupportedBySimulatorError
from tastemaker.runner.interpreter.api.answers import (
    INCLUDED,
    METADATA_ONLY,
    checked_arn,
    moment,
    page,
    present,
    refused,
)
from tastemaker.runner.interpreter.api.jackson import parse_input
from tastemaker.runner.interpreter.execution import EXPRESS, NO_ORIGIN, RUNNING, SUCCEEDED, TIMED_OUT, Origin
from tastemaker.runner.interpreter.map_runs import Tolerance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from tastemaker.runner.interpreter.api.registry import Registry
    from tastemaker.runner.interpreter.engine import Engine
    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.map_runs import MapRun
    from tastemaker.runner.interpreter.model import Machine

_BILLED_MEMORY_MB = 64
_BILLED_STEP_MILLISECONDS = 100
_NOT_SUPPORTED = "This operation is not supported by this type of state machine"
_REDRIVE_FILTERS: dict[str | None, tuple[bool, ...]] = {
    None: (False, True), "REDRIVEN": (True,), "NOT_REDRIVEN": (False,),
}  # fmt: skip
_DATA = ("input", "output", "inputDetails", "outputDetails", "parameters", "cause", "error", "assignedVariables")


class ExecutionOperations:
    """`chance` decides between the two versions of an alias."""

    def __init__(self, engine: Engine, registry: Registry, chance: Random) -> None:
        self._engine, self._registry, self._chance = engine, registry, chance

    def start(self, params: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._started(params)
        return {"executionArn": execution.arn, "startDate": moment(execution.started_at)}

    def start_sync(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Runs to the end on the virtual clock before it answers."""
        machine, _ = self._resolved(params["stateMachineArn"])
        if machine.type != EXPRESS:
            raise refused("StateMachineTypeNotSupported", _NOT_SUPPORTED)
        if self._engine.is_playing:
            raise UnsupportedBySimulatorError(
                "StartSyncExecution from inside a state machine's task", "Start the execution with StartExecution."
            )
        execution = self._engine.run(self._started(params))
        milliseconds = max(1.0, ((execution.stopped_at or 0.0) - execution.started_at) * 1000)
        billed = -(-milliseconds // _BILLED_STEP_MILLISECONDS) * _BILLED_STEP_MILLISECONDS
        billing = {"billedMemoryUsedInMB": _BILLED_MEMORY_MB, "billedDurationInMilliseconds": int(billed)}
        content = _content(execution, params) | present(traceHeader=execution.trace_header)
        return {"outputDetails": INCLUDED, **_outline(execution), **content, "billingDetails": billing}

    def _started(self, params: Mapping[str, Any]) -> Execution:
        machine, origin = self._resolved(params["stateMachineArn"])
        origin = origin._replace(trace_header=params.get("traceHeader"))
        given = parse_input(params.get("input", "{}"))
        return self._engine.start_machine(machine, given, params.get("name"), origin=origin, text=params.get("input"))

    def _resolved(self, arn: str) -> tuple[Machine, Origin]:
        """The machine of an ARN that may name a version or an alias."""
        checked_arn(arn, "stateMachine")
        if not self._registry.qualified(arn):
            return self._registry.record(arn).machine, NO_ORIGIN
        if arn.rpartition(":")[2].isdigit():
            return self._registry.version(arn)[1].machine, Origin(arn)
        _, alias = self._registry.alias(arn)
        weights = [route["weight"] for route in alias.routing]
        chosen = self._chance.choices(alias.routing, weights)[0]["stateMachineVersionArn"]
        return self._registry.version(chosen)[1].machine, Origin(chosen, arn)

    def stop(self, params: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._standard(params)
        self._engine.stop(execution, params.get("error"), params.get("cause"))
        stopped_at = self._engine.now() if execution.stopped_at is None else execution.stopped_at
        return {"stopDate": moment(stopped_at)}

    def redrive(self, params: Mapping[str, Any]) -> dict[str, Any]:
        self._engine.redrive(self._standard(params))
        return {"redriveDate": moment(self._engine.now())}

    def describe(self, params: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._standard(params)
        content = _content(execution, params) | present(traceHeader=execution.trace_header)
        return {**_outline(execution), **content, **_redrive(execution, self._engine.now())}

    def history(self, params: Mapping[str, Any]) -> dict[str, Any]:
        events = self._standard(params).history
        if params.get("includeExecutionData") is False:
            events = [_without_data(event) for event in events]
        return page(events[::-1] if params.get("reverseOrder") is True else events, "events", params)

    def list(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Newest first: running ones by their start or redrive, others by their end."""
        belongs = self._filter(params)
        status, redriven = params.get("statusFilter"), _REDRIVE_FILTERS[params.get("redriveFilter")]
        found = [
            execution
            for execution in reversed(self._engine.executions)
            if belongs(execution) and status in {None, execution.status} and (execution.redrive_count > 0) in redriven
        ]
        found.sort(key=_listed_at, reverse=True)
        return page([_outline(execution) | _listed(execution) for execution in found], "executions", params)

    def _filter(self, params: Mapping[str, Any]) -> Any:
        run, arn = params.get("mapRunArn"), str(params.get("stateMachineArn", ""))
        if (run is None) == (not arn):
            raise refused("ValidationException", "Must specify exactly one of stateMachineArn or mapRunArn")
        if run is not None:
            self._map_run(run)
            return lambda execution: execution.map_run_arn == run
        if self._registry.qualified(checked_arn(arn, "stateMachine")):
            machine, _ = self._resolved(arn)
            return lambda execution: (
                arn in (execution.version_arn, execution.alias_arn) and execution.machine_arn == machine.arn
            )
        if self._registry.record(arn).machine.type == EXPRESS:
            raise refused("StateMachineTypeNotSupported", _NOT_SUPPORTED)
        return lambda execution: execution.machine_arn == arn

    def _standard(self, params: Mapping[str, Any]) -> Execution:
        """The execution; express ones have no operations."""
        arn = checked_arn(params["executionArn"], "execution", "express")
        if arn.split(":")[5] == "express":
            raise refused("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
        return self._engine.find(arn)

    def list_map_runs(self, params: Mapping[str, Any]) -> dict[str, Any]:
        execution = self._standard(params)
        found = [
            {
                "executionArn": run.execution_arn,
                "mapRunArn": run.arn,
                "stateMachineArn": run.machine_arn,
                **_dates(run),
            }
            for run in self._engine.stage.map_runs.values()
            if run.execution_arn == execution.arn
        ]
        return page(found, "mapRuns", params)

    def describe_map_run(self, params: Mapping[str, Any]) -> dict[str, Any]:
        run = self._map_run(params["mapRunArn"])
        redriven = {} if run.redriven_at is None else {"redriveDate": moment(run.redriven_at)}
        return {**run.describe(self._engine.now()), **_dates(run), **redriven}

    def update_map_run(self, params: Mapping[str, Any]) -> dict[str, Any]:
        run, given = self._map_run(params["mapRunArn"]), params
        if run.status != RUNNING:
            raise refused("ValidationException", f"Cannot update a Map Run that has completed: '{run.arn}'")
        count = given.get("toleratedFailureCount", run.tolerance.count)
        run.tolerance = Tolerance(count, given.get("toleratedFailurePercentage", run.tolerance.percentage))
        run.max_concurrency = given.get("maxConcurrency", run.max_concurrency)
        run.resize(run.max_concurrency)
        return {}

    def _map_run(self, arn: str) -> MapRun:
        runs = self._engine.stage.map_runs
        if arn not in runs:
            raise refused("ResourceNotFound", f"Map Run Does Not Exist: '{arn}'")
        return runs[arn]


def _dates(run: MapRun) -> dict[str, Any]:
    return {"startDate": moment(run.started_at)} | (
        {} if run.stopped_at is None else {"stopDate": moment(run.stopped_at)}
    )


def _outline(execution: Execution) -> dict[str, Any]:
    return {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": moment(execution.started_at),
        **({} if execution.stopped_at is None else {"stopDate": moment(execution.stopped_at)}),
        **present(stateMachineVersionArn=execution.version_arn, stateMachineAliasArn=execution.alias_arn),
    }


def _listed_at(execution: Execution) -> float:
    """What ListExecutions sorts by."""
    begun = execution.started_at if execution.redriven_at is None else execution.redriven_at
    return begun if execution.stopped_at is None else execution.stopped_at


def _listed(execution: Execution) -> dict[str, Any]:
    """Members of a list entry beside the outline."""
    redriven_at = None if execution.redriven_at is None else moment(execution.redriven_at)
    return present(redriveCount=execution.redrive_count, mapRunArn=execution.map_run_arn, redriveDate=redriven_at)


def _content(execution: Execution, params: Mapping[str, Any]) -> dict[str, Any]:
    """Input and output, unless only metadata is asked for; a timeout of the machine has no error."""
    if params.get("includedData") == METADATA_ONLY:
        hidden = ("input", "output") if execution.status == SUCCEEDED else ("input",)
        return {f"{name}Details": {"included": False} for name in hidden} | present(mapRunArn=execution.map_run_arn)
    content: dict[str, Any] = {"input": execution.input_text, "inputDetails": INCLUDED}
    if execution.status != TIMED_OUT:
        content |= present(error=execution.error, cause=execution.cause)
    if execution.status == SUCCEEDED:
        content |= {"output": execution.output_text, "outputDetails": INCLUDED}
    return content | present(mapRunArn=execution.map_run_arn)


def _redrive(execution: Execution, now: float) -> dict[str, Any]:
    members = {"redriveCount": execution.redrive_count} | (
        {} if execution.redriven_at is None else {"redriveDate": moment(execution.redriven_at)}
    )
    status, reason = execution.redrive_status(now)
    return members | {"redriveStatus": status} | present(redriveStatusReason=reason)


def _without_data(event: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {key: part for key, part in value.items() if key not in _DATA} if isinstance(value, dict) else value
        for name, value in event.items()
    }
