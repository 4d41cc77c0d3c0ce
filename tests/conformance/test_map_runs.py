"""Map Runs that are redriven, retried and updated, as the developer guide describes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tastemaker.runner.interpreter.api import StepFunctionsApi
from tests.support.maps import BROKEN, Bucket, distributed, failing, reader, run
from tests.support.tasks import ScriptedFunctions, engine_with, invoke, jsonpath, machine, played

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.execution import Execution


def lines_of(execution: Execution, begin: int) -> list[tuple[int, int, str]]:
    return [(event["id"], event["previousEventId"], event["type"]) for event in execution.history[begin:]]


def test_a_redriven_map_run_repeats_only_what_did_not_succeed() -> None:
    """Redriving Map Runs: standard child executions are redriven under the ARN that they have."""
    engine, execution, _ = failing(["a", BROKEN, "b", "c"])
    api = StepFunctionsApi(engine)
    (map_run,) = engine.stage.map_runs.values()
    children = [part.child for part in map_run.parts]
    engine.advance(60)
    engine.redrive(execution)
    engine.run(execution)
    assert (execution.status, execution.output) == ("SUCCEEDED", ["a", "b", "c"])
    assert lines_of(execution, 6) == [
        (7, 6, "ExecutionFailed"),
        (8, 7, "ExecutionRedriven"),
        (9, 8, "MapRunRedriven"),
        (10, 9, "MapRunSucceeded"),
        (11, 10, "MapStateSucceeded"),
        (12, 10, "MapStateExited"),
        (13, 12, "ExecutionSucceeded"),
    ]
    assert execution.history[8]["mapRunRedrivenEventDetails"] == {"mapRunArn": map_run.arn, "redriveCount": 1}
    assert [part.child for part in map_run.parts][:2] == children[:2]
    described = api.call("DescribeMapRun", {"mapRunArn": map_run.arn})
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 1)
    assert described["redriveDate"] == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    zero = dict.fromkeys(("pending", "running", "failed", "timedOut", "aborted"), 0)
    assert described["executionCounts"] == {
        **zero,
        "succeeded": 3,
        "total": 3,
        "resultsWritten": 0,
        "failuresNotRedrivable": 0,
        "pendingRedrive": 0,
    }


def test_express_children_start_again_under_their_name() -> None:
    """Redriving Map Runs, Express child workflow: same execution ARN, the first state is run first."""
    engine = engine_with(functions=ScriptedFunctions({"work": [BROKEN, "fine"]}))
    states = jsonpath("T", T={**invoke("work", Output="{% $states.result.Payload %}"), "End": True})
    state = distributed(states)
    state["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = "EXPRESS"
    execution = played(machine("M", M=state), [1], engine)
    first = engine.executions[-1]
    engine.redrive(execution)
    engine.run(execution)
    again = engine.executions[-1]
    assert (execution.output, again.arn, again is first) == (["fine"], first.arn, False)


def test_a_map_run_that_could_not_read_its_items_reads_them_on_redrive() -> None:
    """Redriving Map Runs, Scenarios of input: failed with States.ItemReaderFailed, uses the input in the bucket."""
    bucket = Bucket(a_json="7")
    execution, engine = run(distributed(ItemReader=reader("a.json", InputType="JSON")), bucket=bucket)
    assert execution.error == "States.ItemReaderFailed"
    bucket.objects["a.json"] = "[7]"
    engine.redrive(execution)
    assert engine.run(execution).output == [7]
    assert len(engine.stage.map_runs) == 1


def test_the_retry_of_a_map_starts_a_new_map_run() -> None:
    """Using Map state in Distributed mode, Retry: when you retry a Map state, it creates a new Map Run."""
    engine, execution, _ = failing([BROKEN, "a"], Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}])
    assert (execution.status, len(engine.stage.map_runs)) == ("SUCCEEDED", 2)


def test_a_running_map_run_takes_another_concurrency_and_tolerance() -> None:
    """UpdateMapRun: in-progress Map Run's configuration changes."""
    states = jsonpath(
        "W", W={"Type": "Wait", "Seconds": 10, "Next": "F"}, F={"Type": "Fail", "Error": "{% $string($states.input) %}"}
    )
    engine = engine_with()
    engine.register("m", machine("M", M=distributed(states, MaxConcurrency=1, ToleratedFailureCount=1)))
    execution, api = engine.start("m", [1, 2, 3, 4]), StepFunctionsApi(engine)
    engine.advance(1)
    (map_run,) = engine.stage.map_runs
    assert api.call("DescribeMapRun", {"mapRunArn": map_run})["itemCounts"]["running"] == 1
    api.call("UpdateMapRun", {"mapRunArn": map_run, "maxConcurrency": 3, "toleratedFailureCount": 4})
    engine.advance(1)
    described = api.call("DescribeMapRun", {"mapRunArn": map_run})
    assert (described["itemCounts"]["running"], described["maxConcurrency"]) == (3, 3)
    assert engine.run(execution).status == "SUCCEEDED"
