"""`maintain` is killed at each of its states: a redrive and a new run both end well, and nothing is made twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
import simpy

from tastemaker.plan.machines.lease import LEASE_SECONDS
from tastemaker.runner.interpreter.failures import Ending
from tests.support.workflows import Shop, ensured_shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tastemaker.runner.interpreter.execution import Execution, Progress

pytestmark = pytest.mark.slow

STATES = (
    "Remember job",
    "Look for pause",
    "Is serving paused",
    "Take lease",
    "Work under lease",
    "Begin renewing",
    "Wait to renew lease",
    "Look at lease",
    "Is the lease ours",
    "Renew lease",
    "Lease no longer needed",
    "Import",
    "Is there something to ensure",
    "Train and release",
    "Remember solution",
    "Is it due",
    "Train",
    "Release to campaigns",
    "Remember campaign",
    "Release",
    "Solution done",
    "Are there batch jobs",
    "Sum up",
    "Name outcome",
    "Mark lease done",
    "Give back lease",
    "Send event",
    "Send message",
    "Did all succeed",
    "Report",
)
"""What a run enters in which all goes well; a test below keeps the list complete."""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with ensured_shop(tmp_path) as shop:
        yield shop


def killed_at(shop: Shop, state: str) -> Execution:
    """A maintenance that ends, with all that it started, when it first enters this state.

    States of the machine itself end before they do anything, those of its branches and iterations after their call.
    """
    engine, cause = shop.local.engine, f"at {state}"
    execution = engine.start("maintain", shop.resolved(shop.maintenance()))
    is_outer = state in shop.local.plan.machine("maintain").definition["States"]

    def listen(progress: Progress) -> None:
        if progress.execution is execution and progress.state == state:
            engine.listeners.remove(listen)
            if is_outer:
                raise simpy.Interrupt(Ending("ABORTED", "Killed", cause))
            engine.at(engine.now(), lambda: engine.stop(execution, "Killed", cause))

    engine.listeners.append(listen)
    engine.run(execution)
    assert (execution.status, execution.cause) == ("ABORTED", cause)
    assert {one.status for one in shop.executions} <= {"SUCCEEDED", "ABORTED"}, "its children end with it"
    return execution


def redrive(shop: Shop, execution: Execution) -> Execution:
    shop.local.engine.redrive(execution)
    return shop.local.engine.run(execution)


def run_again(shop: Shop, _: Execution) -> Execution:
    """As the next schedule does, once the lease of the dead has expired."""
    shop.wait(LEASE_SECONDS + 1)
    return shop.local.execute("maintain", shop.maintenance())


def made(shop: Shop) -> Counter[str]:
    """How often each import, training and campaign was made, failed ones included."""
    imports = shop.call("ListDatasetImportJobs")["datasetImportJobs"]
    datasets = (
        shop.call("DescribeDatasetImportJob", datasetImportJobArn=job["datasetImportJobArn"]) for job in imports
    )
    versions = shop.call("ListSolutionVersions")["solutionVersions"]
    campaigns = shop.call("ListCampaigns")["campaigns"]
    return Counter(
        [
            *("import " + found["datasetImportJob"]["datasetArn"].rpartition("/")[2] for found in datasets),
            *("training " + version["solutionVersionArn"].split("/")[1] for version in versions),
            *("campaign " + campaign["name"] for campaign in campaigns),
        ]
    )


def states_of(shop: Shop, execution: Execution) -> Iterator[str]:
    """States that the machine enters while an execution of it runs to its end, in the order of first entry."""
    seen: dict[str, None] = {}

    def listen(progress: Progress) -> None:
        if progress.execution is execution and progress.state:
            seen[progress.state] = None

    shop.local.engine.listeners.append(listen)
    shop.local.engine.run(execution)
    yield from seen


def test_a_run_enters_the_states_that_are_killed_here(shop: Shop) -> None:
    execution = shop.local.engine.start("maintain", shop.resolved(shop.maintenance()))
    assert set(states_of(shop, execution)) == set(STATES)
    assert execution.status == "SUCCEEDED"


@pytest.mark.parametrize("go_on", [redrive, run_again])
@pytest.mark.parametrize("state", STATES)
def test_a_killed_maintenance_converges_and_makes_nothing_twice(
    shop: Shop, state: str, go_on: Callable[[Shop, Execution], Execution]
) -> None:
    execution = go_on(shop, killed_at(shop, state))
    assert (execution.status, execution.cause) == ("SUCCEEDED", None)
    assert made(shop) == {
        "import INTERACTIONS": 1,
        "import ITEMS": 1,
        "training shop-dev-popular": 1,
        "training shop-dev-similar": 1,
        "campaign shop-dev-popular": 1,
        "campaign shop-dev-similar": 1,
    }
    released = Counter(row["subject"].rpartition("/")[2] for row in shop.ledger("RELEASED"))
    assert released == {"shop-dev-popular": 1, "shop-dev-similar": 1}
    assert [row for row in shop.ledger() if row["recorded"] == "LEASE"] == []
