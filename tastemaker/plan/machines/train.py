"""`train`: one solution version of one solution, with a deadline, and its offline metrics.

Input: `{"SolutionName", "SolutionArn", "TrainingMode": "FULL" | "UPDATE", "DeadlineSeconds"}`. A training that
is late is stopped, since the service bills what it has computed so far (reference §1.3) and would go on billing.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.polling import START_POLLING, Polling
from tastemaker.plan.machines.states import States, fail, jsonata, machine, pass_state, personalize_task

DEADLINE_SECONDS = 24 * 3600


def build_train() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    polling = Polling(
        what="solution version",
        action="describeSolutionVersion",
        arguments={"SolutionVersionArn": jsonata("$versionArn")},
        description="$states.result.SolutionVersion",
        deadline_seconds=DEADLINE_SECONDS,
        done="Get metrics",
        name="$job.SolutionName",
        on_deadline="Stop training",
    )
    states = {
        "Remember job": pass_state(
            Assign={"job": jsonata("$states.input"), **START_POLLING}, next_state="Create solution version"
        ),
        "Create solution version": personalize_task(
            "createSolutionVersion",
            {"SolutionArn": jsonata("$job.SolutionArn"), "TrainingMode": jsonata("$job.TrainingMode")},
            next_state=polling.wait,
            Assign={"versionArn": jsonata("$states.result.SolutionVersionArn")},
        ),
        **polling.states(),
        **_stop(),
        **_finish(),
    }
    return machine(
        "Trains one solution version and reads its offline metrics.",
        "Remember job",
        states,
        timeout_seconds=DEADLINE_SECONDS + 3600,
    )


def _stop() -> States:
    """What is late is stopped, and the execution says so."""
    return {
        "Stop training": personalize_task(
            "stopSolutionVersionCreation",
            {"SolutionVersionArn": jsonata("$versionArn")},
            next_state="Training late",
        ),
        "Training late": fail(
            "Tastemaker.TrainingLate",
            f"'training of ' & $job.SolutionName & ' was stopped after {DEADLINE_SECONDS} s; the campaign keeps its "
            "version; look at the size of the data'",
        ),
    }


def _finish() -> States:
    return {
        "Get metrics": personalize_task(
            "getSolutionMetrics",
            {"SolutionVersionArn": jsonata("$versionArn")},
            next_state=None,
            Output={
                "SolutionName": jsonata("$job.SolutionName"),
                "SolutionVersionArn": jsonata("$versionArn"),
                "TrainingMode": jsonata("$job.TrainingMode"),
                "Metrics": jsonata("$states.result.Metrics"),
            },
        ),
    }
