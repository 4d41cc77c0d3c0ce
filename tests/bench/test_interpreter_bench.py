"""Cost of a Pass transition and of an SDK task, history included; moto needs 1.3 ms and 11.5 ms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.simulator.clock import ManualClock
from tastemaker.simulator.objects import FolderObjects
from tastemaker.simulator.service import Simulator
from tests.support.tasks import START, ScriptedAws, engine_with, machine

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.seams import AwsCaller

STATES = 500


def chain(state: dict[str, Any]) -> dict[str, Any]:
    """A machine of STATES copies of one state."""
    last = STATES - 1
    states = {f"S{i}": {**state, **({"End": True} if i == last else {"Next": f"S{i + 1}"})} for i in range(STATES)}
    return machine("S0", **states)


def measure(benchmark: BenchmarkFixture, definition: dict[str, Any], aws: AwsCaller) -> float:
    """Microseconds per state, the fastest round; 0 where nothing is measured."""
    engine = engine_with(aws)
    engine.register("m", definition)

    def run() -> Execution:
        return engine.run(engine.start("m", {"arn": "arn:aws:personalize:us-east-1:123456789012:campaign/home"}))

    execution: Execution = benchmark.pedantic(run, rounds=10, warmup_rounds=1)
    assert execution.status == "SUCCEEDED"
    assert len(execution.history) >= 2 * STATES
    if benchmark.stats is None:  # benchmarks are switched off, as under pytest-xdist
        return 0.0
    micros: float = benchmark.stats.stats.min / STATES * 1e6
    benchmark.extra_info["microseconds_per_state"] = round(micros, 1)
    return micros


@pytest.mark.benchmark(group="interpreter")
def test_a_pass_transition_costs_at_most_60_microseconds(benchmark: BenchmarkFixture) -> None:
    assert measure(benchmark, chain({"Type": "Pass"}), ScriptedAws()) <= 60


@pytest.mark.benchmark(group="interpreter")
def test_a_jsonpath_pass_with_a_template_costs_at_most_60_microseconds(benchmark: BenchmarkFixture) -> None:
    state = {"Type": "Pass", "Parameters": {"arn.$": "$.arn", "n.$": "States.MathAdd(1, 1)"}}
    definition = chain(state)
    del definition["QueryLanguage"]
    assert measure(benchmark, definition, ScriptedAws()) <= 60


@pytest.mark.benchmark(group="interpreter")
def test_a_pass_with_expressions_costs_at_most_300_microseconds(benchmark: BenchmarkFixture) -> None:
    state = {"Type": "Pass", "Output": {"arn": "{% $states.input.arn & '' %}", "n": "{% 1 + 1 %}"}}
    assert measure(benchmark, chain(state), ScriptedAws()) <= 300


@pytest.mark.benchmark(group="interpreter")
def test_an_sdk_task_costs_at_most_500_microseconds(benchmark: BenchmarkFixture) -> None:
    campaign = {
        "campaign": {"campaignArn": "a", "status": "ACTIVE", "campaignConfig": {"syncWithLatestSolutionVersion": True}}
    }
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:personalize:describeCampaign",
        "Arguments": {"CampaignArn": "{% $states.input.arn %}"},
        "Output": {"arn": "{% $states.input.arn %}", "status": "{% $states.result.Campaign.Status %}"},
    }
    assert measure(benchmark, chain(state), ScriptedAws({"DescribeCampaign": [campaign]})) <= 500


@pytest.mark.benchmark(group="interpreter")
def test_an_sdk_task_against_the_simulator_costs_at_most_500_microseconds(benchmark: BenchmarkFixture) -> None:
    simulator = Simulator(clock=ManualClock(START), objects=FolderObjects(Path()))
    simulator.call("personalize", "CreateDatasetGroup", {"name": "shop"})
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:personalize:listDatasetGroups",
        "Arguments": {},
        "Output": {"arn": "{% $states.input.arn %}", "first": "{% $states.result.DatasetGroups[0].Name %}"},
    }
    assert measure(benchmark, chain(state), simulator) <= 500
