"""`train`: one solution version of one solution, with a deadline, and its offline metrics.

Input: `{"SolutionName", "SolutionArn", "TrainingMode": "FULL" | "UPDATE", "Streams": whether events arrive that no
import shows, "NewestImport": ISO time of the newest import, '' for unknown}`.

Never two trainings of one solution: one that is under way is taken over. Nothing is trained when no data came since the
newest version. A training that is late is stopped, since the service bills what it has computed so far (reference §1.3)
and would go on billing.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.creating import Creating
from tastemaker.plan.machines.ledger import record
from tastemaker.plan.machines.polling import START_POLLING, Polling
from tastemaker.plan.machines.states import (
    States,
    catch,
    choice,
    covered,
    fail,
    jsonata,
    machine,
    pass_state,
    personalize_task,
    retries,
)

DEADLINE_SECONDS = 24 * 3600

_HINDERED = [error for rule in retries("Personalize") for error in rule["ErrorEquals"]]
"""The service is asked too often or does not answer."""
_UNDER_WAY = "$latest.Status in ['CREATE PENDING', 'CREATE IN_PROGRESS']"
_NOTHING_NEW = """(
    $latest.Status = 'ACTIVE' and $not($job.Streams) and $exists($job.NewestImport) and $job.NewestImport != ''
        and $toMillis($job.NewestImport) <= $toMillis($latest.CreationDateTime) + 1000
)"""
"""A second of grace: a training may begin in the millisecond in which an import ends."""


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
        catches=(catch(_HINDERED, "Is training late"),),
    )
    states = {
        "Remember job": pass_state(
            Assign={"job": jsonata("$states.input"), **START_POLLING}, next_state="Describe solution"
        ),
        **_look(polling),
        **_creating(polling).states(),
        **polling.states(),
        **_stop(polling),
        **_finish(),
    }
    return machine(
        "Trains one solution version and reads its offline metrics.",
        "Remember job",
        covered(states, "Training step failed", "$job.SolutionName"),
        timeout_seconds=DEADLINE_SECONDS + 8 * 3600,
    )


def _look(polling: Polling) -> States:
    """What the solution has: a version under way, one that knows all data, or neither."""
    latest = "$states.result.Solution.LatestSolutionVersion"
    known = {"versionArn": jsonata("$latest.SolutionVersionArn")}
    return {
        "Describe solution": personalize_task(
            "describeSolution",
            {"SolutionArn": jsonata("$job.SolutionArn")},
            next_state="Is a training due",
            Assign={"latest": jsonata(f"$exists({latest}) ? {latest} : {{}}"), "outcome": "TRAINED"},
        ),
        "Is a training due": choice(
            [
                {
                    "Condition": jsonata(_UNDER_WAY),
                    "Next": polling.start,
                    "Assign": {**known, "outcome": "ADOPTED"},
                },
                {
                    "Condition": jsonata(_NOTHING_NEW),
                    "Next": "Get metrics",
                    "Assign": {**known, "outcome": "UNCHANGED"},
                },
            ],
            default="Create solution version",
        ),
    }


def _creating(polling: Polling) -> Creating:
    """UPDATE builds on an ACTIVE FULL version (reference §3.4); without one the solution learns everything."""
    mode = "$latest.Status = 'ACTIVE' ? $job.TrainingMode : 'FULL'"
    return Creating(
        what="solution version",
        action="createSolutionVersion",
        arguments={"SolutionArn": jsonata("$job.SolutionArn"), "TrainingMode": jsonata(mode)},
        next_state=polling.wait,
        name="$job.SolutionName",
        fields={"Assign": {"versionArn": jsonata("$states.result.SolutionVersionArn")}},
    )


def _stop(polling: Polling) -> States:
    """What is late is stopped, and the execution says so; it may have ended in this very moment.

    While the service does not even answer, for hours perhaps, the training goes on and so does the wait for it: a
    training that nobody waits for would be billed without end.
    """
    return {
        "Is training late": choice([(f"$waitedSeconds >= {DEADLINE_SECONDS}", "Stop training")], default=polling.wait),
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
    output = {
        "SolutionName": jsonata("$job.SolutionName"),
        "SolutionVersionArn": jsonata("$versionArn"),
        "TrainingMode": jsonata("$job.TrainingMode"),
        "Outcome": jsonata("$outcome"),
        "Metrics": jsonata("$metrics"),
    }
    texts = {
        "reason": jsonata("'training mode ' & $job.TrainingMode"),
        "candidate": jsonata("$versionArn"),
        "metrics": jsonata("$string($metrics)"),
    }
    return {
        "Get metrics": personalize_task(
            "getSolutionMetrics",
            {"SolutionVersionArn": jsonata("$versionArn")},
            next_state="Was anything trained",
            Assign={"metrics": jsonata("$states.result.Metrics")},
        ),
        "Was anything trained": choice([("$outcome = 'UNCHANGED'", "Trained")], default="Record training"),
        "Record training": record("$job.SolutionArn", jsonata("$outcome"), texts, next_state="Trained"),
        "Trained": pass_state(output, next_state=None),
    }
